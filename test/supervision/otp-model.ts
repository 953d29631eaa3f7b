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

/**
 * The rules of supervisor.erl (OTP 25) once more, as plainly as they can be said: no promises, no messages, one thing after
 * the other. Functions have the names of those in supervisor.erl, so that both can be read side by side.
 *
 * What it tells is a list of lines: starts, failed starts, stops, ends of supervisors, reports, answers of management calls,
 * and after each step who lives.
 */
type Reason = "normal" | "shutdown" | "shutdownDetail" | "killed" | "crash";

interface Process {
  readonly spec: NodeSpec;
  reason: Reason | undefined;
  /** What it is as a supervisor. */
  readonly state: State | undefined;
}

interface Child {
  readonly spec: NodeSpec;
  pid: Process | "restarting" | undefined;
}

type Mail = { readonly exit: Process } | { readonly tryAgainRestart: Child };

interface State {
  readonly spec: SupervisorSpec | DynamicSpec;
  readonly parent: State | undefined;
  /** In start order. */
  children: Child[];
  restarts: number[];
  mailbox: Mail[];
  self: Process | undefined;
}

const endReasons: Record<Ending, Reason> = {
  crash: "crash",
  normal: "normal",
  shutdown: "shutdown",
  shutdownDetail: "shutdownDetail",
  kill: "killed",
};

export class OtpModel {
  readonly lines: string[] = [];
  /** When each step is over: whole seconds, in virtual milliseconds. */
  readonly times: number[] = [];
  /** Virtual milliseconds. */
  now = 0;
  readonly #failures = new Map<string, number>();
  readonly #supervisors = new Map<string, State>();

  static run({ root, steps }: SupervisionCase): OtpModel {
    const model = new OtpModel();
    model.begin(root);
    for (const step of steps) model.step(step);
    model.finish();
    return model;
  }

  begin(root: SupervisorSpec): void {
    this.#log("> begin");
    if (this.#start(root, undefined) === undefined) this.#log("root did not start");
    this.#settle();
  }

  step(step: Step): void {
    this.#log(`> ${describeStep(step)}`);
    const reply = this.#perform(step);
    if (reply !== undefined) this.#log(`reply ${reply}`);
    this.#settle();
  }

  finish(): void {
    this.#log("> finish");
    for (const state of this.#supervisors.values()) if (state.parent === undefined) this.#terminate(state, "shutdown");
    this.#settle();
  }

  // ---- what can be seen ----

  get supervisors(): readonly (SupervisorSpec | DynamicSpec)[] {
    return [...this.#supervisors.values()].map(({ spec }) => spec);
  }

  /** Ids of children of a supervisor: those that run, and the others. */
  childrenOf(supervisor: string): readonly { readonly spec: NodeSpec; readonly isRunning: boolean }[] {
    const children = this.#supervisors.get(supervisor)?.children ?? [];
    return children.map(({ spec, pid }) => ({ spec, isRunning: pid !== undefined }));
  }

  #settle(): void {
    this.now = Math.ceil(this.now / 1_000) * 1_000;
    this.times.push(this.now);
    let size = 0;
    for (const { spec, children } of [...this.#supervisors.values()].sort((a, b) => (a.spec.id < b.spec.id ? -1 : 1))) {
      const shown = children.map((child) => (child.pid === undefined ? `-${child.spec.id}` : child.spec.id));
      if (spec.kind === "dynamic") shown.sort();
      this.#log(`${spec.id}: ${shown.join(" ")}`);
      size += 1 + children.filter(({ pid, spec: { kind } }) => pid !== undefined && kind === "worker").length;
    }
    this.#log(`${size} live`);
  }

  #log(line: string): void {
    this.lines.push(line);
  }

  #report({ spec }: State, event: string, child: Child): void {
    this.#log(`report ${spec.id} ${event} ${spec.kind === "dynamic" ? "*" : child.spec.id}`);
  }

  // ---- what can be done ----

  #perform(step: Step): string | undefined {
    switch (step.kind) {
      case "pause":
        this.now += step.seconds * 1_000;
        return undefined;
      case "failStarts":
        this.#failures.set(step.id, step.times);
        return undefined;
      case "ends":
        return this.#ends(step.supervisor, step.ends);
      case "killSupervisor": {
        const state = this.#supervisors.get(step.supervisor);
        if (state !== undefined) this.#kill(state);
        if (state?.parent !== undefined) this.#deliver(state.parent, [{ exit: state.self as Process }]);
        return undefined;
      }
      default: {
        const state = this.#supervisors.get(step.supervisor);
        return state === undefined ? "noproc" : this.#handleCall(state, step);
      }
    }
  }

  #ends(supervisor: string, ends: readonly (readonly [string, Ending])[]): undefined {
    const state = this.#supervisors.get(supervisor);
    if (state === undefined) return;
    const exits: Mail[] = [];
    for (const [id, ending] of ends) {
      const pid = state.children.find(({ spec }) => spec.id === id)?.pid;
      if (typeof pid !== "object" || pid.spec.kind !== "worker" || pid.reason !== undefined) continue;
      pid.reason = endReasons[ending];
      exits.push({ exit: pid });
    }
    this.#deliver(state, exits);
  }

  #handleCall(state: State, step: Exclude<Step, { kind: "pause" | "failStarts" | "ends" | "killSupervisor" }>): string {
    if (step.kind === "startDynamic") {
      if (state.spec.kind !== "dynamic") return "badMessage";
      const child: Child = { spec: dynamicWorker(state.spec, step.id), pid: undefined };
      child.pid = this.#start(child.spec, state);
      if (child.pid === undefined) return "startFailed";
      state.children.push(child);
      return "ok";
    }
    if (state.spec.kind === "dynamic" && step.kind !== "terminateChild") return "badMessage";
    if (step.kind === "startChild") return this.#handleStartChild(state, step.child);
    const child = state.children.find(({ spec }) => spec.id === step.id);
    if (child === undefined) return "noSuchChild";
    if (step.kind === "terminateChild") {
      this.#doTerminate(state, child);
      this.#delChild(state, child);
      return "ok";
    }
    if (child.pid !== undefined) return "childRunning";
    if (step.kind === "deleteChild") {
      state.children = state.children.filter((each) => each !== child);
      return "ok";
    }
    child.pid = this.#start(child.spec, state);
    return child.pid === undefined ? "startFailed" : "ok";
  }

  #handleStartChild(state: State, spec: NodeSpec): string {
    if (spec.significant && (state.spec as SupervisorSpec).autoShutdown === "never") return "invalidOption";
    if (state.children.some((each) => each.spec.id === spec.id)) return "childExists";
    const pid = this.#start(spec, state);
    if (pid === undefined) return "startFailed";
    state.children.push({ spec, pid });
    return "ok";
  }

  // ---- starting and stopping ----

  /** do_start_child, and init of supervisors. */
  #start(spec: NodeSpec, parent: State | undefined): Process | undefined {
    if (spec.kind === "worker") return this.#startWorker(spec);
    const state: State = { spec, parent, children: [], restarts: [], mailbox: [], self: undefined };
    if (spec.kind === "supervisor") {
      state.children = spec.children.map((each) => ({ spec: each, pid: undefined }));
      const failed = this.#startChildren(state, state.children);
      if (failed !== undefined) {
        this.#report(state, "start_error", failed);
        this.#terminateChildren(state, state.children);
        return undefined;
      }
    }
    state.self = { spec, reason: undefined, state };
    this.#supervisors.set(spec.id, state);
    return state.self;
  }

  #startWorker(spec: WorkerSpec): Process | undefined {
    const failures = this.#failures.get(spec.id) ?? 0;
    this.#failures.set(spec.id, Math.max(0, failures - 1));
    this.#log(`${failures > 0 ? "fail" : "start"} ${spec.id}`);
    return failures > 0 ? undefined : { spec, reason: undefined, state: undefined };
  }

  /** @returns the child that did not start; those behind it are not tried. */
  #startChildren(state: State, children: readonly Child[]): Child | undefined {
    for (const child of children) {
      child.pid = this.#start(child.spec, state);
      if (child.pid === undefined) return child;
    }
    return undefined;
  }

  #terminateChildren(state: State, children: readonly Child[]): void {
    for (const child of children.toReversed()) {
      this.#doTerminate(state, child);
      this.#delChild(state, child);
    }
  }

  /** del_child: the spec of a temporary child goes with it. */
  #delChild(state: State, child: Child): void {
    child.pid = undefined;
    const isForgotten = state.spec.kind === "dynamic" || child.spec.restart === "temporary";
    if (isForgotten) state.children = state.children.filter((each) => each !== child);
  }

  #doTerminate(state: State, child: Child): void {
    if (typeof child.pid !== "object") return;
    if (!this.#shutdown(child, child.pid)) this.#report(state, "shutdown_error", child);
  }

  /** @returns whether the child ended as it should. */
  #shutdown({ spec: { shutdownMs, restart } }: Child, pid: Process): boolean {
    const reason = pid.reason ?? this.#stop(pid);
    if (shutdownMs === "brutalKill" && reason === "killed") return true;
    if (shutdownMs !== "brutalKill" && reason === "shutdown") return true;
    return restart !== "permanent" && ["normal", "shutdown", "shutdownDetail"].includes(reason);
  }

  #stop(pid: Process): Reason {
    const { spec, state } = pid;
    if (state !== undefined) {
      if (spec.shutdownMs === "brutalKill") this.#kill(state);
      else this.#terminate(state, "shutdown");
      return pid.reason as Reason;
    }
    pid.reason = this.#stopWorker(spec as WorkerSpec);
    return pid.reason;
  }

  #stopWorker({ id, shutdownMs, stop }: WorkerSpec): Reason {
    if (shutdownMs === "brutalKill") return "killed";
    this.#log(`stop ${id}`);
    if (stop === "crashes") return "crash";
    if (stop === "ignores") this.now += shutdownMs as number;
    if (stop === "slow") this.now += slowStopMs;
    return stop === "ignores" ? "killed" : "shutdown";
  }

  /** A supervisor ends: terminate. */
  #terminate(state: State, reason: Reason): void {
    if (state.spec.kind === "dynamic") this.#terminateDynamicChildren(state);
    else this.#terminateChildren(state, state.children);
    this.#ended(state, reason);
  }

  /** All at the same time; one report for each reason. */
  #terminateDynamicChildren(state: State): void {
    const begin = this.now;
    let end = begin;
    const errors = new Map<Reason, Child>();
    for (const child of state.children) {
      if (typeof child.pid !== "object") continue;
      this.now = begin;
      if (!this.#shutdown(child, child.pid)) errors.set(child.pid.reason as Reason, child);
      end = Math.max(end, this.now);
    }
    this.now = end;
    for (const child of errors.values()) this.#report(state, "shutdown_error", child);
  }

  /** A supervisor that is killed takes everybody below with it; nobody has time for a word (in OTP some have). */
  #kill(state: State): void {
    for (const { pid } of state.children) {
      if (typeof pid !== "object") continue;
      if (pid.state === undefined) pid.reason = "killed";
      else this.#kill(pid.state);
    }
    this.#ended(state, "killed");
  }

  #ended(state: State, reason: Reason): void {
    (state.self as Process).reason = reason;
    this.#supervisors.delete(state.spec.id);
    this.#log(`end ${state.spec.id} ${reason}`);
  }

  // ---- restarting ----

  /** Lets a supervisor handle what is in its mailbox, to the end. */
  #deliver(state: State, mail: readonly Mail[]): void {
    state.mailbox.push(...mail);
    for (let next = state.mailbox.shift(); next !== undefined; next = state.mailbox.shift()) {
      if (this.#handle(state, next) === "ok") continue;
      this.#terminate(state, "shutdown");
      if (state.parent !== undefined) this.#deliver(state.parent, [{ exit: state.self as Process }]);
      return;
    }
  }

  #handle(state: State, mail: Mail): "ok" | "shutdown" {
    if ("tryAgainRestart" in mail) {
      const child = mail.tryAgainRestart;
      return child.pid === "restarting" ? this.#restart(state, child) : "ok";
    }
    const child = state.children.find(({ pid }) => pid === mail.exit);
    return child === undefined ? "ok" : this.#doRestart(state, child, mail.exit.reason as Reason);
  }

  #doRestart(state: State, child: Child, reason: Reason): "ok" | "shutdown" {
    const isAbnormal = reason === "crash" || reason === "killed";
    const { restart } = child.spec;
    if (restart === "permanent" || isAbnormal) this.#report(state, "child_terminated", child);
    if (restart === "permanent" || (restart === "transient" && isAbnormal)) return this.#restart(state, child);
    this.#delChild(state, child);
    return this.#doAutoShutdown(state, child);
  }

  #doAutoShutdown(state: State, child: Child): "ok" | "shutdown" {
    if (state.spec.kind === "dynamic" || !child.spec.significant) return "ok";
    switch (state.spec.autoShutdown) {
      case "never":
        return "ok";
      case "anySignificant":
        return "shutdown";
      case "allSignificant":
        return state.children.some(({ pid, spec }) => pid !== undefined && spec.significant) ? "ok" : "shutdown";
    }
  }

  #restart(state: State, child: Child): "ok" | "shutdown" {
    if (!this.#addRestart(state)) {
      this.#report(state, "shutdown", child);
      this.#delChild(state, child);
      return "shutdown";
    }
    const failed = this.#restartByStrategy(state, child);
    if (failed !== undefined) {
      this.#report(state, "start_error", failed);
      failed.pid = "restarting";
      state.mailbox.push({ tryAgainRestart: failed });
    }
    return "ok";
  }

  /** @returns whether the intensity still allows it. */
  #addRestart(state: State): boolean {
    const { intensity, periodMs } = state.spec;
    const threshold = this.now - periodMs;
    state.restarts = [...state.restarts.filter((at) => at >= threshold), this.now];
    return state.restarts.length <= intensity;
  }

  /** @returns the child that did not start again. */
  #restartByStrategy(state: State, child: Child): Child | undefined {
    const strategy = state.spec.kind === "dynamic" ? "oneForOne" : state.spec.strategy;
    child.pid = undefined;
    const all = state.children;
    const group = strategy === "oneForOne" ? [child] : strategy === "oneForAll" ? all : all.slice(all.indexOf(child));
    if (strategy !== "oneForOne") this.#terminateChildren(state, group);
    return this.#startChildren(
      state,
      group.filter((each) => state.children.includes(each)),
    );
  }
}
