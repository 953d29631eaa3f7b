import type { ActorCell, StormLog } from "@foundation/actor";
import { callGuarded, ToldInOrder } from "@foundation/actor/spi";
import type { MemberChange } from "../view/member.ts";
import { type NodePart, nodePartTable } from "./node-part.ts";

/** The parts of a node in the order in which they were added, which is the order in which they are told. */
export class NodeParts implements Iterable<NodePart> {
  readonly #storms: StormLog;
  readonly #parts: NodePart[] = [];
  /** What the program is told when all parts know. */
  #unsaid: (() => void)[] = [];
  readonly #inOrder = new ToldInOrder();
  #depth = 0;

  constructor(storms: StormLog) {
    this.#storms = storms;
  }

  [Symbol.iterator](): Iterator<NodePart> {
    return this.#parts.values();
  }

  /** @throws ActorError `invalidOption`. */
  add(part: NodePart): void {
    nodePartTable.check(part);
    this.#parts.push(part);
  }

  /** Calls `telling` at once, or when the outermost {@link before} is through. It must not throw. */
  tellProgram(telling: () => void): void {
    if (this.#depth > 0) this.#unsaid.push(telling);
    else this.#inOrder.tell(telling);
  }

  /** Does `work`, in which parts are told, before the program hears of it. */
  before(work: () => void): void {
    this.#depth++;
    try {
      work();
    } finally {
      if (--this.#depth === 0) this.#speak();
    }
  }

  memberChanged(change: MemberChange): void {
    const { member } = change;
    switch (change.kind) {
      case "memberUp":
        for (const part of this.#parts) part.memberUp?.(member);
        return;
      case "memberLinked":
        for (const part of this.#parts) part.memberLinked?.(member);
        return;
      case "memberSuspect":
      case "memberTrusted":
      case "memberLeaving":
        for (const part of this.#parts) part.memberChanged?.(member);
        return;
      case "memberDown":
        for (const part of this.#parts) part.memberDown?.(member, change.reason);
        return;
      case "selfRenewed":
        for (const part of this.#parts) part.selfRenewed?.(member);
        return;
      default:
        change satisfies never;
    }
  }

  joined(): void {
    for (const part of this.#parts) part.joined?.();
  }

  learned(): void {
    for (const part of this.#parts) part.learned?.();
  }

  actorEnded(cell: ActorCell): void {
    for (const part of this.#parts) part.actorEnded?.(cell);
  }

  /** All of them leave, whatever becomes of the others. @throws what the first one failed with. */
  async leave(timeoutMs: number): Promise<void> {
    const failures: unknown[] = [];
    for (const part of this.#parts.toReversed()) {
      await part.leave?.(timeoutMs).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  stop(): void {
    for (const part of this.#parts.toReversed()) {
      const { stop } = part;
      if (stop !== undefined) callGuarded(this.#storms, { event: "stop", listener: stop }, () => part.stop?.());
    }
  }

  #speak(): void {
    const unsaid = this.#unsaid;
    this.#unsaid = [];
    // What a listener brings about is told after all of it.
    if (unsaid.length > 0) {
      this.#inOrder.tell(() => {
        for (const telling of unsaid) telling();
      });
    }
  }
}
