import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
import { type CorpusEntry, CorpusReader, writeCorpus } from "./corpus.ts";
import { type Survivor, unexpectedFailures } from "./failed-asks.ts";
import { FeedQueue } from "./feed-queue.ts";
import { type IndexDigest, InvertedIndex } from "./inverted-index.ts";
import { Measurements } from "./measurements.ts";
import { NodeHandle } from "./node-handle.ts";
import { type FromNode, sharedClockMs } from "./node-messages.ts";
import { sampleWords } from "./sample-words.ts";
import { type DemoEvent, type Summary, summarize } from "./summary.ts";
import type { TextFile } from "./text-source.ts";
import type { Status, View } from "./view.ts";

const names = ["alpha", "beta", "gamma"] as const;
/** For so long there are only questions, and no bulk data. Milliseconds. */
const questionsOnlyMs = 3_000;
/** The host is killed when half of the texts are fed, at the latest after so long. Milliseconds. */
const killAfterMsMax = 6_000;
/** How long the cluster is one node short. Milliseconds. */
const restartAfterMs = 4_000;
/** How long the whole cluster is asked once everything is fed and every node is back. Milliseconds. */
const steadyMs = 4_000;
/** Batches that one node may have on their way to the index. */
const batchesInFlight = 2;
/** No step of the demo takes so long. Milliseconds. */
const stepTimeoutMs = 60_000;
const stopTimeoutMs = 3_000;
const viewMs = 200;

/** The demo cannot go on. */
export class DemoError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Three node processes, and what is done to them. */
export class Demo implements AsyncDisposable {
  readonly #startedAt = sharedClockMs();
  readonly #directory: string;
  readonly #corpus: string;
  readonly #entries: readonly CorpusEntry[];
  readonly #words: readonly string[];
  readonly #queue: FeedQueue;
  readonly #view: View;
  readonly #nodes = new Map<string, NodeHandle>();
  readonly #started = new Set<string>();
  readonly #lost = new Set<string>();
  readonly #quiet = new Set<string>();
  readonly #measurements = new Measurements();
  readonly #events: DemoEvent[] = [];
  readonly #drawing: NodeJS.Timeout;
  #index: { readonly host: string; readonly epoch: number } | undefined;
  #digest: { readonly digest: IndexDigest; readonly epoch: number } | undefined;
  #failure: DemoError | undefined;
  #now = () => "starting three node processes";
  #isFeeding = false;
  #isKept = false;

  private constructor(directory: string, corpus: string, entries: readonly CorpusEntry[], words: string[], view: View) {
    this.#directory = directory;
    this.#corpus = corpus;
    this.#entries = entries;
    this.#words = words;
    this.#queue = new FeedQueue(entries);
    this.#view = view;
    this.#drawing = setInterval(() => view.update(this.#status()), viewMs);
  }

  /** Copies the texts to a private directory of this run. */
  static async open(files: readonly TextFile[], view: View): Promise<Demo> {
    const directory = await mkdtemp(join(tmpdir(), "word-index-"));
    const corpus = join(directory, "corpus");
    const entries = await writeCorpus(corpus, files);
    return new Demo(directory, corpus, entries, sampleWords(files), view);
  }

  /** Runs everything. @throws DemoError when it cannot go on. */
  async run(): Promise<Summary> {
    for (const name of names) this.#start(name);
    await this.#until("all nodes are up and the index answers", () => this.#started.size === names.length);
    this.note(`three nodes found each other; the index runs on ${this.#index?.host}, epoch ${this.#index?.epoch}`);
    await this.#pause("every node asks for words; nothing is fed yet", questionsOnlyMs);
    this.#startFeeding();
    const kill = await this.#killHost();
    await this.#recovery(kill);
    await this.#pause(`one node short; ${kill.victim} starts again`, restartAfterMs);
    await this.#rejoin(kill.victim);
    this.#now = () => `the rest is fed to the index on ${this.#index?.host}`;
    await this.#until("everything is fed", () => this.#queue.isComplete);
    await this.#pause("three nodes again; every one asks for words", steadyMs);
    const summary = await this.#check(kill);
    this.#view.end(summary);
    return summary;
  }

  /** The cluster goes on until somebody interrupts it; a node that is killed is started again. @throws DemoError. */
  async keep(): Promise<never> {
    this.#isKept = true;
    for (const node of this.#nodes.values()) node.send({ kind: "ask" });
    this.#startFeeding();
    this.note("the cluster keeps running; Ctrl-C ends it");
    this.#now = () => "every node asks for words, until Ctrl-C";
    for (;;) await this.#until("it is interrupted", () => false, Number.POSITIVE_INFINITY);
  }

  /** Ends the step that is under way, and with it {@link run} or {@link keep}. */
  interrupt(signal: string): void {
    this.#failure ??= new DemoError("interrupted", `interrupted by ${signal}`);
  }

  /** Shows a line, and keeps it for the summary. */
  note(text: string): void {
    const event = { atMs: Math.round(sharedClockMs() - this.#startedAt), text };
    this.#events.push(event);
    this.#view.event(event);
  }

  /** What the nodes wrote to standard error. */
  errorOutput(): string {
    return [...this.#nodes.values()]
      .filter((node) => node.errorOutput !== "")
      .map((node) => `--- ${node.name}\n${node.errorOutput}`)
      .join("");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#drawing);
    await Promise.all([...this.#nodes.values()].map((node) => node.stop(stopTimeoutMs)));
    await rm(this.#directory, { recursive: true, force: true });
  }

  // ---- the steps ----

  #startFeeding(): void {
    this.#isFeeding = true;
    this.#feed();
  }

  async #killHost() {
    const latestAt = sharedClockMs() + killAfterMsMax;
    this.#now = () => `two nodes feed the index on ${this.#index?.host}, which is killed when half is fed`;
    const isHalfFed = (): boolean => this.#queue.fed.bytes >= this.#queue.bytes / 2;
    await this.#until("half of the texts are fed", () => isHalfFed() || sharedClockMs() > latestAt);
    const { host: victim, epoch } = this.#index as { host: string; epoch: number };
    const fed = this.#queue.fed.files;
    const at = sharedClockMs();
    const gone = this.#node(victim).kill();
    this.#lostNode(victim);
    this.note(`${victim} is killed (SIGKILL); it hosted the index, and the ${fed} texts fed so far die with it`);
    await gone;
    return { victim, epoch, at };
  }

  async #recovery({ victim, epoch, at }: { victim: string; epoch: number; at: number }): Promise<void> {
    this.#now = () => "the survivors wait for the index";
    const survivors = this.#others(victim);
    const isAnswered = (node: NodeHandle): boolean => (node.answered?.epoch ?? 0) > epoch;
    await this.#until("a survivor gets an answer", () => survivors.some(isAnswered));
    await this.#until("all survivors get answers", () => survivors.every(isAnswered));
    const times = survivors.map((node) => `${node.name} after ${milliseconds((node.answered?.at ?? 0) - at)}`);
    await this.#until("the new index is known", () => (this.#index?.epoch ?? 0) > epoch);
    this.note(
      `the index is back, empty, on ${this.#index?.host}, epoch ${this.#index?.epoch}: it answers ${times.join(" and ")}`,
    );
  }

  async #rejoin(victim: string): Promise<void> {
    const at = sharedClockMs();
    this.note(`${victim} is started again`);
    this.#now = () => `${victim} looks for the others`;
    const node = this.#start(victim);
    await this.#until("the killed node is up again", () => this.#started.has(victim));
    await this.#until("all nodes see three members", () => this.#membersEverywhere() === names.length);
    await this.#until("the index answers the killed node", () => node.answered?.epoch === this.#index?.epoch);
    this.note(`${victim} has rejoined after ${milliseconds(sharedClockMs() - at)}; every node sees three members`);
  }

  async #check({ victim, at }: { victim: string; at: number }): Promise<Summary> {
    this.#isFeeding = false;
    this.#now = () => "comparing every word with an index computed without a cluster";
    const [asker] = this.#others(this.#index?.host);
    for (const node of this.#nodes.values()) node.send({ kind: "quiet" });
    await this.#until("all asks have ended", () => this.#quiet.size === names.length);
    const durationMs = sharedClockMs() - this.#startedAt;
    asker?.send({ kind: "digest" });
    const expected = await this.#computeDirectly();
    await this.#until("the index has been read", () => this.#digest !== undefined);
    const { digest: index, epoch } = this.#digest as { digest: IndexDigest; epoch: number };
    const survivors = new Map(this.#others(victim).map((node) => [node.name, survivorOf(node, victim)]));
    const { failed, asks, fedBytes } = this.#measurements;
    const summary = summarize({
      problems: unexpectedFailures(failed, { victim, survivors }),
      members: this.#membersEverywhere(),
      files: this.#queue.files,
      bytes: this.#queue.bytes,
      fedBytes,
      roundTrips: this.#measurements.roundTrips(),
      killedAt: at,
      answeredAt: [...survivors.values()].map((survivor) => survivor.answeredAt),
      asks,
      failedAsks: failed.length,
      index,
      expected,
      epoch,
      durationMs,
      events: this.#events,
    });
    this.note(summary.indexMatches ? "the index equals one computed directly" : "the index is WRONG");
    return summary;
  }

  /** The same texts, indexed here without any cluster. */
  async #computeDirectly(): Promise<IndexDigest> {
    const index = new InvertedIndex();
    await using corpus = await CorpusReader.open(this.#corpus);
    for (const entry of this.#entries) index.addText(entry.id, await corpus.text(entry));
    return index.digest(() => nextTurn());
  }

  // ---- nodes ----

  #start(name: string): NodeHandle {
    const settings = {
      name,
      directory: this.#directory,
      clusterName: basename(this.#directory),
      corpus: this.#corpus,
      words: this.#words,
    };
    const node = new NodeHandle(settings, {
      message: (message, from) => this.#receive(message, from),
      lost: (handle, how) => this.#nodeEnded(handle, how),
    });
    this.#nodes.set(name, node);
    this.#lost.delete(name);
    return node;
  }

  #node(name: string): NodeHandle {
    return this.#nodes.get(name) as NodeHandle;
  }

  #others(name: string | undefined): NodeHandle[] {
    return [...this.#nodes.values()].filter((node) => node.name !== name);
  }

  /** How many members even the node sees that sees the fewest. */
  #membersEverywhere(): number {
    return Math.min(...[...this.#nodes.values()].map((node) => node.sees));
  }

  /** Nobody here told it to. */
  #nodeEnded({ name }: NodeHandle, how: string): void {
    // One that never came up would not do so the next time either.
    if (!this.#isKept || !this.#started.has(name)) return this.#fail("nodeLost", `${name} ended by itself: ${how}`);
    this.#lostNode(name);
    this.note(`${name} ended (${how}) and is started again`);
    this.#start(name);
  }

  #lostNode(name: string): void {
    this.#started.delete(name);
    this.#lost.add(name);
    this.#queue.feederGone(name);
  }

  #receive(message: FromNode, from: NodeHandle): void {
    // What a killed process had still written arrives after the kill, and counts for nothing but its figures.
    const now = sharedClockMs();
    switch (message.kind) {
      case "started":
        this.#started.add(from.name);
        return this.#feed();
      case "fatal":
        return this.#fail(message.code, `${from.name}: ${message.text}`);
      case "report":
        from.report = message.report;
        this.#measurements.report(from.name, message.report, now);
        return this.#indexIs(message.report.index);
      case "lost":
        from.inFlightWhenLost.set(
          message.member,
          Math.max(message.inFlight, from.inFlightWhenLost.get(message.member) ?? 0),
        );
        return;
      case "answered":
        from.answered = message;
        return;
      case "fed":
        this.#fed(message, now);
        return this.#feed();
      case "notFed":
        this.#queue.failed(message.batch);
        return this.#feed();
      case "isQuiet":
        this.#quiet.add(from.name);
        return;
      case "digest":
        this.#digest = message;
        return;
      default:
        message satisfies never;
    }
  }

  #fed({ batch, epoch }: Extract<FromNode, { kind: "fed" }>, now: number): void {
    const bytes = this.#queue.acknowledged(batch, epoch);
    this.#measurements.fed(bytes, now);
    const { files, isComplete } = this.#queue;
    const all = files === 1 ? "the only text is" : `all ${files} texts are`;
    if (bytes > 0 && isComplete) this.note(`${all} fed, to epoch ${epoch}`);
  }

  #indexIs(index: { host: string; epoch: number } | undefined): void {
    if (index === undefined || index.epoch <= (this.#index?.epoch ?? 0)) return;
    this.#index = index;
    this.#queue.indexIs(index.epoch);
    this.#feed();
  }

  /** Gives every node but the index's own something to feed. */
  #feed(): void {
    if (!this.#isFeeding || this.#index === undefined) return;
    for (const name of this.#started) {
      if (name === this.#index.host) continue;
      while (this.#queue.onTheirWay(name) < batchesInFlight) {
        const batch = this.#queue.next(name);
        if (batch === undefined) return;
        this.#node(name).send({ kind: "feed", batch });
      }
    }
  }

  // ---- progress ----

  async #until(what: string, isTrue: () => boolean, timeoutMs = stepTimeoutMs): Promise<void> {
    const end = sharedClockMs() + timeoutMs;
    while (!isTrue()) {
      if (this.#failure !== undefined) throw this.#failure;
      if (sharedClockMs() > end) throw new DemoError("stepTimeout", `waited ${timeoutMs} ms in vain until ${what}`);
      await delay(10);
    }
  }

  /** Waits, and says how long yet, unless it is interrupted. */
  #pause(what: string, ms: number): Promise<void> {
    const end = sharedClockMs() + ms;
    this.#now = () => `${what} (${Math.ceil(Math.max(0, end - sharedClockMs()) / 1_000)} s)`;
    return this.#until("the pause is over", () => sharedClockMs() > end);
  }

  #fail(code: string, text: string): void {
    this.#failure ??= new DemoError(code, text);
  }

  #status(): Status {
    return {
      atMs: sharedClockMs() - this.#startedAt,
      nodes: [...this.#nodes.values()].map(({ name, processId, sees }) => {
        const state = this.#started.has(name) ? "up" : this.#lost.has(name) ? "down" : "starting";
        return { name, processId, sees, state, isHost: name === this.#index?.host };
      }),
      epoch: this.#index?.epoch,
      files: { fed: this.#queue.fed.files, all: this.#queue.files },
      megabytes: { fed: this.#queue.fed.bytes / 1e6, all: this.#queue.bytes / 1e6 },
      megabytesPerSecond: this.#measurements.recentRate(sharedClockMs()),
      roundTrips: this.#measurements.recentRoundTrips(),
      now: this.#now(),
      asks: this.#measurements.asks,
      failedAsks: this.#measurements.failed.length,
    };
  }
}

function survivorOf(node: NodeHandle, victim: string): Survivor {
  return { answeredAt: node.answered?.at ?? Number.NaN, inFlight: node.inFlightWhenLost.get(victim) ?? 0 };
}

function milliseconds(value: number): string {
  return `${value.toFixed(value < 100 ? 1 : 0)} ms`;
}
