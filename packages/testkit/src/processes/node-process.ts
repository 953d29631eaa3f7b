import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { TestkitError } from "../errors.ts";
import { Calls } from "./calls.ts";
import { CommandError } from "./command-error.ts";
import { FreezeGuard } from "./freeze-guard.ts";
import {
  type Inquiry,
  isMessage,
  type Message,
  type NodeEvent,
  nodeNameVariable,
  type Request,
  show,
  toSentError,
} from "./ipc.ts";
import { OutputTail } from "./output-tail.ts";

/** How long the last output of a process that has ended is waited for. Milliseconds. */
const outputEndMs = 200;

/** What a process is doing. */
export type NodeProcessState =
  | { readonly kind: "running" }
  /** Stopped by SIGSTOP. */
  | { readonly kind: "frozen" }
  /** `exitCode` or `signal` says how it ended; `by` is set when the harness ended it. */
  | {
      readonly kind: "exited";
      readonly exitCode: number | null;
      readonly signal: NodeJS.Signals | null;
      readonly by: "kill" | "stop" | undefined;
    };

/** How to run a node's program. */
interface NodeProcessOptions {
  readonly name: string;
  readonly program: URL | string;
  readonly execArgv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A command and its arguments that run the program they are followed by, such as `ip netns exec NAME`. */
  readonly prefix: readonly string[];
  readonly onEvent: (event: NodeEvent) => void;
  readonly onInquiry: (inquiry: Inquiry) => Promise<unknown>;
  readonly onExit: () => void;
}

/** One child process and the conversation with it. */
export class NodeProcess {
  readonly name: string;
  readonly stdout: OutputTail;
  readonly stderr: OutputTail;
  /** Resolves when the program has called `serveNode`. Rejects when the process ends before. */
  readonly ready: Promise<void>;
  /** Resolves when the process is gone. */
  readonly exited: Promise<void>;
  readonly #child: ChildProcess;
  readonly #calls: Calls;
  readonly #options: NodeProcessOptions;
  #state: NodeProcessState = { kind: "running" };
  #endedBy: "kill" | "stop" | undefined;
  #guard: FreezeGuard | undefined;
  #isReady: () => void = () => {};

  constructor(options: NodeProcessOptions) {
    const { name, program, execArgv, env, prefix } = options;
    this.name = name;
    this.#options = options;
    this.#calls = new Calls((error) => new CommandError(name, error));
    const file = program instanceof URL ? fileURLToPath(program) : program;
    const [command = "", ...args] = [...prefix, process.execPath, ...execArgv, file];
    this.#child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      serialization: "advanced",
      env: { ...env, [nodeNameVariable]: name },
    });
    this.stdout = new OutputTail(this.#child.stdout as NonNullable<ChildProcess["stdout"]>);
    this.stderr = new OutputTail(this.#child.stderr as NonNullable<ChildProcess["stderr"]>);
    this.#child.on("message", (message) => this.#receive(message));
    const { promise, resolve } = Promise.withResolvers<void>();
    this.exited = promise;
    this.#child.once("exit", (exitCode, signal) => void this.#ended(exitCode, signal).then(resolve));
    // Of a program that could not be run at all; there is no "exit" then.
    this.#child.on("error", (error) => {
      if (this.#child.pid !== undefined) return;
      options.onEvent({ at: Date.now(), level: "error", text: `cannot be run: ${error.message}` });
      void this.#ended(null, null).then(resolve);
    });
    this.ready = new Promise((isReady, reject) => {
      this.#isReady = isReady;
      void this.exited.then(() => reject(this.goneError("it called serveNode")));
    });
    this.ready.catch(() => {});
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get state(): NodeProcessState {
    return this.#state;
  }

  /**
   * Asks the process something.
   *
   * @throws TestkitError `notRunning`, `notTransferable`, `callTimeout`; CommandError what the process answered.
   */
  async ask(request: Request, timeoutMs: number): Promise<unknown> {
    const what = request.kind === "call" ? request.command : request.kind;
    if (this.#state.kind === "exited") throw this.goneError(`it was asked for ${what}`);
    const { id, result } = this.#calls.open((newId) => this.#send({ testkit: "ask", id: newId, request }));
    const timer = setTimeout(() => {
      const text = `${this.name} did not answer ${what} within ${timeoutMs} ms; the process is ${this.describe()}`;
      this.#calls.giveUp(id, new TestkitError("callTimeout", text));
    }, timeoutMs);
    try {
      return await result;
    } finally {
      clearTimeout(timer);
    }
  }

  /** SIGKILL. Resolves when the process is gone. */
  kill(): Promise<void> {
    if (this.#state.kind !== "exited") this.#endedBy ??= "kill";
    this.#child.kill("SIGKILL");
    return this.exited;
  }

  /** The process will end by itself. */
  stopping(): void {
    this.#endedBy = "stop";
  }

  /** SIGSTOP. */
  freeze(): void {
    if (this.#state.kind !== "running") return;
    this.#state = { kind: "frozen" };
    this.#guard = new FreezeGuard(this.pid);
    this.#child.kill("SIGSTOP");
  }

  /** SIGCONT. */
  thaw(): void {
    if (this.#state.kind !== "frozen") return;
    this.#state = { kind: "running" };
    this.#guard?.release();
    this.#child.kill("SIGCONT");
  }

  /** The state for humans. */
  describe(): string {
    const state = this.#state;
    if (state.kind !== "exited") return state.kind;
    const how = state.signal === null ? `exited with code ${state.exitCode}` : `ended by ${state.signal}`;
    return state.by === undefined ? how : `${how} (${state.by})`;
  }

  /** @param before what did not happen any more. */
  goneError(before: string): TestkitError {
    const stderr = this.#state.kind === "exited" && this.#state.by === "kill" ? [] : this.stderr.lines(20);
    const text = `the process of ${this.name} ${this.describe()} before ${before}`;
    return new TestkitError("notRunning", [text, ...stderr].join("\n  "));
  }

  async #ended(exitCode: number | null, signal: NodeJS.Signals | null): Promise<void> {
    this.#guard?.release();
    this.#state = { kind: "exited", exitCode, signal, by: this.#endedBy };
    await this.#outputEnd();
    this.#options.onEvent({ at: Date.now(), level: "info", text: this.describe() });
    this.#calls.failAll(() => this.goneError("it answered"));
    this.#options.onExit();
  }

  /** What the process printed last explains its end. A pipe that some descendant of it keeps open is not waited for. */
  #outputEnd(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, outputEndMs);
      this.#child.once("close", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #send(message: Message): void {
    try {
      this.#child.send(message, () => {
        // A process that is gone is noticed by its exit.
      });
    } catch (error) {
      throw new TestkitError("notTransferable", `what ${this.name} was to be told cannot be copied: ${show(error)}`, {
        cause: error,
      });
    }
  }

  #receive(message: unknown): void {
    if (!isMessage(message) || this.#calls.answered(message)) return;
    if (message.testkit === "ready") this.#isReady();
    else if (message.testkit === "event") this.#options.onEvent(message.event);
    else if (message.testkit === "ask") void this.#answer(message.id, message.request as Inquiry);
  }

  async #answer(id: number, inquiry: Inquiry): Promise<void> {
    const answer = await this.#options.onInquiry(inquiry).then(
      (result): Message => ({ testkit: "answer", id, result }),
      (error): Message => ({ testkit: "failure", id, error: toSentError(error) }),
    );
    if (this.#child.connected) this.#send(answer);
  }
}
