import type { Runtime } from "@foundation/actor";
import { describeIssues, OptionTable, optionRule, runtimeRule } from "@foundation/actor/spi";
import { z } from "zod";
import type { Refusal } from "../handshake/close-code.ts";
import { isNodeId, type VersionRange } from "../handshake/hello.ts";
import {
  type ChannelOptions,
  type ChannelOptionsInput,
  channelListSchema,
  defaultChannels,
} from "../link/channel-options.ts";
import type { Link, LinkReceiver, PeerIdentity } from "../link/link.ts";
import { optionText } from "../option-text.ts";
import { refuseOption } from "../refuse-option.ts";
import type { AuditEvent } from "../security/audit.ts";
import type { Authorize } from "../security/authorization.ts";
import { readSecrets, type SecretInput } from "../security/secrets.ts";
import type { PeerAddress, Transport } from "../transport.ts";

/** What an endpoint reports. A handler that throws ends the process, except for `malformed`: that ends the link. */
export interface EndpointHandlers {
  /**
   * A link is open. Called before its first message and before the `connect` that led to it resolves.
   *
   * @returns what takes all that comes over it. One that has ended meanwhile is told so at once.
   */
  onLink(link: Link): LinkReceiver;
  /**
   * A peer that knows the secret says that lives of this node up to the incarnation `newest` are over, so it is not linked;
   * {@link Endpoint.rejoin} with a higher one helps.
   */
  onOutlived?(newest: number): void;
}

/** Who this node is. */
export interface EndpointIdentity {
  /** Nodes of other clusters are refused. */
  readonly cluster: string;
  /** 1 to 128 letters, digits, dots, underscores and hyphens; unique in the cluster. */
  readonly nodeId: string;
  /** Higher at every start of the node; from 0 to 2^53 - 1. */
  readonly incarnation: number;
}

/** Settings of an {@link Endpoint}. */
export interface EndpointOptions {
  readonly runtime: Runtime;
  readonly transport: Transport;
  readonly identity: EndpointIdentity;
  /**
   * What all nodes of the cluster share; every connection proves both ways that it is known. Never logged. Several (at most 4)
   * while one takes the place of another: the first one signs, all are accepted.
   */
  readonly secret: SecretInput;
  /** Where to listen; port 0 takes a free one. */
  readonly listen: PeerAddress;
  /** Where others can dial this node; port 0 stands for the one that was bound. Default: the address that was bound. */
  readonly advertise?: PeerAddress;
  /** Kind and connections of a channel must be the same on every node that has it. Default {@link defaultChannels}. */
  readonly channels?: readonly ChannelOptionsInput[];
  /** Time for a dial, and for the handshake of an accepted connection. Default 5 000 ms. */
  readonly handshakeTimeoutMs?: number;
  /** Refuses peers by their identity, for example incarnations that were declared dead. */
  readonly admit?: (peer: PeerIdentity) => Refusal | undefined;
  /** Decides about each connection, besides all else. Default: no further rules. */
  readonly authorize?: Authorize | undefined;
  /** Told of what matters to security. What it throws goes to the log. Default: only the log is. */
  readonly audit?: ((event: AuditEvent) => void) | undefined;
  /** Protocol versions to speak. Default {@link protocolVersions}, all that this code knows. */
  readonly versions?: VersionRange | undefined;
  readonly handlers: EndpointHandlers;
}

const { anything, callback, objectWith, required, rule } = optionRule;

const isVersion = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const versionsRule = rule("an object with whole numbers min and max, min no more than max", (value) => {
  if (typeof value !== "object" || value === null) return false;
  const { min, max } = value as Partial<VersionRange>;
  return isVersion(min) && isVersion(max) && (min as number) <= (max as number);
});

/** What is `anything` here has a schema below. */
const optionTable = new OptionTable<EndpointOptions>(
  "Endpoint",
  {
    runtime: required(runtimeRule),
    transport: required(objectWith("a Transport", "listen", "dial")),
    identity: anything,
    secret: anything,
    listen: anything,
    advertise: anything,
    channels: anything,
    handshakeTimeoutMs: anything,
    admit: callback,
    authorize: callback,
    audit: callback,
    versions: versionsRule,
    handlers: required(objectWith("EndpointHandlers", "onLink")),
  },
  refuseOption,
);

const addressSchema = z.strictObject({ host: z.string().min(1).max(255), port: z.int().min(0).max(65_535) });

/** The part of {@link EndpointOptions} that is data. */
const settingsSchema = z.strictObject({
  identity: z.strictObject({
    /** 1 to 255 bytes. */
    cluster: z
      .string()
      .refine(
        (name) => name.length > 0 && Buffer.byteLength(name) <= 255 && name.isWellFormed(),
        "must be 1 to 255 bytes of well-formed UTF-8",
      ),
    nodeId: z.string().refine(isNodeId, "must be 1 to 128 of A-Z a-z 0-9 . _ -"),
    incarnation: z.int().min(0),
  }),
  listen: addressSchema,
  advertise: addressSchema.optional(),
  channels: channelListSchema,
  /** Milliseconds. Default 5 000: several round trips on a bad network, and no longer than anybody wants to wait. */
  handshakeTimeoutMs: z.int().min(1).max(600_000).default(5000),
});

/** The data of {@link EndpointOptions}, checked and complete. */
export interface EndpointSettings {
  readonly identity: EndpointIdentity;
  readonly listen: PeerAddress;
  readonly advertise: PeerAddress | undefined;
  /** In order of priority. */
  readonly channels: readonly ChannelOptions[];
  readonly handshakeTimeoutMs: number;
  /** The first one signs, all are accepted. */
  readonly secrets: readonly Uint8Array[];
}

/** Checks `options`. @throws {TransportError} `invalidOption`, with the path and what is allowed. */
export function readEndpointOptions(options: EndpointOptions): EndpointSettings {
  optionTable.check(options);
  const { identity, listen, advertise, channels = defaultChannels, handshakeTimeoutMs, secret } = options;
  const given = { identity, listen, advertise, channels, handshakeTimeoutMs };
  const parsed = settingsSchema.safeParse(given, { error: optionText });
  if (!parsed.success) throw refuseOption(`Endpoint: ${describeIssues(given, parsed.error.issues)}`);
  return {
    ...parsed.data,
    advertise: parsed.data.advertise,
    channels: parsed.data.channels.toSorted((a, b) => a.priority - b.priority),
    secrets: readSecrets(secret),
  };
}
