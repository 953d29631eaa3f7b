import { type ChildProcess, fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FoundationOptions } from "foundation";
import type { NodeCommands } from "./node-process.ts";

/** Real node processes of one test, in a directory of their own, so that tests never meet each other's nodes. */
export class NodeHarness implements AsyncDisposable {
  readonly directory: string;
  readonly #processes: NodeProcess[] = [];

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async open(): Promise<NodeHarness> {
    return new NodeHarness(await mkdtemp(join(tmpdir(), "nodes-")));
  }

  /** Starts a process and a node in it. */
  async start(name: string, options: FoundationOptions = {}): Promise<NodeProcess> {
    const process = new NodeProcess(name);
    this.#processes.push(process);
    await process.call("start", { name, directory: join(this.directory, "shared"), ...options });
    return process;
  }

  /** Starts several nodes at the same moment and waits until each sees all. */
  async startTogether(...names: string[]): Promise<NodeProcess[]> {
    const started = await Promise.all(names.map((name) => this.start(name)));
    await Promise.all(started.map((process) => process.call("ready", names.length)));
    return started;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.kill()));
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** One node in a process of its own. */
export class NodeProcess {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  readonly #calls = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #lastId = 0;

  constructor(name: string) {
    this.name = name;
    this.#child = fork(join(import.meta.dirname, "node-process.ts"), {
      execArgv: ["--conditions=@foundation/source"],
      serialization: "advanced",
    });
    this.#child.on("message", (answer) => this.#answered(answer as { id: number; result?: unknown; error?: object }));
    this.#exited = new Promise((resolve) => {
      this.#child.once("exit", () => {
        resolve();
        for (const { reject } of this.#calls.values()) reject(new Error(`node process ${name} has exited`));
        this.#calls.clear();
      });
    });
  }

  /** Runs a command in the process. */
  call<Name extends keyof NodeCommands>(
    command: Name,
    ...args: Parameters<NodeCommands[Name]>
  ): Promise<Awaited<ReturnType<NodeCommands[Name]>>> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.#child.send({ id, command, args });
    });
  }

  /** `kill -9`. Resolves when the process is gone. */
  kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    return this.#exited;
  }

  freeze(): void {
    this.#child.kill("SIGSTOP");
  }

  thaw(): void {
    this.#child.kill("SIGCONT");
  }

  #answered({ id, result, error }: { id: number; result?: unknown; error?: object }): void {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (error === undefined) call?.resolve(result);
    else call?.reject(Object.assign(new Error("a node command failed"), error));
  }
}

/**
 * Polls `read` until `isGood`, at most `timeoutMs` milliseconds.
 *
 * @throws Error with the last value seen.
 */
export async function waitUntil<T>(
  read: () => Promise<T> | T,
  isGood: (value: T) => boolean,
  timeoutMs = 10_000,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const value = await read();
    if (isGood(value)) return value;
    if (performance.now() > end) throw new Error(`waited ${timeoutMs} ms in vain; last seen: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
