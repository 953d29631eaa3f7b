import {
  Actor,
  type ActorRef,
  type ChildSpec,
  childSpec,
  FoundationError,
  type Strategy,
  Supervisor,
} from "@foundation/actor";
import { createTestSystem, type TestSystem } from "@foundation/testkit";
import { type Deed, deedMs, type ModelChild, modelBackoff, type Scope } from "./waiting-model.ts";

/** One supervisor to which deeds are done; it tells what happens in the words of `WaitingModel`. */
class WaitingRun {
  readonly lines: string[] = [];
  readonly failing = new Set<string>();
  readonly running = new Map<string, ActorRef<WaitingWorker>>();
  readonly #supervisor: ActorRef<Supervisor>;

  constructor({ system }: TestSystem, strategy: Strategy, children: readonly ModelChild[]) {
    const specs = children.map((child) => this.#specOf(child));
    this.#supervisor = system.spawn(Supervisor, { args: [{ strategy, children: specs, intensity: 100_000 }] });
  }

  /** @returns what its caller is answered, once that is there. */
  do(deed: Deed): () => void {
    this.lines.push(`> ${deed}`);
    const [kind, id = ""] = deed.split(" ");
    const call = this.#call(kind, id);
    let answer = "none";
    call?.then(
      () => (answer = "ok"),
      (error) => (answer = error instanceof FoundationError ? error.code : String(error)),
    );
    if (kind === "crash") this.running.get(id)?.tell.crash();
    if (kind === "fail") this.failing.add(id);
    return () => {
      if (call !== undefined) this.lines.push(`answer ${answer}`);
    };
  }

  #call(kind: string | undefined, id: string): Promise<unknown> | undefined {
    const { ask } = this.#supervisor;
    switch (kind) {
      case "terminate":
        return ask.terminateChild(id);
      case "delete":
        return ask.deleteChild(id);
      case "restart":
        return ask.restartChild(id);
      case "add":
        return ask.startChild(this.#specOf({ id, hasBackoff: true }));
      default:
        return undefined;
    }
  }

  #specOf({ id, hasBackoff }: ModelChild): ChildSpec {
    return childSpec(WaitingWorker, { id, args: [id, this], backoff: hasBackoff ? modelBackoff : undefined });
  }

  look(): void {
    this.#supervisor.ask.whichChildren().then(
      (children) => this.lines.push(children.map(({ id, state }) => `${id} ${state}`).join()),
      (error) => this.lines.push(String(error)),
    );
  }
}

class WaitingWorker extends Actor {
  readonly #id: string;
  readonly #run: WaitingRun;

  constructor(id: string, run: WaitingRun) {
    super();
    this.#id = id;
    this.#run = run;
  }

  crash(): never {
    throw new Error("crash");
  }

  protected override onStart(): void {
    const isFailing = this.#run.failing.delete(this.#id);
    this.#tell(isFailing ? "fails" : "starts");
    if (isFailing) throw new Error("does not start");
    this.#run.running.set(this.#id, this.self());
  }

  protected override onStop(reason: unknown): void {
    if (reason === "shutdown") this.#tell("stops");
  }

  #tell(what: string): void {
    this.#run.lines.push(`${this.context.system.runtime.now()} ${this.#id} ${what}`);
  }
}

/**
 * Does each of `sequences` to a supervisor of its own, all in one virtual time: the deed `time` stands at the same places in all.
 *
 * @returns what each of them told.
 */
export async function runSequences(
  { strategy, children }: Scope,
  sequences: readonly (readonly Deed[])[],
): Promise<readonly (readonly string[])[]> {
  await using test = createTestSystem({ simulateRemote: false, logLevel: "silent" });
  const runs = sequences.map((deeds) => ({ deeds, run: new WaitingRun(test, strategy, children) }));
  await test.time.advance(0);
  for (const { run } of runs) run.lines.length = 0;
  const length = Math.max(0, ...sequences.map((deeds) => deeds.length));
  for (let at = 0; at < length; at++) {
    const doing = runs.filter(({ deeds }) => at < deeds.length);
    const isTime = doing[0]?.deeds[at] === "time";
    const answers = doing.map(({ run, deeds }) => run.do(deeds[at] as Deed));
    await test.time.advance(isTime ? deedMs : 0);
    for (const answer of answers) answer();
    for (const { run } of doing) run.look();
    await test.time.advance(0);
  }
  // Not what its end adds.
  return runs.map(({ run }) => [...run.lines]);
}
