import { isIPv6 } from "node:net";
import {
  Actor,
  type ActorClass,
  type DeadLetter,
  type Log,
  type LogFormat,
  type LogLevel,
  type Runtime,
} from "@foundation/actor";
import { escapeText, textOf } from "@foundation/actor/spi";
import { type FailureDetectorOptionsInput, failureDetectorOptionsSchema } from "@foundation/cluster";
import { type DiscoveryStrategy, parseSeed } from "@foundation/discovery";
import {
  type AuditEvent,
  type Authorize,
  type ChannelOptionsInput,
  channelListSchema,
  isNodeId,
  optionText,
  type SecretInput,
  secretSchema,
  type TlsOptions,
  type Transport,
  tlsOptionsSchema,
  typeShown,
} from "@foundation/transport";
import { z } from "zod";
import { variableOf } from "./environment.ts";
import { refuseOptions } from "./errors.ts";
import { isEveryAddress } from "./loopback.ts";

/** Colons are in IPv6 addresses only: anything else that has one has a port, too. */
const isHost = (host: string): boolean => /^[A-Za-z0-9._-]{1,255}$/.test(host) || (isIPv6(host) && !host.includes("%"));
const hostSchema = z.string().refine(isHost, "must be a host name or an address, without brackets, a port or a zone");
const everyAddressText = "stands for every address of a machine; give one that other nodes reach";
const advertisedHostSchema = hostSchema.refine((host) => !isEveryAddress(host), everyAddressText);
const portError = "must be a whole number from 0 to 65 535";
const portSchema = z.int(portError).min(0, portError).max(65_535, portError);
const isActorClass = (value: unknown): value is ActorClass =>
  typeof value === "function" && value.prototype instanceof Actor;
const isObject = (value: unknown): boolean => typeof value === "object" && value !== null;

const logFormats = ["text", "json"] as const satisfies readonly LogFormat[];
const logLevels = ["debug", "info", "warn", "error"] as const satisfies readonly LogLevel[];
const hasMethods =
  (...methods: readonly string[]) =>
  (value: unknown): boolean =>
    isObject(value) && methods.every((method) => isFunction((value as Record<string, unknown>)[method]));
const isLog = hasMethods(...logLevels);
const isTransport = hasMethods("listen", "dial");
const runtimeMethods = ["now", "wallTime", "setTimer", "microtask", "nextTurn", "random", "randomBytes"];
const isRuntime = (value: unknown): boolean =>
  hasMethods(...runtimeMethods)(value) && isLog((value as { log?: unknown }).log);
const strategyError = "must be a discovery strategy: announce, discover and withdraw, and a name";
const isStrategy = (value: unknown): boolean =>
  hasMethods("announce", "discover", "withdraw")(value) && typeof (value as { name?: unknown }).name === "string";

/** What fits into a hello; half a character would become another name on the way. */
const isClusterName = (name: string): boolean =>
  name.length > 0 && Buffer.byteLength(name) <= 255 && name.isWellFormed();
const clusterNameSchema = z
  .string()
  .refine(isClusterName, "must be 1 to 255 bytes of well-formed UTF-8")
  // One that was read from a file would be another name than one that was typed, and the two find no node of each other.
  .refine((name) => name === name.trim(), "must not begin or end with white space");
const seedSchema = z
  .string()
  .refine(isSeed, 'must be host:port, such as "10.0.0.5:7400"')
  .refine((seed) => !isSeed(seed) || !isEveryAddress(parseSeed(seed).host), everyAddressText);
const directorySchema = z
  .string()
  .min(1)
  // What the systems allow.
  .max(4_096)
  .refine((path) => !/\p{Cc}/u.test(path), "must not have control characters, such as line breaks")
  .refine(
    (path) => !/^~([\\/]|$)/.test(path),
    "must not begin with ~, which shells alone replace: use homedir() of node:os",
  );
const isFunction = (value: unknown): boolean => typeof value === "function";

function isSeed(seed: string): boolean {
  try {
    parseSeed(seed);
    return true;
  } catch {
    return false;
  }
}

/** Each setting by itself. */
const optionsObject = z.strictObject({
  name: z.string().refine(isNodeId, "must be 1 to 128 of A-Z a-z 0-9 . _ -").optional(),
  cluster: z.enum(["local", "none"]).optional(),
  clusterName: clusterNameSchema.optional(),
  seeds: z.array(seedSchema).max(1_024).optional(),
  discovery: z.array(z.custom<DiscoveryStrategy>(isStrategy, strategyError)).max(16).optional(),
  host: hostSchema.optional(),
  port: portSchema.optional(),
  advertise: z.strictObject({ host: advertisedHostSchema, port: portSchema.min(1).optional() }).optional(),
  secret: secretSchema.optional(),
  tls: tlsOptionsSchema.optional(),
  authorize: z.custom<Authorize>(isFunction, "must be a function").optional(),
  audit: z.custom<(event: AuditEvent) => void>(isFunction, "must be a function").optional(),
  insecure: z.boolean().optional(),
  directory: directorySchema.optional(),
  actors: z.array(z.custom<ActorClass>(isActorClass, "must be a class that extends Actor")).optional(),
  channels: channelListSchema.optional(),
  failureDetector: failureDetectorOptionsSchema.optional(),
  simulateRemote: z.boolean().optional(),
  logLevel: z.enum([...logLevels, "silent"]).optional(),
  log: z.union([z.enum(logFormats), z.custom<Log>(isLog)], { error: 'must be "text", "json" or a log' }).optional(),
  exitOnGiveUp: z.boolean().optional(),
  onDeadLetter: z.custom<(letter: DeadLetter) => void>(isFunction, "must be a function").optional(),
  runtime: z.custom<Runtime>(isRuntime, "must be a runtime, as systemRuntime() is").optional(),
  transport: z.custom<Transport>(isTransport, "must be a transport, with listen and dial").optional(),
});

/** Names of all options. */
export const optionNames: readonly string[] = Object.keys(optionsObject.shape);

/** The settings of a node. Strict: a name that is not known here is refused. */
export const optionsSchema: z.ZodType<FoundationOptions> = optionsObject
  .refine((options) => !(options.tls && options.insecure), {
    path: ["insecure"],
    message: "contradicts tls: leave one of them out",
  })
  .refine((options) => !(options.tls && options.transport), {
    path: ["transport"],
    message: "has certificates of its own: give tls to it instead",
  })
  .refine(({ log, runtime }) => !(typeof log === "object" && runtime), {
    path: ["log"],
    message: "contradicts runtime, which has a log of its own: give it to systemRuntime() instead",
  }) as unknown as z.ZodType<FoundationOptions>;

/** Settings of a node; every one is optional. */
export interface FoundationOptions {
  /** The node's id, unique in the cluster: 1 to 128 of `A-Z a-z 0-9 . _ -`. Default: host name, process id, random. */
  readonly name?: string | undefined;
  /** How peers are found: `local` (this machine, this user; the default) or `none` (only `seeds` and `discovery`). */
  readonly cluster?: "local" | "none" | undefined;
  /** Nodes of other cluster names are never linked: 1 to 255 bytes, any characters. Default `default`. */
  readonly clusterName?: string | undefined;
  /** Peers to try, `host:port` each; one that is reachable is enough. */
  readonly seeds?: readonly string[] | undefined;
  /** Further ways to find peers. */
  readonly discovery?: readonly DiscoveryStrategy[] | undefined;
  /** The address to listen on. Default `127.0.0.1`. Anything off loopback needs `secret`, and `tls` or `insecure: true`. */
  readonly host?: string | undefined;
  /** The port to listen on. Default 0: a free one. */
  readonly port?: number | undefined;
  /**
   * Where others can reach this node when that differs from where it listens. Port: that of the listener unless given. Default
   * for `host: "0.0.0.0"` and `"::"`: the one address of this machine that others can reach.
   */
  readonly advertise?: { readonly host: string; readonly port?: number | undefined } | undefined;
  /**
   * What the nodes share to prove that they belong together, at least 16 characters of text or bytes. Default on loopback: a
   * cookie file. Up to four while one takes the place of another: the first one signs, all are accepted.
   */
  readonly secret?: SecretInput | undefined;
  /** Encrypts all links, with certificates that say which node is which. Default: links are not encrypted. */
  readonly tls?: TlsOptions | undefined;
  /** Decides about each connection with another node, besides the secret and the certificates. Default: no further rules. */
  readonly authorize?: Authorize | undefined;
  /** Told of connections that were accepted or refused, and of other secrets and certificates. What it throws is logged. */
  readonly audit?: ((event: AuditEvent) => void) | undefined;
  /** Allows unencrypted links off loopback. Default `false`. */
  readonly insecure?: boolean | undefined;
  /** Where the cookie and the entries of local discovery are kept. Default: one per user in the temporary directory. */
  readonly directory?: string | undefined;
  /** Classes this node can host for others' singletons, besides those it names itself. */
  readonly actors?: readonly ActorClass[] | undefined;
  /** The channels of each link, the same on every node. */
  readonly channels?: readonly ChannelOptionsInput[] | undefined;
  /** Times of the failure detector, in milliseconds. */
  readonly failureDetector?: FailureDetectorOptionsInput | undefined;
  /** Local messages are copied as if they went to another node, so that tests notice what would not arrive. Default `false`. */
  readonly simulateRemote?: boolean | undefined;
  /** What is printed on standard error, unless `log` is a log of your own. Default `info`: see docs/guides/what-you-see.md. */
  readonly logLevel?: LogLevel | "silent" | undefined;
  /**
   * How log events are printed on standard error: `text` (the default) with colours on a terminal and as logfmt elsewhere, or `json`;
   * or a log that receives them instead.
   */
  readonly log?: LogFormat | Log | undefined;
  /**
   * Ends the process in order, with exit code 1, when a supervisor gives up that no actor has spawned: `node.spawn(Supervisor)`. For
   * processes that something else starts again. Default `false`.
   */
  readonly exitOnGiveUp?: boolean | undefined;
  /** Told of every message that could not be delivered. */
  readonly onDeadLetter?: ((letter: DeadLetter) => void) | undefined;
  /** The world: clock, timers, randomness, and the log, so that `log` and `logLevel` have no effect. Default: the real one. */
  readonly runtime?: Runtime | undefined;
  /** Carries the links. Default: WebSockets. */
  readonly transport?: Transport | undefined;
}

/** Of these the rules themselves say what may be said. */
const isSecret = ([option, field = ""]: readonly PropertyKey[]): boolean =>
  option === "secret" || (option === "tls" && ["cert", "key", "ca", "crl"].includes(String(field)));

/** The options that code gives, without those that are `undefined`. @throws StartError `invalidOptions` for what is no object. */
export function givenOptions(given: unknown): FoundationOptions {
  if (!isObject(given) || Array.isArray(given)) {
    throw refuseOptions([`options: must be an object, ${shown(given)}`]);
  }
  return Object.fromEntries(Object.entries(given as object).filter(([, value]) => value !== undefined));
}

/**
 * @param fromCode options that were given in code; what else there is came from variables.
 * @throws StartError `invalidOptions` with the option or the variable, the value seen (never a secret) and what is allowed.
 */
export function readOptions(options: FoundationOptions, fromCode: object = options): FoundationOptions {
  const parsed = optionsSchema.safeParse(options, { error: optionText });
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => {
    const { path, message } = issue;
    // The names are in the text already.
    if (issue.code === "unrecognized_keys") return `${path.join(".") || "options"}: ${message}`;
    return `${placeOf(path, fromCode)}: ${message}${seen(options, path)}`;
  });
  throw refuseOptions(issues);
}

/** The option, or the variable that it came from. */
function placeOf(path: readonly PropertyKey[], fromCode: object): string {
  const [option, at] = path;
  const variable = option !== undefined && !Object.hasOwn(fromCode, option) ? variableOf(option) : undefined;
  if (variable === undefined) return path.join(".") || "options";
  return typeof at === "number" ? `${variable}, entry ${at + 1}` : variable;
}

function seen(options: unknown, path: readonly PropertyKey[]): string {
  if (path.length === 0 || isSecret(path)) return "";
  const value = path.reduce<unknown>(
    (at, key) => (isObject(at) ? (at as Record<PropertyKey, unknown>)[key] : undefined),
    options,
  );
  // What is missing was not seen.
  if (value === undefined) return "";
  // A key may be in it.
  return path[0] === "tls" && path.length === 1 ? `, seen ${typeShown(value)}` : `, ${shown(value)}`;
}

function shown(value: unknown): string {
  // Not joined, as a log does: a list is to be told from the one text in it, and an empty one from nothing.
  const isTexts = Array.isArray(value) && value.every((each) => typeof each === "string");
  const text = isTexts || typeof value === "string" ? JSON.stringify(value) : textOf(value);
  return `seen ${shorten(escapeText(text))}`;
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
