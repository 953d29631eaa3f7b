import { randomBytes } from "node:crypto";
import { hostname, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import {
  ActorSystem,
  FoundationError,
  type Log,
  type Runtime,
  silentLog,
  standardErrorLog,
  systemRuntime,
} from "@foundation/actor";
import { callGuarded, guardLog, StormLog } from "@foundation/actor/spi";
import { Cluster, type ClusterOptions } from "@foundation/cluster";
import { directoryUnusable } from "@foundation/discovery";
import { Registry } from "@foundation/registry";
import { DistributedSupervisor } from "@foundation/supervision";
import {
  defaultChannels,
  type SecretInput,
  secretsMax,
  type Transport,
  WebSocketTransport,
} from "@foundation/transport";
import { advertisedAddress } from "./advertised-address.ts";
import { Cookie } from "./cookie.ts";
import { discoveryStrategies } from "./discovery-strategies.ts";
import { optionsFromEnvironment, unknownVariables, variableOf } from "./environment.ts";
import { refuseOptions, StartError } from "./errors.ts";
import { exitOnGiveUp } from "./exit-on-give-up.ts";
import { isLoopback } from "./loopback.ts";
import { LoopbackOnlyTransport } from "./loopback-only-transport.ts";
import { Node } from "./node.ts";
import { assertResolves, describeOffLoopback } from "./off-loopback.ts";
import { type FoundationOptions, givenOptions, optionNames, readOptions } from "./options.ts";
import { simulatedHop } from "./simulated-hop.ts";
import { logStart } from "./start-lines.ts";

/** Starts nodes. */
export const Foundation = {
  /**
   * Starts this process's node and joins the peers it finds.
   *
   * Without options it finds the nodes of the same user on this machine. `FOUNDATION_*` variables stand for options that
   * are not given. Every decision and its reason is logged at level `info`.
   *
   * @throws StartError `invalidOptions`, `insecureAddress`, `ambiguousAddress`, `secretRequired`, `insecureCookie`; TransportError
   * `addressInUse`, `addressNotAvailable`, `invalidTls`; DiscoveryError; ActorError
   * `unsupportedNode`. Nothing is left running then.
   *
   * @example
   * ```ts
   * const node = await Foundation.start();
   * const counter = await node.singleton("counter", Counter);
   * await counter.ask.increment(2);
   * await node.stop();
   * ```
   */
  async start(given: FoundationOptions = {}): Promise<Node> {
    const fromCode = givenOptions(given);
    const options = readOptions({ ...optionsFromEnvironment(process.env, fromCode), ...fromCode }, fromCode);
    const name = options.name ?? defaultName(options.runtime ?? { randomBytes });
    const runtime = options.runtime ?? systemRuntime({ log: logFor(options, name) });
    const { host = "127.0.0.1", port = 0, clusterName = "default" } = options;
    const directory = wholePath(options.directory ?? defaultDirectory());
    warnOfVariables(runtime.log);
    logStart(runtime.log, options, { name, cluster: clusterName });
    const secret = await secretFor(options, { fromCode, directory, runtime });
    const advertise = advertisedAddress(options);
    if (advertise !== undefined && options.advertise === undefined)
      runtime.log.info("address announced", { host: advertise.host, why: `${host} is no address for others` });
    let node: Node | undefined;
    const exit = (code: number): void => process.exit(code);
    const system = new ActorSystem({
      name,
      onGiveUp: options.exitOnGiveUp ? exitOnGiveUp({ log: runtime.log, node: () => node, exit }) : undefined,
      runtime,
      onDeadLetter: options.onDeadLetter,
      simulateRemote: options.simulateRemote ? simulatedHop() : undefined,
      channels: (options.channels ?? defaultChannels).map((channel) => channel.name),
    });
    try {
      node = await startNode(system, {
        transport: transportFor(options, runtime),
        cluster: clusterName,
        secret,
        listen: { host, port },
        advertise,
        discovery: discoveryStrategies(options, { directory, runtime }),
        failureDetector: options.failureDetector,
        channels: options.channels,
        authorize: options.authorize,
        audit: options.audit,
        actors: options.actors,
      });
      return node;
    } catch (error) {
      await system.stop();
      throw error;
    }
  },
} as const;

/** Variables that were meant for a node and mean nothing are as good as options that are not known. */
function warnOfVariables(log: Log): void {
  for (const { variable, advice } of unknownVariables(process.env, optionNames))
    log.warn("environment variable ignored", { variable, why: "no option has this variable", advice });
}

/** What a node is started with, once the options are decided about. */
interface NodeSettings extends Omit<ClusterOptions, "system" | "secret"> {
  readonly secret: SecretInput | Cookie;
  readonly actors: FoundationOptions["actors"];
}

async function startNode(system: ActorSystem, { secret, actors = [], ...settings }: NodeSettings): Promise<Node> {
  const cookie = secret instanceof Cookie ? secret : undefined;
  const text = secret instanceof Cookie ? secret.text : secret;
  const cluster = asNodeOption("", () => new Cluster({ ...settings, system, secret: text }));
  const registry = new Registry(cluster);
  const supervisor = new DistributedSupervisor(cluster, registry);
  asNodeOption("actors: ", () => supervisor.declare(...actors));
  await cluster.start();
  if (cookie !== undefined) keepCookie(cookie, cluster);
  return new Node({ system, cluster, registry, supervisor, cookie });
}

/** What a part of the node refuses was an option of the node, and is refused as such. */
function asNodeOption<Result>(option: string, give: () => Result): Result {
  try {
    return give();
  } catch (error) {
    if (!(error instanceof FoundationError) || error.code !== "invalidOption") throw error;
    throw refuseOptions([`${option}${error.message}`], error);
  }
}

function logFor({ log = "text", logLevel = "info" }: FoundationOptions, node: string): Log {
  if (typeof log === "object") return guardLog(log);
  return logLevel === "silent" ? silentLog : standardErrorLog({ level: logLevel, format: log, context: { node } });
}

function transportFor({ transport, insecure, tls }: FoundationOptions, runtime: Runtime): Transport {
  const chosen = transport ?? new WebSocketTransport({ runtime, tls });
  return insecure || chosen.tls !== undefined ? chosen : new LoopbackOnlyTransport(chosen);
}

/** Where a secret is looked for. */
interface SecretSurroundings {
  readonly fromCode: FoundationOptions;
  readonly directory: string;
  readonly runtime: Runtime;
}

async function secretFor(
  options: FoundationOptions,
  { fromCode, directory, runtime }: SecretSurroundings,
): Promise<SecretInput | Cookie> {
  await assertSafe(options, fromCode, runtime);
  if (options.secret !== undefined) return options.secret;
  runtime.log.debug("cookie file", { directory });
  runtime.log.info("secret from the cookie file", { why: "none was given" });
  return Cookie.open(directory, runtime);
}

/** What is not known to be loopback needs a secret, and links that are encrypted or allowed not to be. */
async function assertSafe(options: FoundationOptions, fromCode: FoundationOptions, runtime: Runtime): Promise<void> {
  const { host = "127.0.0.1", port = 0, advertise, secret, insecure, transport } = options;
  const offLoopback = [host, advertise?.host].find((each) => each !== undefined && !isLoopback(each));
  if (offLoopback === undefined) return;
  const isEncrypted = (options.tls ?? transport?.tls) !== undefined;
  const ofHost = fromCode.host === undefined ? variableOf("host") : "host";
  const what = `${offLoopback === host ? ofHost : "advertise.host"} ${JSON.stringify(offLoopback)} ${describeOffLoopback(offLoopback)}`;
  // Another transport has names of its own.
  const isListenedAt = offLoopback === host && transport === undefined;
  if (isListenedAt && (secret === undefined || !(isEncrypted || insecure))) await assertResolves(host, port);
  if (secret === undefined) {
    const text = `${what}; the cookie file is for loopback alone: give all nodes the same secret, in code or as FOUNDATION_SECRET`;
    throw new StartError("secretRequired", text);
  }
  if (isEncrypted) return;
  if (!insecure) {
    const text = `${what}; links would not be encrypted: give tls, or allow it with insecure: true`;
    throw new StartError("insecureAddress", text);
  }
  warnOfUnencrypted(options, offLoopback, runtime);
}

/** Cookies that were made meanwhile are accepted besides the older ones: the newest one is what newcomers know. */
function keepCookie(cookie: Cookie, { endpoint }: Cluster): void {
  let secrets = [cookie.text];
  cookie.keep((text) => {
    secrets = [text, ...secrets].slice(0, secretsMax);
    endpoint.rotateSecret(secrets);
  });
}

function warnOfUnencrypted({ audit }: FoundationOptions, host: string, runtime: Runtime): void {
  const { log } = runtime;
  log.warn("links are not encrypted", { host, why: "insecure: true was given" });
  if (audit !== undefined)
    callGuarded(new StormLog(log, () => runtime.now()), { event: "audit insecureStart", listener: audit }, () =>
      audit({ kind: "insecureStart", host }),
    );
}

function defaultName(runtime: Pick<Runtime, "randomBytes">): string {
  const host =
    hostname()
      .replace(/[^A-Za-z0-9._-]/g, "-")
      .slice(0, 64) || "node";
  return `${host}-${process.pid}-${Buffer.from(runtime.randomBytes(3)).toString("hex")}`;
}

/**
 * As the program may change its current directory later.
 *
 * @throws DiscoveryError `directoryUnusable` for a relative path when the current directory was removed.
 */
function wholePath(path: string): string {
  try {
    return resolve(path);
  } catch (error) {
    throw directoryUnusable("find", path, error as Error);
  }
}

/** By the user's number: a container may run under one that has no name, and asking for that would fail. */
function defaultDirectory(): string {
  const user = process.geteuid?.();
  // Where users have no numbers, each has a temporary directory of their own.
  return join(tmpdir(), user === undefined ? "foundation" : `foundation-${user}`);
}
