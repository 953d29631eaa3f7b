import type { Cluster, NodeProtocol } from "@foundation/cluster";
import type { Registry } from "@foundation/registry";
import type { MemberView } from "./member-view.ts";
import type { RestartRecords } from "./restart-records.ts";
import type { Rounds } from "./rounds.ts";
import type { SpecTable } from "./spec-table.ts";
import type { StartClaims } from "./start-claims.ts";
import type { Objection, SupervisionMessage } from "./supervision-message.ts";

/** What {@link StartAnswers} look at. */
interface StartAnswersSurroundings {
  readonly cluster: Cluster;
  readonly registry: Registry;
  readonly table: SpecTable;
  readonly view: MemberView;
  readonly rounds: Rounds;
  readonly claims: StartClaims;
  readonly records: RestartRecords;
  readonly protocol: NodeProtocol<SupervisionMessage>;
  /** Whether it runs, starts or stops here. */
  isHosting(name: string): boolean;
  /** `nodeId` asks about a name of which this node does not know the spec, or not in revision `revision`. */
  missing(name: string, revision: number, nodeId: string): void;
  /** `nodeId` knows less of these names than this node: it is told which versions there are. */
  tellOf(names: readonly string[], nodeId: string): void;
}

/**
 * Answers members that are about to start names, and learns of these names by that: before a singleton starts, every member that is asked
 * has heard of it. So messages to it wait there from then on, although its spec and its name may still be on their way.
 */
export class StartAnswers {
  readonly #surroundings: StartAnswersSurroundings;

  constructor(surroundings: StartAnswersSurroundings) {
    this.#surroundings = surroundings;
  }

  /** Says everything that could keep the asker from starting these names, and nothing else. */
  answer({ token, names, doubts }: NonNullable<SupervisionMessage["confirm"]>, nodeId: string): void {
    const { table, view, claims, protocol, missing, tellOf } = this.#surroundings;
    const objections: Objection[] = [];
    const known: string[] = [];
    for (const [at, [name, revision, epoch]] of names.entries()) {
      const spec = table.get(name);
      if ((spec?.revision ?? 0) < revision) missing(name, revision, nodeId);
      const isOutdated = spec !== undefined && spec.revision > revision;
      if (isOutdated || table.epoch(name) > epoch) known.push(name);
      const objection = this.#objectionTo(name, nodeId, isOutdated);
      if (objection !== undefined) objections.push({ ...objection, at });
      if (objection === undefined || objection.why === "owned") claims.allowed(name, nodeId);
    }
    tellOf(known, nodeId);
    protocol.send(nodeId, { confirmed: { token, objections, reached: view.reached(doubts) } });
  }

  #objectionTo(name: string, nodeId: string, isOutdated: boolean): Objection | undefined {
    const { cluster, registry, claims, rounds, records, isHosting } = this.#surroundings;
    const self = cluster.self.nodeId;
    const at = 0;
    if (isHosting(name)) return { at, why: "hosted" };
    const by = claims.claimant(name, nodeId);
    if (by !== undefined) return { at, why: "claimed", by };
    if (rounds.has(name)) {
      // Both ask at the same time: the one that comes first by its id goes on.
      if (self < nodeId) return { at, why: "claimed", by: self };
      rounds.yieldTo(name, nodeId);
    }
    const owner = registry.holder(name);
    if (owner !== undefined && owner.nodeId !== nodeId)
      return { at, why: "owned", by: owner.nodeId, incarnation: owner.incarnation };
    const waitMs = records.waitMs(name);
    if (waitMs > 0) return { at, why: "resting", waitMs };
    return isOutdated ? { at, why: "outdated" } : undefined;
  }
}
