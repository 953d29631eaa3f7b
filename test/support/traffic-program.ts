// The program of node processes that load their channels, and the actor they load.

import { Actor, Foundation } from "@foundation/runtime";
import { serveNode } from "@foundation/testkit";

class Sink extends Actor {
  #taken = 0;

  take(_block: Uint8Array): void {
    this.#taken++;
  }

  taken(): number {
    return this.#taken;
  }

  /** @returns how many blocks were taken before this message. */
  sofar(_block: Uint8Array): number {
    return this.#taken;
  }
}

/** Takes what it is told on a channel that callers need not name. */
class EventSink extends Sink {
  static readonly channel = "events";
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What became of a load. */
export interface Load {
  readonly accepted: number;
  /** Codes of the refusals, each once. */
  readonly codes: string[];
  /** The longest that the channel's queue was. Bytes. */
  readonly queuedBytesMax: number;
  /** How much the memory of buffers grew. Bytes. */
  readonly grownBytes: number;
  /** Asks to `other` that were answered beside it. */
  readonly answers: number;
  /** Blocks that were accepted before an ask and taken after it, of the middle ask. An ask that queues behind blocks overtakes none. */
  readonly overtaken: number;
}

export const program = serveNode({
  start: (options) => Foundation.start(options),
  commands: {
    serve(node, name: string): void {
      node.spawn(Sink, { name });
    },
    serveOnEvents(node, name: string): void {
      node.spawn(EventSink, { name });
    },
    /** Tells `sink` this many blocks, without a word about channels. */
    tell(node, { sink, bytes, count }: { sink: string; bytes: number; count: number }): void {
      const ref = node.actor<Sink>(sink);
      for (let sent = 0; sent < count; sent++) ref.tell.take(new Uint8Array(bytes));
    },
    /** Bytes that were sent on each channel to the node of `sink`. */
    bytesOut(node, sink: string): Record<string, number> {
      const channels = node.transport.link(node.registry.owner(sink)?.nodeId ?? "")?.stats().channels ?? {};
      return Object.fromEntries(Object.entries(channels).map(([name, { bytesOut }]) => [name, bytesOut]));
    },
    knows: (node, names: string[]): boolean => names.every((name) => node.registry.lookup(name) !== undefined),
    taken: (node, name: string): Promise<number> => node.actor<Sink>(name).ask.taken(),
    /** Tells `sink` blocks over `data` at a rate, and asks `other` 1 KB over `control` meanwhile. */
    async load(
      node,
      {
        sink,
        other,
        bytes,
        bytesPerMs,
        ms,
      }: { sink: string; other: string; bytes: number; bytesPerMs: number; ms: number },
    ): Promise<Load> {
      const data = node.actor<Sink>(sink).with({ channel: "data" });
      const peer = node.registry.owner(sink)?.nodeId ?? "";
      const block = new Uint8Array(bytes);
      const before = {
        arrayBuffers: process.memoryUsage().arrayBuffers,
        accepted: other === sink ? await data.ask.taken() : 0,
      };
      const codes = new Set<string>();
      const overtaken: number[] = [];
      let [accepted, queuedBytesMax, grownBytes] = [0, 0, 0];
      let isOver = false;
      const asks = (async () => {
        const control = node.actor<Sink>(other).with({ channel: "control", timeoutMs: 30_000 });
        while (!isOver) {
          const acceptedBefore = before.accepted + accepted;
          overtaken.push(acceptedBefore - (await control.ask.sofar(new Uint8Array(1024))));
          await pause(1);
        }
      })();
      const start = performance.now();
      for (let offered = 0; performance.now() - start < ms; ) {
        for (; offered < (performance.now() - start) * bytesPerMs; offered += bytes) {
          try {
            data.tell.take(block);
            accepted++;
          } catch (error) {
            codes.add((error as { code: string }).code);
          }
        }
        queuedBytesMax = Math.max(queuedBytesMax, node.transport.link(peer)?.stats().channels.data?.queuedBytes ?? 0);
        grownBytes = Math.max(grownBytes, process.memoryUsage().arrayBuffers - before.arrayBuffers);
        await pause(5);
      }
      isOver = true;
      await asks;
      const answers = overtaken.length;
      const middle = overtaken.toSorted((a, b) => a - b)[answers >> 1] ?? 0;
      return { accepted, codes: [...codes], queuedBytesMax, grownBytes, answers, overtaken: middle };
    },
  },
});
