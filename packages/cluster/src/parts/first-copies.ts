import type { Log, Runtime, Timer } from "@foundation/actor";
import type { Member } from "../view/member.ts";
import type { NodeParts } from "./node-parts.ts";

/** What {@link FirstCopies} looks at. */
interface FirstCopiesOptions {
  readonly runtime: Runtime;
  readonly parts: NodeParts;
  /** The members whose copies are wanted at this moment. */
  readonly members: () => readonly Member[];
  /** Whether further members may still turn up: addresses are being dialled. */
  readonly isLooking: () => boolean;
}

/** How long names that are not known yet may be on their way, at most. Milliseconds. */
const learningMsMax = 60_000;

/**
 * Tells when a node that has just joined knows what its peers know: every part has a first copy of what each member says.
 *
 * Before that, a name that is not found may exist all the same. Members that end meanwhile are not waited for, and none is
 * for longer than a minute: one that never says what it knows must not keep this node from answering "there is none".
 */
export class FirstCopies {
  readonly #options: FirstCopiesOptions;
  readonly #waiting = new Set<() => void>();
  #isLearning = false;
  #timer: Timer | undefined;

  constructor(options: FirstCopiesOptions) {
    this.#options = options;
  }

  /** Whether this node has joined and does not know yet what its peers know. */
  get isLearning(): boolean {
    return this.#isLearning;
  }

  /** The node starts. */
  begin(): void {
    this.#isLearning = true;
    this.#timer = this.#options.runtime.setTimer(learningMsMax, () => this.end(), { background: true });
  }

  /** A copy is complete, or a member has gone: looks whether that was the last one that was missing. */
  look(): void {
    if (this.#isLearning && !this.#options.isLooking() && this.missing().length === 0) this.end();
  }

  /** Nothing more is waited for. */
  end(): void {
    if (!this.#isLearning) return;
    this.#isLearning = false;
    this.#timer?.cancel();
    this.#options.parts.learned();
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }

  /** Says what this node does not know yet, although it goes on. */
  warnOfMissing(log: Log): void {
    const missing = this.missing();
    if (missing.length === 0) {
      const why = "addresses that were found have not answered yet";
      return log.info("started while peers are still looked for; names that are not found wait", { why });
    }
    log.warn("started without all that the members know; names that are not found wait", {
      missing: missing.slice(0, 10).join(", "),
      count: missing.length,
    });
  }

  /** What has not come, as `part of member`. */
  missing(): string[] {
    const missing: string[] = [];
    for (const member of this.#options.members()) {
      for (const part of this.#options.parts) {
        if (part.hasCopyOf?.(member) === false) missing.push(`${part.name} of ${member.nodeId}`);
      }
    }
    return missing;
  }

  /** Resolves when everything is there, or nothing more is waited for. */
  complete(): Promise<void> {
    this.look();
    if (!this.#isLearning) return Promise.resolve();
    return new Promise((resolve) => void this.#waiting.add(resolve));
  }
}
