import { ActorError, type ActorSystem } from "@foundation/actor";
import { actorSystemRule, describeIssues, OptionTable, optionRule } from "@foundation/actor/spi";
import type { DiscoveryStrategy } from "@foundation/discovery";
import {
  type AuditEvent,
  type Authorize,
  type ChannelOptionsInput,
  optionText,
  type PeerAddress,
  type SecretInput,
  type Transport,
} from "@foundation/transport";
import {
  type FailureDetectorOptions,
  type FailureDetectorOptionsInput,
  failureDetectorOptionsSchema,
} from "./detection/failure-detector-options.ts";

/** Settings of a {@link Cluster}. */
export interface ClusterOptions {
  /** The node's actors; its name is the node's id and its runtime the cluster's. */
  readonly system: ActorSystem;
  readonly transport: Transport;
  /** The cluster's name; nodes of other names are never linked. */
  readonly cluster: string;
  /** What all nodes of the cluster share; see `EndpointOptions`. Never logged. */
  readonly secret: SecretInput;
  /** Where to listen; port 0 takes a free one. */
  readonly listen: PeerAddress;
  /** Where others can dial this node; port 0 stands for the one that was bound. Default: the address that was bound. */
  readonly advertise?: PeerAddress | undefined;
  /** Asked at every tick, all of them. */
  readonly discovery: readonly DiscoveryStrategy[];
  /** Decides about each connection, besides the secret and the certificates. */
  readonly authorize?: Authorize | undefined;
  /** Told of what matters to security. */
  readonly audit?: ((event: AuditEvent) => void) | undefined;
  readonly failureDetector?: FailureDetectorOptionsInput | undefined;
  /** The same on every node. Default: those of the transport package. */
  readonly channels?: readonly ChannelOptionsInput[] | undefined;
}

const { anything, callback, listOf, objectWith, required } = optionRule;

/** What is `anything` here is looked at by the endpoint, or has a schema. */
const optionTable = new OptionTable<ClusterOptions>("Cluster", {
  system: actorSystemRule,
  transport: required(objectWith("a Transport", "listen", "dial")),
  cluster: anything,
  secret: anything,
  listen: anything,
  advertise: anything,
  discovery: required(listOf(objectWith("a DiscoveryStrategy", "announce", "discover", "withdraw"))),
  authorize: callback,
  audit: callback,
  failureDetector: anything,
  channels: anything,
});

/**
 * Refuses what the endpoint does not look at.
 *
 * @returns how failures are detected.
 * @throws ActorError `invalidOption`; `twoCopies` for a system of another copy of the actor package.
 */
export function checkClusterOptions(options: ClusterOptions): FailureDetectorOptions {
  optionTable.check(options);
  const given = { failureDetector: options.failureDetector ?? {} };
  const parsed = failureDetectorOptionsSchema.safeParse(given.failureDetector, { error: optionText });
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => ({ path: ["failureDetector", ...path], message }));
  throw new ActorError("invalidOption", `Cluster: ${describeIssues(given, issues)}`);
}

/** Pause between reconciliations of what discovery finds with what is linked. Milliseconds. */
export const reconcileIntervalMs = 1_000;
/** How long {@link Cluster.start} waits for the first round of dials. Milliseconds. */
export const joinTimeoutMs = 2_000;
/** How long {@link Cluster.start} waits, after that, for the first copies of what the members say. Milliseconds. */
export const firstCopiesMs = 2_000;
/** How long the first dials may keep a node from judging silent peers. Milliseconds. */
export const formingMsMax = 30_000;
