import type { Restart } from "@foundation/actor";
import { SeededRandom } from "@foundation/testkit";
import { OtpModel } from "./otp-model.ts";
import type {
  DynamicSpec,
  Ending,
  NodeSpec,
  Step,
  SupervisionCase,
  SupervisorSpec,
  WorkerSpec,
} from "./supervision-case.ts";

/** What may be in a generated case. */
interface CaseOptions {
  /** Only what OTP promises: no kill of a supervisor below which another one would have time for a word. */
  readonly isForErlang: boolean;
}

type Children = ReturnType<OtpModel["childrenOf"]>;

const restarts: readonly Restart[] = ["permanent", "transient", "temporary"];
const endings: readonly Ending[] = ["crash", "crash", "normal", "shutdown", "shutdownDetail", "kill"];

/** Draws a tree and what happens to it; the model runs along, so that most steps meet somebody who lives. */
export class CaseGenerator {
  readonly #random: SeededRandom;
  readonly #options: CaseOptions;
  #lastId = 0;

  constructor(seed: number, options: CaseOptions = { isForErlang: false }) {
    this.#random = new SeededRandom(seed, "supervision");
    this.#options = options;
  }

  draw(): SupervisionCase {
    const root = { ...this.#supervisor(0, "never"), restart: "permanent", significant: false } as const;
    const model = new OtpModel();
    model.begin(root);
    const steps: Step[] = [];
    for (let left = this.#random.integer(1, 12); left > 0 && model.supervisors.length > 0; left--) {
      for (const step of this.#next(model)) {
        steps.push(step);
        model.step(step);
      }
    }
    return { root, steps };
  }

  // ---- trees ----

  #node(depth: number, autoShutdown: SupervisorSpec["autoShutdown"]): NodeSpec {
    const random = this.#random;
    if (depth < 3 && random.chance(0.25)) return this.#supervisor(depth, autoShutdown);
    if (depth < 3 && random.chance(0.1)) return this.#dynamic(autoShutdown);
    return this.#worker(`w${++this.#lastId}`, autoShutdown);
  }

  #worker(id: string, autoShutdown: SupervisorSpec["autoShutdown"]): WorkerSpec {
    const random = this.#random;
    const shutdownMs = random.pick(["brutalKill", "infinity", 20, 50] as const);
    const canIgnore = typeof shutdownMs === "number" && random.chance(0.3);
    const stop = canIgnore ? "ignores" : random.pick(["orderly", "orderly", "orderly", "slow", "crashes"] as const);
    const failure = random.pick(["constructor", "throw", "reject"] as const);
    return { kind: "worker", id, ...this.#lifetime(autoShutdown), shutdownMs, stop, failure };
  }

  #lifetime(autoShutdown: SupervisorSpec["autoShutdown"]): Pick<WorkerSpec, "restart" | "significant"> {
    const restart = this.#random.pick(restarts);
    const significant = autoShutdown !== "never" && restart !== "permanent" && this.#random.chance(0.6);
    return { restart, significant };
  }

  #supervisor(depth: number, autoShutdown: SupervisorSpec["autoShutdown"]): SupervisorSpec {
    const random = this.#random;
    const strategy = random.pick(["oneForOne", "oneForAll", "restForOne"] as const);
    const ownAutoShutdown = random.pick(["never", "never", "anySignificant", "allSignificant"] as const);
    const count = random.integer(depth === 0 ? 1 : 0, 4);
    const children = Array.from({ length: count }, () => this.#node(depth + 1, ownAutoShutdown));
    return {
      kind: "supervisor",
      id: `s${++this.#lastId}`,
      ...this.#lifetime(autoShutdown),
      shutdownMs: children.every(({ kind }) => kind === "worker") && random.chance(0.2) ? "brutalKill" : "infinity",
      strategy,
      autoShutdown: ownAutoShutdown,
      ...this.#intensity(),
      children,
    };
  }

  #dynamic(autoShutdown: SupervisorSpec["autoShutdown"]): DynamicSpec {
    const id = `s${++this.#lastId}`;
    const template = this.#worker("template", "never");
    const shutdownMs = this.#random.chance(0.2) ? "brutalKill" : "infinity";
    return { kind: "dynamic", id, ...this.#lifetime(autoShutdown), shutdownMs, ...this.#intensity(), template };
  }

  /** Erlang counts seconds, so there the period is never as long as the time between two restarts. */
  #intensity(): Pick<SupervisorSpec, "intensity" | "periodMs"> {
    const { isForErlang } = this.#options;
    const periodMs = this.#random.integer(1, 4) * 1_000 + (isForErlang || this.#random.chance(0.3) ? 500 : 0);
    return { intensity: this.#random.pick([0, 1, 1, 2, 3, 3, 5]), periodMs };
  }

  // ---- steps ----

  #next(model: OtpModel): Step[] {
    const random = this.#random;
    const target = random.pick(model.supervisors);
    const children = model.childrenOf(target.id);
    const isEmpty = children.length === 0;
    // Somebody without children can only be given some.
    const chance = isEmpty ? 1 : random.next();
    if (chance < 0.08) return [{ kind: "pause", seconds: random.integer(1, 4) }];
    if (chance < 0.5) return this.#ends(target.id, children);
    if (chance < 0.75) return this.#failingRestart(target.id, children);
    if (chance < 0.78 && this.#mayKill(model, target)) return [{ kind: "killSupervisor", supervisor: target.id }];
    if (target.kind === "dynamic" && random.chance(0.7)) {
      const ids = Array.from({ length: random.integer(1, 4) }, () => `d${++this.#lastId}`);
      return ids.map((id) => ({ kind: "startDynamic", supervisor: target.id, id }));
    }
    return [this.#manage(target, children)];
  }

  #ends(supervisor: string, children: Children): Step[] {
    const random = this.#random;
    const living = children.filter(({ spec, isRunning }) => isRunning && spec.kind === "worker");
    if (living.length === 0) return [];
    const certain = random.pick(living);
    const ends = living
      .filter((child) => child === certain || random.chance(0.3))
      .map(({ spec }) => [spec.id, random.pick(endings)] as const);
    return [{ kind: "ends", supervisor, ends: random.chance(0.5) ? ends : ends.toReversed() }];
  }

  /** Somebody will not start again a few times; mostly it crashes soon, or one does that it depends on. */
  #failingRestart(supervisor: string, children: Children): Step[] {
    const random = this.#random;
    const workers = children.filter(({ spec }) => spec.kind === "worker");
    if (workers.length === 0) return [];
    const { spec } = random.pick(workers);
    const failStarts: Step = { kind: "failStarts", id: spec.id, times: random.integer(1, 4) };
    const culprit = random.chance(0.6) ? spec : random.pick(workers).spec;
    const ends = [
      culprit,
      ...workers.map((each) => each.spec).filter((each) => each !== culprit && random.chance(0.3)),
    ];
    const first = random.pick(["crash", "kill"] as const);
    const step: Step = {
      kind: "ends",
      supervisor,
      ends: ends.map(({ id }, index) => [id, index === 0 ? first : random.pick(endings)]),
    };
    return [failStarts, step];
  }

  #manage(target: SupervisorSpec | DynamicSpec, children: Children): Step {
    const random = this.#random;
    const supervisor = target.id;
    const id = children.length > 0 && random.chance(0.95) ? random.pick(children).spec.id : "nobody";
    if (target.kind === "dynamic") {
      if (random.chance(0.3)) return { kind: "terminateChild", supervisor, id };
      return { kind: "startDynamic", supervisor, id: `d${++this.#lastId}` };
    }
    const kind = random.pick(["startChild", "terminateChild", "restartChild", "deleteChild"] as const);
    if (kind !== "startChild") return { kind, supervisor, id };
    const taken = children.find(({ spec }) => spec.id === id)?.spec;
    if (taken !== undefined && random.chance(0.2)) return { kind, supervisor, child: taken };
    const autoShutdown = random.chance(0.9) ? target.autoShutdown : "anySignificant";
    const isKilled = this.#options.isForErlang && target.shutdownMs === "brutalKill";
    const child = isKilled ? this.#worker(`w${++this.#lastId}`, autoShutdown) : this.#node(2, autoShutdown);
    return { kind, supervisor, child };
  }

  #mayKill(model: OtpModel, { id }: SupervisorSpec | DynamicSpec): boolean {
    return !this.#options.isForErlang || model.childrenOf(id).every(({ spec }) => spec.kind === "worker");
  }
}

/** Cases a little smaller than this one, the smallest first. */
function* smaller({ root, steps }: SupervisionCase): Generator<SupervisionCase> {
  for (let part = Math.ceil(steps.length / 2); part >= 1; part = part === 1 ? 0 : Math.ceil(part / 2)) {
    for (let at = 0; at < steps.length; at += part) {
      yield { root, steps: [...steps.slice(0, at), ...steps.slice(at + part)] };
    }
  }
  for (const [index, step] of steps.entries()) {
    if (step.kind !== "ends" || step.ends.length < 2) continue;
    for (const end of step.ends) {
      yield { root, steps: steps.with(index, { ...step, ends: step.ends.filter((each) => each !== end) }) };
    }
  }
  for (const smallerRoot of smallerTrees(root)) yield { root: smallerRoot, steps };
}

function* smallerTrees(root: SupervisorSpec): Generator<SupervisorSpec> {
  for (const [index, child] of root.children.entries()) {
    yield { ...root, children: root.children.toSpliced(index, 1) };
    if (child.kind !== "supervisor") continue;
    for (const tree of smallerTrees(child)) yield { ...root, children: root.children.with(index, tree) };
  }
  for (const [index, child] of root.children.entries()) {
    const isPlain = child.kind !== "worker" || (child.stop === "orderly" && child.shutdownMs === "infinity");
    if (!isPlain) {
      yield { ...root, children: root.children.with(index, { ...child, stop: "orderly", shutdownMs: "infinity" }) };
    }
  }
  if (root.strategy !== "oneForOne") yield { ...root, strategy: "oneForOne" };
}

/** Attempts that {@link shorten} makes at most. */
const attemptsMax = 2_000;

/** Finds a smaller case that still fails: takes away what can be taken away (delta debugging, Zeller 2002). */
export async function shorten(
  failing: SupervisionCase,
  fails: (candidate: SupervisionCase) => Promise<boolean>,
): Promise<SupervisionCase> {
  let shortest = failing;
  let left = attemptsMax;
  for (let found = true; found && left > 0; ) {
    found = false;
    for (const candidate of smaller(shortest)) {
      if (left-- <= 0) break;
      if (!(await fails(candidate))) continue;
      shortest = candidate;
      found = true;
      break;
    }
  }
  return shortest;
}
