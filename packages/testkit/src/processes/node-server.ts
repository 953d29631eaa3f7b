import { createLog, type LogLevel, systemRuntime } from "@foundation/actor";
import type { Node } from "@foundation/runtime";
import { WebSocketTransport } from "@foundation/transport";
import { TestkitError } from "../errors.ts";
import { Calls } from "./calls.ts";
import { type Inquiry, isMessage, type Message, type Request, type SentError, show, toSentError } from "./ipc.ts";
import { inspectNode } from "./node-inspection.ts";
import type { NodeCommands, NodeProgram, NodeStartOptions, ProcessNodeOptions } from "./node-program.ts";
import { RoutedTransport } from "./routed-transport.ts";

/** Events on their way to the harness, at most; a node that logs faster loses the rest. */
const eventsWaitingMax = 1_000;

/** The node process's end of the harness. */
export class NodeServer {
  readonly #name: string;
  readonly #program: NodeProgram;
  readonly #inquiries = new Calls(toError);
  #node: Node | undefined;
  #eventsWaiting = 0;
  #eventsLost = 0;
  #hasListened = false;

  constructor(name: string, program: NodeProgram) {
    this.#name = name;
    this.#program = program;
  }

  serve(): void {
    process.on("message", (message) => {
      if (!isMessage(message) || this.#inquiries.answered(message)) return;
      if (message.testkit === "ask") void this.#answer(message.id, message.request as Request);
    });
    // A test that ends, however it ends, must not leave its processes behind.
    process.on("disconnect", () => process.exit());
    this.#send({ testkit: "ready" });
  }

  async #answer(id: number, request: Request): Promise<void> {
    try {
      await this.#answerWith(id, await this.#perform(request));
    } catch (error) {
      await this.#send({ testkit: "failure", id, error: toSentError(error) });
    }
    if (request.kind === "stop") process.disconnect();
  }

  async #answerWith(id: number, result: unknown): Promise<void> {
    try {
      await this.#send({ testkit: "answer", id, result });
    } catch (error) {
      const text = `the result cannot be copied to another process: ${(error as Error).message}`;
      throw new TestkitError("notTransferable", text, { cause: error });
    }
  }

  #perform(request: Request): unknown {
    switch (request.kind) {
      case "start":
        return this.#start(request.options);
      case "call":
        return this.#call(request.command, request.args);
      case "inspect":
        return this.#node && inspectNode(this.#node);
      case "stall":
        return stall(request.durationMs);
      case "stop":
        return this.#node?.stop(request.timeoutMs);
      default:
        return request satisfies never;
    }
  }

  async #start({ tls, ...options }: ProcessNodeOptions): Promise<unknown> {
    const runtime = systemRuntime({
      log: createLog(({ level, event, fields }) => this.#event(level, `${event} ${show(fields)}`), "debug"),
    });
    const transport = new RoutedTransport(new WebSocketTransport({ runtime, tls }), {
      listening: async (address) => {
        this.#hasListened = true;
        await this.#inquire({ kind: "listening", address });
      },
      route: async (address) => (await this.#inquire({ kind: "route", address })) as typeof address,
    });
    const node = await this.#program.start({ name: this.#name, ...options, runtime, transport } as NodeStartOptions);
    if (!this.#hasListened) {
      throw new TypeError(
        "the program's start has to hand all its options to Foundation.start; without its transport no fault of the network reaches the node",
      );
    }
    this.#observe(node);
    this.#node = node;
    return { nodeId: node.name, address: node.transport.address };
  }

  #call(command: string, args: readonly unknown[]): unknown {
    const commands: NodeCommands = this.#program.commands ?? {};
    const run = Object.hasOwn(commands, command) ? commands[command] : undefined;
    if (run === undefined) {
      const known = Object.keys(commands).join(", ") || "none";
      throw new TestkitError("unknownCommand", `the program has no command ${command}; it has: ${known}`);
    }
    return run(this.#node as Node, ...(args as never[]));
  }

  /** What the node's own log does not say, for diagnoses. */
  #observe(node: Node): void {
    const { events } = node.membership;
    for (const event of ["memberUp", "memberSuspect", "memberTrusted", "memberLeaving"] as const)
      events.on(event, (member) => this.#event("info", `${event} ${member.nodeId}`));
    events.on("memberDown", (member, reason) => this.#event("info", `memberDown ${member.nodeId} ${reason}`));
  }

  #event(level: LogLevel, text: string): void {
    if (this.#eventsWaiting >= eventsWaitingMax) {
      this.#eventsLost++;
      return;
    }
    const lost = this.#eventsLost === 0 ? "" : ` (${this.#eventsLost} events before this one were lost)`;
    this.#eventsLost = 0;
    this.#eventsWaiting++;
    void this.#send({ testkit: "event", event: { at: Date.now(), level, text: text.slice(0, 500) + lost } }).finally(
      () => this.#eventsWaiting--,
    );
  }

  #inquire(request: Inquiry): Promise<unknown> {
    return this.#inquiries.open((id) => void this.#send({ testkit: "ask", id, request })).result;
  }

  /** Rejects when the message cannot be copied. That the harness is gone is no error: this process ends then. */
  #send(message: Message): Promise<void> {
    return new Promise((resolve, reject) => {
      if (!process.connected) return resolve();
      try {
        process.send?.(message, undefined, {}, () => resolve());
      } catch (error) {
        reject(error);
      }
    });
  }
}

/** Stops the event loop, as a long computation would, without using the processor that other nodes need. */
function stall(durationMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, durationMs);
}

function toError({ name, message, code }: SentError): Error {
  return Object.assign(new Error(message), { name, code });
}
