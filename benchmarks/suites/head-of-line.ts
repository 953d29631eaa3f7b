import { NodeProcesses } from "../node-processes.ts";
import { runErlang } from "../peers/erlang/erlang.ts";
import type { Case, Figures } from "../report.ts";
import { openSlowLink, type SlowLink, slowLinkUnavailable } from "../slow-link.ts";
import { startPair } from "./pair.ts";
import type { Run, Suite } from "./suite.ts";

/** Large messages that are under way at any time, the same for everybody: see peers/erlang/README.md. */
const window = 2;
const slow = { rateMbit: 200, queueMs: 20 };

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
    if (slowLinkUnavailable() !== undefined) return loopback;
    await using link = await openSlowLink(slow);
    return { ...loopback, ...(await runErlang("head-of-line", { window, link })) };
  },
};

async function measureOver({ signal }: Run, link: SlowLink | undefined): Promise<Figures> {
  await using processes = await NodeProcesses.open(signal, 30_000);
  const { sender } = await startPair(processes, link);
  const { p50Ms, p99Ms, bulk } = await sender.call("headOfLine", window);
  const label = link === undefined ? "loopback" : labelOf(link);
  return { [`${label} p50`]: p50Ms, [`${label} p99`]: p99Ms, [`${label} bulk`]: bulk };
}

function labelOf({ rateMbit }: { readonly rateMbit: number }): string {
  return `${rateMbit} Mbit/s`;
}

function casesOf(label: string): Case[] {
  return [
    { case: `${label} p50`, unit: "ms", better: "lower" },
    { case: `${label} p99`, unit: "ms", better: "lower" },
    { case: `${label} bulk`, unit: "MB/s", better: "higher" },
  ];
}
