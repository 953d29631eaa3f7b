// The suites of comparable systems from the npm registry.
import { type NodeProcess, NodeProcesses } from "../node-processes.ts";
import type { Figures, PeerFigures } from "../report.ts";
import { medianOf } from "../statistics.ts";
import type { Run } from "../suites/suite.ts";
import type { PeerName } from "./peers.ts";

/** Systems that are npm packages, each with a `node.mjs` in its folder. */
type NpmPeerName = Exclude<PeerName, "erlang">;

type PeerProcess = NodeProcess<typeof import("../programs/peer-pair.ts")>;

const warmUpMs = 500;
const roundMs = 600;
const rounds = 3;

/** Two processes linked over loopback: the cases of `remote`. */
export function remotePeer(peer: NpmPeerName): (run: Run) => Promise<PeerFigures> {
  return async (run) => {
    await using processes = await NodeProcesses.open(run.signal, 120_000);
    const sender = await startPeer(processes, peer);
    const measure = async (work: (ms: number) => Promise<number>): Promise<number> => {
      await work(warmUpMs);
      return medianOf(rounds, () => work(roundMs));
    };
    const figures: Figures = {
      "tell 128 B": await measure((ms) => sender.call("tell", 128, ms)),
      "tell 1 KiB": await measure((ms) => sender.call("tell", 1024, ms)),
      "ask sequential": await measure((ms) => sender.call("askSequential", ms)),
      "ask 128 in flight": await measure((ms) => sender.call("askConcurrent", 128, ms)),
      "bulk 1 MiB": await measure((ms) => sender.call("bulk", 1024 * 1024, ms)),
    };
    return { figures };
  };
}

/** The same, asked beside large messages: figures that start with `loopback`. */
export async function headOfLinePeer(run: Run, peer: NpmPeerName, window: number): Promise<Figures> {
  await using processes = await NodeProcesses.open(run.signal, 60_000);
  const sender = await startPeer(processes, peer);
  const { p50Ms, p99Ms, bulk } = await sender.call("headOfLine", { window, warmUpMs: 1000, ms: 4000 });
  return { "loopback p50": p50Ms, "loopback p99": p99Ms, "loopback bulk": bulk };
}

async function startPeer(processes: NodeProcesses, peer: NpmPeerName): Promise<PeerProcess> {
  const program = "programs/peer-pair.ts";
  const host = "127.0.0.1";
  const receiver: PeerProcess = processes.start({ name: `${peer} receiver`, program });
  const sender: PeerProcess = processes.start({ name: `${peer} sender`, program });
  await sender.call("connect", peer, host, await receiver.call("listen", peer, host));
  return sender;
}
