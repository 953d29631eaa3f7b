import type { ExitReason, Timer } from "@foundation/actor";
import { crashFields } from "@foundation/actor/spi";
import type { Cluster, DepartureReason } from "@foundation/cluster";
import type { SingletonHost } from "./singleton-host.ts";

/** Singletons that have a line of their own within {@link burstMs}; further ones are counted in one. */
const linesMax = 20;
const burstMs = 1_000;
/** Names and nodes that are remembered in order to say why a singleton starts here; the oldest are forgotten first. */
const rememberedMax = 10_000;

/** Says in the log which singletons start on this node, and why here; and which are not started any more. */
export class StartLog {
  readonly #cluster: Cluster;
  /** Where names were last. */
  readonly #lastOwners = new Map<string, string>();
  readonly #departures = new Map<string, DepartureReason>();
  #lines = 0;
  #burst: Timer | undefined;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** The name has this owner no more. */
  freed(name: string, nodeId: string): void {
    remember(this.#lastOwners, name, nodeId);
  }

  memberUp(nodeId: string): void {
    this.#departures.delete(nodeId);
  }

  memberDown(nodeId: string, reason: DepartureReason): void {
    remember(this.#departures, nodeId, reason);
  }

  started({ spec: { name, className }, epoch }: SingletonHost): void {
    const fields = { name, class: className, epoch };
    const { log, runtime } = this.#cluster.system;
    this.#burst ??= runtime.setTimer(burstMs, () => this.#burstOver(), { background: true });
    if (++this.#lines <= linesMax) log.info("singleton started", { ...fields, why: this.#why(name) });
    else log.debug("singleton started", fields);
  }

  /** It ended too often. Not one of its crashes, of which there may be too many for a line each: this one stays so. */
  gaveUp({ spec: { name, className }, epoch }: SingletonHost, reason: ExitReason, failures: number): void {
    const { log, storms } = this.#cluster.system;
    const fields = { name, class: className, epoch, failures, ...crashFields(reason) };
    const event = "singleton gave up: it ended too often";
    storms.tell(log, { level: "error", event, subject: className, fields });
  }

  stop(): void {
    this.#burst?.cancel();
  }

  #burstOver(): void {
    this.#burst = undefined;
    const more = this.#lines - linesMax;
    this.#lines = 0;
    if (more > 0) this.#cluster.system.log.info("further singletons started", { count: more });
  }

  #why(name: string): string {
    const last = this.#lastOwners.get(name);
    this.#lastOwners.delete(name);
    if (last === undefined) return "it is new, and placement chose this node";
    if (last === this.#cluster.self.nodeId) return "it ended here, and placement chose this node again";
    const status = this.#cluster.view.get(last)?.status;
    const departure = this.#departures.get(last);
    if (status === "leaving" || departure === "left") return `${last}, where it ran, leaves`;
    if (status === undefined && departure !== undefined) return `${last}, where it ran, died`;
    return `it ended on ${last}, and placement chose this node`;
  }
}

function remember<Value>(table: Map<string, Value>, key: string, value: Value): void {
  table.delete(key);
  table.set(key, value);
  if (table.size > rememberedMax) table.delete(table.keys().next().value as string);
}
