import type { Runtime, Timer } from "@foundation/actor";

/** How long a member that is up may take to say what it knows before decisions are made without it. Milliseconds. */
const reportMsMax = 2_000;

/** What {@link MemberReports} need of their node. */
interface MemberReportsPort {
  readonly runtime: Runtime;
  /** Whether all names of this member are known here. */
  hasNamesOf(nodeId: string): boolean;
  /** What this member knows is known here, or is not waited for any more. */
  complete(nodeId: string): void;
}

/**
 * Which members have said all they know: of singletons, and of names, which take their own time. A singleton whose owner is not
 * known yet must not look like one that runs nowhere.
 */
export class MemberReports {
  readonly #port: MemberReportsPort;
  /** Of members that have not said all they know. */
  readonly #timers = new Map<string, Timer>();
  /** Members that have told what they know of singletons; their names may still be on their way. */
  readonly #told = new Set<string>();

  constructor(port: MemberReportsPort) {
    this.#port = port;
  }

  /** A link to this member stands: it says all it knows, anew. */
  linked(nodeId: string): void {
    const { runtime } = this.#port;
    this.gone(nodeId);
    const giveUp = (): void => {
      runtime.log.warn("member does not say what it knows", { member: nodeId });
      this.#complete(nodeId);
    };
    this.#timers.set(nodeId, runtime.setTimer(reportMsMax, giveUp, { background: true }));
  }

  /** This member has told what it knows of singletons. */
  told(nodeId: string): void {
    this.#told.add(nodeId);
    this.namesCame(nodeId);
  }

  /** All names of this member are known here. */
  namesCame(nodeId: string): void {
    if (this.#timers.has(nodeId) && this.#told.has(nodeId) && this.#port.hasNamesOf(nodeId)) this.#complete(nodeId);
  }

  gone(nodeId: string): void {
    this.#timers.get(nodeId)?.cancel();
    this.#timers.delete(nodeId);
    this.#told.delete(nodeId);
  }

  stop(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }

  #complete(nodeId: string): void {
    this.#timers.get(nodeId)?.cancel();
    this.#timers.delete(nodeId);
    this.#port.complete(nodeId);
  }
}
