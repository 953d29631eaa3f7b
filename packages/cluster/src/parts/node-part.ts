import type { ActorCell } from "@foundation/actor";
import { OptionTable, optionRule } from "@foundation/actor/spi";
import type { DepartureReason, Member } from "../view/member.ts";

/**
 * A part of a node: the registry, the supervisor. The cluster calls its hooks, one part after the other in the order in which
 * they were added; {@link leave} and {@link stop} the other way round. A part may count on it that those before it, which it is
 * built on, know already; the program's listeners hear of it when all parts do. A hook that throws is broken, and not guarded.
 */
export interface NodePart {
  /** For logs: what a node has first copies of. */
  readonly name: string;
  /** Whether the first copy of what this member says is complete here. Absent: the part keeps no copies. */
  hasCopyOf?(member: Member): boolean;
  /** Nothing more is waited for: what is not known by now is taken not to exist. */
  learned?(): void;
  /** This node has linked what it could find; from here on it acts as a member of what cluster there is. */
  joined?(): void;
  memberUp?(member: Member): void;
  /** A link to the member stands: after {@link memberUp}, and again each time a broken link is replaced. */
  memberLinked?(member: Member): void;
  /** The member has another status: it is suspect, answers again, or is leaving. */
  memberChanged?(member: Member): void;
  memberDown?(member: Member, reason: DepartureReason): void;
  /** This node goes on as a new incarnation. */
  selfRenewed?(self: Member): void;
  /** An actor of this node has ended; other actors are told after this. */
  actorEnded?(cell: ActorCell): void;
  /**
   * Hands over what other nodes can go on with. The members know already that this node leaves. Awaited, before the part
   * that was added before it.
   *
   * @param timeoutMs milliseconds that it may take.
   */
  leave?(timeoutMs: number): Promise<void>;
  /** The node has stopped, all links are closed: what waits is given up, timers too. A hook that throws is logged. */
  stop?(): void;
}

/** What a part gets from its node. */
export interface PartPort {
  /** A first copy may be complete. */
  copied(): void;
  /** Tells the program's listeners: at once, or while the cluster calls hooks, when all parts know. */
  tellProgram(telling: () => void): void;
}

const { callback, required, text } = optionRule;

/** What may be given as one. */
export const nodePartTable: OptionTable<NodePart> = new OptionTable("addPart()", {
  name: required(text),
  hasCopyOf: callback,
  learned: callback,
  joined: callback,
  memberUp: callback,
  memberLinked: callback,
  memberChanged: callback,
  memberDown: callback,
  selfRenewed: callback,
  actorEnded: callback,
  leave: callback,
  stop: callback,
});
