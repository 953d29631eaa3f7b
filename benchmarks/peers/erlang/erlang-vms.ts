// Starts the Erlang VMs of one benchmark run, with everything they need and nothing that outlives it.
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { Child } from "./child.ts";

const modules = ["bench", "local", "remote", "head_of_line", "failover", "start"];

/** Where a node runs; without a namespace, in that of this process. */
export interface Host {
  readonly address: string;
  readonly namespace?: string;
}

/** This machine, and nothing beyond it. */
export const loopback: Host = { address: "127.0.0.1" };

/** One VM to start. */
interface VmOptions {
  /** The node's name before the `@`; without one the VM is not distributed. */
  readonly name?: string;
  /** Where it runs. Default: 127.0.0.1. */
  readonly host?: Host;
  /** Further arguments for `erl`. */
  readonly flags?: readonly string[];
}

/** The VMs of one run; disposing it ends them, and removes the compiled modules. */
export class ErlangVms implements AsyncDisposable {
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #portMappers = new Map<string, Promise<Child>>();
  readonly #vms = new Set<Child>();
  #isKilled = false;

  private constructor(folder: string, epmdPort: number) {
    this.#folder = folder;
    // A home of their own, so that neither the user's cookie nor the user's .erlang file takes part.
    this.#env = {
      PATH: `${process.env.PATH ?? ""}:/usr/sbin:/sbin`,
      HOME: folder,
      LC_ALL: "C.UTF-8",
      ERL_EPMD_PORT: String(epmdPort),
      ERL_CRASH_DUMP_SECONDS: "0",
    };
  }

  /** Compiles the modules beside this file into a temporary folder. */
  static async compile(): Promise<ErlangVms> {
    const folder = await mkdtemp(join(tmpdir(), "foundation-erlang-"));
    const vms = new ErlangVms(folder, await freePort());
    try {
      await writeFile(join(folder, ".erlang.cookie"), randomBytes(16).toString("hex"), { mode: 0o400 });
      const sources = modules.map((module) => join(import.meta.dirname, `${module}.erl`));
      await promisify(execFile)("erlc", ["-Wall", "-Werror", "-o", folder, ...sources], {
        env: vms.#env,
        timeout: 30_000,
      });
    } catch (error) {
      await vms[Symbol.asyncDispose]();
      throw error;
    }
    return vms;
  }

  /** Starts a VM that runs `bench:run` with these arguments: a module and the arguments of its `main`. */
  run(args: readonly string[], options: VmOptions = {}): Promise<Child> {
    return this.#start(["-run", "bench", "run", ...args], options);
  }

  /** Starts a VM that does nothing itself but host what other nodes spawn on it, and waits until it is up. */
  async peer(options: VmOptions): Promise<Child> {
    const vm = await this.#start(["-run", "bench", "peer"], options);
    await vm.line("ready");
    return vm;
  }

  /** Ends all VMs at once, in the middle of whatever they do, and lets no other start. */
  kill(): void {
    this.#isKilled = true;
    for (const vm of this.#vms) vm.signal("SIGKILL");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    await Promise.all([...this.#vms].map((vm) => vm.exited()));
    for (const started of this.#portMappers.values())
      await started.then((mapper) => mapper.end()).catch(() => undefined);
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #start(task: readonly string[], { name, host = loopback, flags = [] }: VmOptions): Promise<Child> {
    const node = name === undefined ? [] : await this.#distribution(name, host);
    if (this.#isKilled) throw new Error("The run is over.");
    const command = ["erl", "-noshell", "-pa", this.#folder, ...node, ...flags, ...task];
    const vm = new Child(command, { env: this.#env, namespace: host.namespace });
    this.#vms.add(vm);
    void vm.exited().then(() => this.#vms.delete(vm));
    return vm;
  }

  async #distribution(name: string, host: Host): Promise<string[]> {
    const key = host.namespace ?? "";
    const mapper = this.#portMappers.get(key) ?? this.#startPortMapper(host);
    this.#portMappers.set(key, mapper);
    await mapper;
    const tuple = `{${host.address.replaceAll(".", ",")}}`;
    const interfaces = ["-kernel", "inet_dist_use_interface", tuple];
    return ["-name", `${name}@${host.address}`, "-start_epmd", "false", ...interfaces];
  }

  /** Starts an epmd of our own. It does not read its input, so a shell does, and ends it when this process is gone. */
  async #startPortMapper({ address, namespace }: Host): Promise<Child> {
    const script = `trap "" INT; epmd -address ${address} & cat; kill $!; wait`;
    const mapper = new Child(["sh", "-c", script], { env: this.#env, namespace });
    const until = performance.now() + 5000;
    while (!(await this.#isMapping(namespace))) {
      if (performance.now() < until) await sleep(20);
      else {
        await mapper.end();
        throw new Error("epmd did not start within 5 s.");
      }
    }
    return mapper;
  }

  /** Whether an epmd answers at our port in that namespace. */
  async #isMapping(namespace: string | undefined): Promise<boolean> {
    const asked = new Child(["epmd", "-names"], { env: this.#env, namespace });
    return asked.line("epmd: up").then(
      () => true,
      () => false,
    );
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, loopback.address);
  const listening = Promise.withResolvers<void>();
  server.once("listening", listening.resolve).once("error", listening.reject);
  await listening.promise;
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  if (address === null || typeof address === "string") throw new Error("No TCP port is free.");
  return address.port;
}
