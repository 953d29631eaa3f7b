import { randomBytes } from "node:crypto";
import type { PeerAddress } from "@foundation/transport";
import { TestkitError } from "../../errors.ts";
import type { LinkRate } from "../process-cluster-options.ts";
import {
  insideNamespace,
  ip,
  ipNow,
  namespacesUnavailable,
  newNamespaceName,
  removeLeftNamespaces,
  tc,
} from "./namespaces.ts";
import type { NodePlace, ProcessNetwork } from "./process-network.ts";

/** Hosts in one network: their subnets have four addresses each in 10.78.0.0/16. */
const hostsMax = 16_384;

interface Host {
  readonly namespace: string;
  readonly address: string;
}

/**
 * Nodes on hosts of their own: each in a network namespace with one device, joined by a router in one more namespace.
 *
 * The router forgets packets of a blocked direction, so dials hang and connections stay open as they do when a cable is
 * cut; TCP sends again what was lost once the network heals.
 */
export class NamespaceNetwork implements ProcessNetwork {
  readonly #router: string;
  readonly #rate: LinkRate | undefined;
  readonly #secret = randomBytes(16).toString("hex");
  readonly #hosts = new Map<string, Promise<Host>>();
  readonly #addresses = new Map<string, string>();
  readonly #blocked = new Set<string>();

  private constructor(router: string, rate: LinkRate | undefined) {
    this.#router = router;
    this.#rate = rate;
  }

  /** @throws TestkitError `unsupported`. */
  static async open(rate: LinkRate | undefined): Promise<NamespaceNetwork> {
    const reason = namespacesUnavailable();
    if (reason !== undefined) throw new TestkitError("unsupported", `no hosts of their own for nodes: ${reason}`);
    await removeLeftNamespaces();
    const router = newNamespaceName();
    await ip("netns", "add", router);
    await ip("netns", "exec", router, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward");
    return new NamespaceNetwork(router, rate);
  }

  async place(name: string): Promise<NodePlace> {
    let host = this.#hosts.get(name);
    if (host === undefined) {
      host = this.#makeHost(name, this.#hosts.size);
      this.#hosts.set(name, host);
    }
    const { namespace, address } = await host;
    // Links between namespaces leave no machine: nobody can listen in who is not root here.
    return { options: { host: address, secret: this.#secret, insecure: true }, prefix: insideNamespace(namespace) };
  }

  listening(): void {}

  exited(): void {}

  async route(_from: string, address: PeerAddress): Promise<PeerAddress> {
    return address;
  }

  block(from: string, to: string): void {
    const direction = `${from}>${to}`;
    if (this.#blocked.has(direction)) return;
    this.#blocked.add(direction);
    ipNow("-n", this.#router, "rule", "add", ...this.#rule(direction));
  }

  /** Here nothing can vanish for good: TCP itself sees to that. */
  swallow(from: string, to: string): void {
    this.block(from, to);
  }

  heal(): void {
    for (const direction of this.#blocked) ipNow("-n", this.#router, "rule", "delete", ...this.#rule(direction));
    this.#blocked.clear();
  }

  cut(): void {
    throw unsupported("cut", "the connections belong to the kernel alone");
  }

  setPath(): void {
    throw unsupported("path and delay", "only the rate can be set, when the cluster is opened");
  }

  describe(): string[] {
    const rate = this.#rate === undefined ? "unlimited" : `${this.#rate.mbit} Mbit/s`;
    const hosts = [...this.#addresses].map(([name, address]) => `${name} at ${address}, ${rate}`);
    return [...hosts, ...[...this.#blocked].map((direction) => `${direction} blocked`)];
  }

  async close(): Promise<void> {
    const hosts = await Promise.allSettled(this.#hosts.values());
    const namespaces = hosts.flatMap((host) => (host.status === "fulfilled" ? [host.value.namespace] : []));
    // With a namespace goes everything in it.
    for (const namespace of [...namespaces, this.#router]) await ip("netns", "delete", namespace);
  }

  async #makeHost(name: string, index: number): Promise<Host> {
    if (index >= hostsMax) throw unsupported(`more than ${hostsMax} hosts`, "there are no addresses left");
    const subnet = `10.78.${index >> 6}`;
    const first = (index & 63) * 4;
    const [gateway, address] = [`${subnet}.${first + 1}`, `${subnet}.${first + 2}`];
    const namespace = newNamespaceName();
    const port = `port${index}`;
    await ip("netns", "add", namespace);
    const peer = ["type", "veth", "peer", "name", port, "netns", this.#router];
    await ip("link", "add", "name", "eth0", "netns", namespace, ...peer);
    await ip("-n", this.#router, "address", "add", `${gateway}/30`, "dev", port);
    await ip("-n", this.#router, "link", "set", port, "up");
    await ip("-n", namespace, "address", "add", `${address}/30`, "dev", "eth0");
    await ip("-n", namespace, "link", "set", "lo", "up");
    await ip("-n", namespace, "link", "set", "eth0", "up");
    await ip("-n", namespace, "route", "add", "default", "via", gateway);
    await this.#limit(namespace, "eth0");
    await this.#limit(this.#router, port);
    this.#addresses.set(name, address);
    return { namespace, address };
  }

  async #limit(namespace: string, device: string): Promise<void> {
    if (this.#rate === undefined) return;
    const { mbit, queueMs } = this.#rate;
    const limit = ["tbf", "rate", `${mbit}mbit`, "burst", "256kb", "latency", `${queueMs}ms`];
    await tc("-n", namespace, "qdisc", "add", "dev", device, "root", ...limit);
  }

  #rule(direction: string): string[] {
    const [from = "", to = ""] = direction.split(">").map((name) => this.#addresses.get(name));
    return ["from", from, "to", to, "blackhole"];
  }
}

function unsupported(what: string, why: string): TestkitError {
  return new TestkitError("unsupported", `${what}: not with hosts: "namespaces"; ${why}. Use hosts: "loopback"`);
}
