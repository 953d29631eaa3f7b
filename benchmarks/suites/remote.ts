import { NodeProcesses } from "../node-processes.ts";
import { runErlang } from "../peers/erlang/erlang.ts";
import { startPair } from "./pair.ts";
import type { Suite } from "./suite.ts";

/** Two processes on one machine, linked over loopback. */
export const remote: Suite = {
  cases: [
    { case: "tell 128 B", unit: "messages/s", better: "higher" },
    { case: "tell 1 KiB", unit: "messages/s", better: "higher" },
    { case: "ask sequential", unit: "µs", better: "lower" },
    { case: "ask 128 in flight", unit: "asks/s", better: "higher" },
    { case: "bulk 1 MiB", unit: "MB/s", better: "higher" },
  ],

  async measure({ signal, progress }) {
    await using processes = await NodeProcesses.open(signal, 60_000);
    const sender = await startPair(processes);
    progress("tell 128 B");
    const small = await sender.call("tell", 128);
    progress("tell 1 KiB");
    const large = await sender.call("tell", 1024);
    progress("ask sequential");
    const sequential = await sender.call("askSequential");
    progress("ask 128 in flight");
    const inFlight = await sender.call("askConcurrent", 128);
    progress("bulk 1 MiB");
    return {
      "tell 128 B": small,
      "tell 1 KiB": large,
      "ask sequential": sequential,
      "ask 128 in flight": inFlight,
      "bulk 1 MiB": await sender.call("bulk", 1024 * 1024),
    };
  },

  measureErlang: () => runErlang("remote"),
};
