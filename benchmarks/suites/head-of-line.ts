import { NodeProcesses } from "../node-processes.ts";
import { runErlang } from "../peers/erlang/erlang.ts";
import { headOfLinePeer } from "../peers/npm-peer.ts";
import type { Case, Figures, FiguresBySystem } from "../report.ts";
import { inTurn, merge, type Round } from "../rounds.ts";
import { openSlowLink, type SlowLink, slowLinkUnavailable } from "../slow-link.ts";
import type { HeadOfLine } from "../traffic.ts";
import { startBarePair, startPair } from "./pair.ts";
import type { Run, Suite } from "./suite.ts";

/** Large messages that are under way at any time, the same for everybody: see peers/erlang/README.md. */
const window = 2;
const slow = { rateMbit: 200, queueMs: 20 };
const rounds = 3;
const pace = { window, warmUpMs: 500, ms: 2500 };
const ceilingName = "two ws, 4 credits";

/** How the asks travel: by the channel for small messages, or behind the large ones as on any single connection. */
const ways = [
  { suffix: "", askChannel: "control" },
  { suffix: ", one channel", askChannel: "data" },
] as const;

/** How long a small ask takes while large messages stream to the same peer. */
export const headOfLine: Suite = {
  cases: withGoals([...casesOf("loopback"), ...casesOf(labelOf(slow))]),

  async measure(run) {
    const found: FiguresBySystem[] = [await measureOver(run, undefined)];
    const unavailable = slowLinkUnavailable();
    if (unavailable !== undefined) run.progress(`${labelOf(slow)} is left out: ${unavailable}`);
    else {
      await using link = await openSlowLink(slow);
      found.push(await measureOver(run, link));
    }
    const { foundation = {}, ...ceilings } = merge(found);
    return { foundation, ceilings };
  },

  peers: {
    async erlang() {
      const loopback = await runErlang("head-of-line", { window });
      if (slowLinkUnavailable() !== undefined) return { figures: forEachWay(loopback) };
      await using link = await openSlowLink(slow);
      return { figures: forEachWay({ ...loopback, ...(await runErlang("head-of-line", { window, link })) }) };
    },
    moleculer: async (run) => ({ figures: forEachWay(await headOfLinePeer(run, "moleculer", window)) }),
    effect: async (run) => ({ figures: forEachWay(await headOfLinePeer(run, "effect", window)) }),
  },
};

/** Both ways, and two WebSockets bare, in turn. Each has processes of its own: what one has learned of the link must not help another. */
async function measureOver(run: Run, link: SlowLink | undefined): Promise<FiguresBySystem> {
  const label = link === undefined ? "loopback" : labelOf(link);
  run.progress(label);
  await using processes = await NodeProcesses.open(run.signal, 120_000);
  const contenders: Record<string, Round> = {};
  for (const { suffix, askChannel } of ways) {
    const { sender } = await startPair(processes, link);
    contenders[`foundation${suffix}`] = async () =>
      figuresOf(`${label}${suffix}`, await sender.call("headOfLine", askChannel, pace));
  }
  if (!run.alone) {
    type TwoWebSockets = typeof import("../ceilings/two-ws.ts");
    const sender = await startBarePair<TwoWebSockets>(processes, "ceilings/two-ws.ts", link);
    contenders[ceilingName] = async () => figuresOf(label, await sender.call("round", pace));
  }
  const { [ceilingName]: ceiling = {}, ...ours } = await inTurn(rounds, contenders);
  return { foundation: Object.assign({}, ...Object.values(ours)), [ceilingName]: ceiling };
}

function figuresOf(label: string, { p50Ms, p99Ms, bulk }: HeadOfLine): Figures {
  return { [`${label} p50`]: p50Ms, [`${label} p99`]: p99Ms, [`${label} bulk`]: bulk };
}

/** Those who have one connection to a node have the same figures, whatever ours are compared with. */
function forEachWay(figures: Figures): Figures {
  const all = Object.entries(figures).flatMap(([name, figure]) =>
    ways.map(({ suffix }) => [name.replace(/ (?=\w+$)/, `${suffix} `), figure]),
  );
  return Object.fromEntries(all);
}

function labelOf({ rateMbit }: { readonly rateMbit: number }): string {
  return `${rateMbit} Mbit/s`;
}

function casesOf(label: string): Case[] {
  return ways.flatMap(({ suffix }): Case[] => [
    { case: `${label}${suffix} p50`, unit: "ms", better: "lower" },
    { case: `${label}${suffix} p99`, unit: "ms", better: "lower" },
    { case: `${label}${suffix} bulk`, unit: "MB/s", better: "higher" },
  ]);
}

function withGoals(cases: readonly Case[]): Case[] {
  const goals: Readonly<Record<string, Pick<Case, "goal" | "goals">>> = {
    "loopback p99": { goal: 2 },
    [`${labelOf(slow)} p99`]: { goal: 6 },
    [`${labelOf(slow)} bulk`]: { goals: { erlang: 0.95 } },
  };
  return cases.map((each) => ({ ...each, ...goals[each.case] }));
}
