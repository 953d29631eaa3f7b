// One node of the demo in a process of its own: started, watched and killed by the demo, which it reports to.
import { rmSync } from "node:fs";
import { Foundation, type Member, type Node } from "@foundation/runtime";
import { Asks } from "./asks.ts";
import { CorpusReader } from "./corpus.ts";
import { Feeder } from "./feeder.ts";
import { type FromNode, type NodeSettings, sharedClockMs, type ToNode } from "./node-messages.ts";
import { WordAsker } from "./word-asker.ts";
import { indexName, WordIndex } from "./word-index.ts";

const reportMs = 100;
/** The digest of a large index takes seconds. */
const digestTimeoutMs = 60_000;

function tell(message: FromNode): void {
  // The parent may be gone already; then this process is about to end as well.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

/** One node with everything that runs on it. */
class DemoNode {
  readonly #node: Node;
  readonly #asks: Asks;
  readonly #asker: WordAsker;
  readonly #feeder: Feeder;
  readonly #reporting: NodeJS.Timeout;
  #epoch = 0;

  private constructor(node: Node, { words }: NodeSettings, corpus: CorpusReader) {
    this.#node = node;
    this.#asks = new Asks(node);
    const index = node.actor<WordIndex>(indexName);
    this.#asker = new WordAsker(index, this.#asks, words, ({ epoch }) => this.#answered(epoch));
    this.#feeder = new Feeder(index, this.#asks, corpus);
    this.#reporting = setInterval(() => this.#report(), reportMs);
    this.#asker.start();
    node.membership.events.on("memberSuspect", (member) => this.#lost(member));
    node.membership.events.on("memberDown", (member) => this.#lost(member));
    node.registry.events.on("registered", () => this.#report());
    this.#report();
  }

  static async start(settings: NodeSettings): Promise<DemoNode> {
    const { name, directory, clusterName, corpus } = settings;
    const node = await Foundation.start({ name, directory, clusterName, cluster: "local", actors: [WordIndex] });
    // All three are to be candidates before the index is placed; one that comes back finds the other two.
    await node.ready({ size: 3 });
    await node.singleton(indexName, WordIndex);
    return new DemoNode(node, settings, await CorpusReader.open(corpus));
  }

  async feed(batch: Parameters<Feeder["feed"]>[0]): Promise<void> {
    const progress = await this.#feeder.feed(batch);
    if (progress === undefined) return tell({ kind: "notFed", batch: batch.id });
    tell({ kind: "fed", batch: batch.id, epoch: progress.epoch });
  }

  async quiet(): Promise<void> {
    await this.#asker.stop();
    this.#report();
    tell({ kind: "isQuiet" });
  }

  ask(): void {
    this.#asker.start();
  }

  async digest(): Promise<void> {
    const index = this.#node.actor<WordIndex>(indexName).with({ timeoutMs: digestTimeoutMs });
    while ((await index.ask.progress()).backlog > 0);
    tell({ kind: "digest", digest: await index.ask.digest(), epoch: (await index.ask.progress()).epoch });
  }

  async stop(): Promise<void> {
    clearInterval(this.#reporting);
    await this.#asker.stop();
    await this.#node.stop();
  }

  #answered(epoch: number): void {
    if (epoch <= this.#epoch) return;
    this.#epoch = epoch;
    tell({ kind: "answered", epoch, at: sharedClockMs() });
  }

  #lost({ nodeId }: Member): void {
    // The link has ended by now, but the asks that fail with it have not been told yet.
    tell({ kind: "lost", member: nodeId, inFlight: this.#asks.inFlight(nodeId) });
    this.#report();
  }

  #report(): void {
    const owner = this.#node.registry.owner(indexName);
    const members = this.#node.members().map(({ nodeId, status }) => ({ name: nodeId, status }));
    const index = owner && { host: owner.nodeId, epoch: owner.epoch };
    tell({ kind: "report", report: { members, index, ...this.#asks.take() } });
  }
}

let node: DemoNode | undefined;
let directory: string | undefined;

async function receive(message: ToNode): Promise<void> {
  switch (message.kind) {
    case "start":
      directory = message.settings.directory;
      node = await DemoNode.start(message.settings);
      return tell({ kind: "started" });
    case "feed":
      return node?.feed(message.batch);
    case "quiet":
      return node?.quiet();
    case "ask":
      return node?.ask();
    case "digest":
      return node?.digest();
    case "stop":
      await node?.stop();
      return process.exit(0);
    default:
      message satisfies never;
  }
}

process.on("message", (message: ToNode) => {
  receive(message).catch((error: { code?: string; message: string }) => {
    tell({ kind: "fatal", code: error.code ?? "error", text: error.message });
  });
});
// Ctrl-C reaches the whole group; the demo decides when its nodes stop. Without the demo a node has no reason to run.
process.on("SIGINT", () => {});
process.on("disconnect", () => {
  // It was killed, so nobody else tidies up after it.
  if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
  process.exit(1);
});
