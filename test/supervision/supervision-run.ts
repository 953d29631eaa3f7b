import {
  Actor,
  type ActorRef,
  ActorSystem,
  type ChildSpec,
  childSpec,
  DynamicSupervisor,
  describeExit,
  type ExitReason,
  FoundationError,
  type LogEvent,
  Supervisor,
} from "@foundation/actor";
import { SeededRandom, SimulatedRuntime, VirtualTime } from "@foundation/testkit";
import {
  type DynamicSpec,
  describeStep,
  dynamicWorker,
  type Ending,
  type NodeSpec,
  type Step,
  type SupervisionCase,
  type SupervisorSpec,
  slowStopMs,
  type WorkerSpec,
} from "./supervision-case.ts";

/** The words of supervisor.erl for what our supervisors log. */
const reports: Readonly<Record<string, string>> = {
  "child ended": "child_terminated",
  "child did not start": "start_error",
  "child did not stop in order": "shutdown_error",
  "supervisor gave up": "shutdown",
};

/** Runs a case on the real supervisors, in virtual time, and tells what happened in the words of {@link OtpModel}. */
export class SupervisionRun {
  readonly lines: string[] = [];
  readonly failures = new Map<string, number>();
  readonly workers = new Map<string, ActorRef<CaseWorker>>();
  /** By id, and what they are by the id of their actor. */
  readonly supervisors = new Map<string, ActorRef<CaseSupervisor | CaseDynamicSupervisor>>();
  readonly specs = new Map<unknown, SupervisorSpec | DynamicSpec>();
  readonly #time = new VirtualTime();
  readonly #runtime: SimulatedRuntime;
  readonly #system: ActorSystem;

  constructor() {
    this.#runtime = new SimulatedRuntime(this.#time, new SeededRandom(1), (event) => this.#logged(event));
    this.#system = new ActorSystem({ name: "case", runtime: this.#runtime });
  }

  /** @param times when each step is over, as the model says. */
  static async run({ root, steps }: SupervisionCase, times: readonly number[]): Promise<SupervisionRun> {
    const run = new SupervisionRun();
    const [first = 0, ...others] = times;
    await run.#begin(root, first);
    for (const [index, step] of steps.entries()) await run.#step(step, others[index] as number);
    await run.#finish(others.at(-1) as number);
    return run;
  }

  log(line: string): void {
    this.lines.push(line);
  }

  async #begin(root: SupervisorSpec, until: number): Promise<void> {
    this.log("> begin");
    const { actorClass, args } = specOf(this, root);
    const ref = this.#system.spawn<Actor, unknown[]>(actorClass, { args });
    this.#system.whenStarted(ref).catch(() => this.log("root did not start"));
    await this.#settle(until);
  }

  async #step(step: Step, until: number): Promise<void> {
    this.log(`> ${describeStep(step)}`);
    this.#perform(step)?.then(
      () => this.log("reply ok"),
      (error) => this.log(`reply ${error instanceof FoundationError ? error.code : error}`),
    );
    await this.#settle(until);
  }

  /** @returns what it says when it was a call. */
  #perform(step: Step): Promise<unknown> | undefined {
    switch (step.kind) {
      case "pause":
        return undefined;
      case "failStarts":
        this.failures.set(step.id, step.times);
        return undefined;
      case "ends":
        for (const [id, ending] of step.ends) this.workers.get(id)?.tell.end(ending);
        return undefined;
      case "killSupervisor": {
        const ref = this.supervisors.get(step.supervisor);
        if (ref !== undefined) this.#system.cellOf(ref)?.kill();
        return undefined;
      }
      default: {
        const ref = this.supervisors.get(step.supervisor);
        const isDynamic = this.specs.get(ref?.recipient)?.kind === "dynamic";
        if (ref === undefined) return Promise.reject(new FoundationError("noproc", ""));
        if (isDynamic) return this.#callDynamic(ref as unknown as ActorRef<CaseDynamicSupervisor>, step);
        return this.#call(ref as unknown as ActorRef<CaseSupervisor>, step);
      }
    }
  }

  #call(ref: ActorRef<CaseSupervisor>, step: Step): Promise<unknown> {
    switch (step.kind) {
      case "startChild":
        return ref.ask.startChild(specOf(this, step.child));
      case "terminateChild":
        return ref.ask.terminateChild(step.id);
      case "restartChild":
        return ref.ask.restartChild(step.id);
      case "deleteChild":
        return ref.ask.deleteChild(step.id);
      default:
        return Promise.reject(new FoundationError("badMessage", ""));
    }
  }

  #callDynamic(ref: ActorRef<CaseDynamicSupervisor>, step: Step): Promise<unknown> {
    const spec = this.specs.get(ref.recipient) as DynamicSpec;
    if (step.kind === "startDynamic") return ref.ask.startChild(specOf(this, dynamicWorker(spec, step.id)));
    if (step.kind !== "terminateChild") return Promise.reject(new FoundationError("badMessage", ""));
    const worker = this.workers.get(step.id);
    if (worker === undefined) return Promise.reject(new FoundationError("noSuchChild", ""));
    return ref.ask.terminateChild(worker);
  }

  async #finish(until: number): Promise<void> {
    this.log("> finish");
    void this.#system.stop(3_600_000);
    await this.#settle(until);
    if (this.#runtime.timers > 0) this.log(`${this.#runtime.timers} timers left`);
  }

  async #settle(until: number): Promise<void> {
    await this.#time.advance(until - this.#time.now);
    const asked = [...this.supervisors].sort(([a], [b]) => (a < b ? -1 : 1));
    const answers = Promise.all(asked.map(async ([id, ref]) => ({ id, children: await ref.ask.whichChildren() })));
    let shown: Awaited<typeof answers> | undefined;
    answers.then((value) => {
      shown = value;
    });
    await this.#time.advance(0);
    if (shown === undefined) this.log("a supervisor does not answer");
    for (const { id, children } of shown ?? []) {
      const ids = children.map(({ id, state }) =>
        state === "running" ? id : state === "stopped" ? `-${id}` : `?${id}`,
      );
      if (this.specs.get(this.supervisors.get(id)?.recipient)?.kind === "dynamic") ids.sort();
      this.log(`${id}: ${ids.join(" ")}`);
    }
    this.log(`${this.#system.size} live`);
  }

  #logged({ level, event, fields }: LogEvent): void {
    const report = reports[event];
    if (report === undefined) {
      // Told by the report as well.
      if (level === "error" && event !== "actor crashed") this.log(`error ${event}`);
      return;
    }
    const spec = this.specs.get(fields.id);
    this.log(`report ${spec?.id} ${report} ${spec?.kind === "dynamic" ? "*" : fields.child}`);
  }
}

/** What every supervisor of a case does besides. */
function introduce(run: SupervisionRun, spec: SupervisorSpec | DynamicSpec, self: ActorRef<CaseSupervisor>): void {
  const { recipient } = self;
  run.specs.set(recipient, spec);
  run.specs.set(Number(recipient.label.split("/")[1]), spec);
}

function watch(run: SupervisionRun, spec: SupervisorSpec | DynamicSpec, self: ActorRef<CaseSupervisor>): void {
  run.supervisors.set(spec.id, self);
  self.recipient.watch((reason) => {
    if (run.supervisors.get(spec.id) === self) run.supervisors.delete(spec.id);
    run.log(`end ${spec.id} ${reasonName(reason)}`);
  });
}

class CaseSupervisor extends Supervisor {
  readonly #run: SupervisionRun;
  readonly #spec: SupervisorSpec;

  constructor(run: SupervisionRun, spec: SupervisorSpec) {
    const { strategy, autoShutdown, intensity, periodMs, children } = spec;
    super({ strategy, autoShutdown, intensity, periodMs, children: children.map((child) => specOf(run, child)) });
    this.#run = run;
    this.#spec = spec;
    introduce(run, spec, this.self());
  }
  protected override async onStart(): Promise<void> {
    await super.onStart();
    watch(this.#run, this.#spec, this.self());
  }
}

class CaseDynamicSupervisor extends DynamicSupervisor {
  readonly #run: SupervisionRun;
  readonly #spec: DynamicSpec;

  constructor(run: SupervisionRun, spec: DynamicSpec) {
    super({ intensity: spec.intensity, periodMs: spec.periodMs });
    this.#run = run;
    this.#spec = spec;
    introduce(run, spec, this.self());
  }
  protected override onStart(): void {
    super.onStart();
    watch(this.#run, this.#spec, this.self());
  }
}

class CaseWorker extends Actor {
  readonly #run: SupervisionRun;
  readonly #spec: WorkerSpec;
  readonly #fails: boolean;
  #endsByItself = false;

  constructor(run: SupervisionRun, spec: WorkerSpec) {
    super();
    this.#run = run;
    this.#spec = spec;
    const failures = run.failures.get(spec.id) ?? 0;
    run.failures.set(spec.id, Math.max(0, failures - 1));
    this.#fails = failures > 0;
    run.log(`${this.#fails ? "fail" : "start"} ${spec.id}`);
    if (this.#fails && spec.failure === "constructor") throw new Error("constructor");
  }

  end(ending: Ending): void {
    this.#endsByItself = true;
    switch (ending) {
      case "crash":
        throw new Error("crash");
      case "kill":
        return this.context.system.cellOf(this.self())?.kill();
      case "shutdownDetail":
        return this.context.stop({ shutdown: "detail" });
      default:
        return this.context.stop(ending);
    }
  }

  protected override onStart(): void | Promise<void> {
    if (this.#fails && this.#spec.failure === "reject") return Promise.reject(new Error("reject"));
    if (this.#fails) throw new Error("throw");
    this.#run.workers.set(this.#spec.id, this.self());
  }

  protected override onStop(): void | Promise<void> {
    if (this.#endsByItself) return undefined;
    this.#run.log(`stop ${this.#spec.id}`);
    switch (this.#spec.stop) {
      case "orderly":
        return undefined;
      case "crashes":
        throw new Error("crash");
      case "ignores":
        return new Promise(() => {});
      case "slow":
        return new Promise((resolve) => void this.context.system.runtime.setTimer(slowStopMs, resolve));
    }
  }
}

function specOf(run: SupervisionRun, spec: NodeSpec): ChildSpec {
  const { id, restart, significant, shutdownMs } = spec;
  const options = { id, restart, significant, shutdownMs };
  switch (spec.kind) {
    case "worker":
      return childSpec(CaseWorker, { ...options, args: [run, spec] });
    case "supervisor":
      return childSpec(CaseSupervisor, { ...options, args: [run, spec] });
    case "dynamic":
      return childSpec(CaseDynamicSupervisor, { ...options, args: [run, spec] });
  }
}

function reasonName(reason: ExitReason): string {
  if (reason instanceof Error) return "crash";
  return typeof reason === "string" ? reason : describeExit(reason);
}
