import { NodeProcesses } from "../node-processes.ts";
import { runErlang } from "../peers/erlang/erlang.ts";
import type { Case, Figures } from "../report.ts";
import { openSlowLink, type SlowLink, slowLinkUnavailable } from "../slow-link.ts";
import { startPair } from "./pair.ts";
import type { Run, Suite } from "./suite.ts";

/** Large messages that are under way at any time, the same for everybody: see peers/erlang/README.md. */
const window = 2;
const slow = { rateMbit: 200, queueMs: 20 };

/** How the asks travel: by the channel for small messages, or behind the large ones as on any single connection. */
const ways = [
  { suffix: "", askChannel: "control" },
  { suffix: ", one channel", askChannel: "data" },
] as const;

/** How long a small ask takes while large messages stream to the same peer. */
export const headOfLine: Suite = {
  cases: [...casesOf("loopback"), ...casesOf(labelOf(slow))],

  async measure(run) {
    run.progress("loopback");
    const loopback = await measureOver(run, undefined);
    const unavailable = slowLinkUnavailable();
    if (unavailable !== undefined) {
      run.progress(`${labelOf(slow)} is left out: ${unavailable}`);
      return loopback;
    }
    run.progress(labelOf(slow));
    await using link = await openSlowLink(slow);
    return { ...loopback, ...(await measureOver(run, link)) };
  },

  async measureErlang() {
    const loopback = await runErlang("head-of-line", { window });
    if (slowLinkUnavailable() !== undefined) return forEachWay(loopback);
    await using link = await openSlowLink(slow);
    return forEachWay({ ...loopback, ...(await runErlang("head-of-line", { window, link })) });
  },
};

async function measureOver(run: Run, link: SlowLink | undefined): Promise<Figures> {
  const label = link === undefined ? "loopback" : labelOf(link);
  const figures: Record<string, number> = {};
  for (const { suffix, askChannel } of ways) {
    // Fresh processes for each: what one has learned of the link must not help the other.
    await using processes = await NodeProcesses.open(run.signal, 30_000);
    const { sender } = await startPair(processes, link);
    const { p50Ms, p99Ms, bulk } = await sender.call("headOfLine", window, askChannel);
    figures[`${label}${suffix} p50`] = p50Ms;
    figures[`${label}${suffix} p99`] = p99Ms;
    figures[`${label}${suffix} bulk`] = bulk;
  }
  return figures;
}

/** Erlang has one connection to a node, whatever ours is compared with. */
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
