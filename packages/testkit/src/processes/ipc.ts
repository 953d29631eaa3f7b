import type { LogLevel } from "@foundation/actor";
import type { PeerAddress } from "@foundation/transport";

/** Set for the processes that the harness starts, to the node's name; a program that runs without it serves nobody. */
export const nodeNameVariable = "TESTKIT_NODE";

/** What a harness may ask a node process. */
export type Request =
  | { readonly kind: "start"; readonly options: object }
  | { readonly kind: "call"; readonly command: string; readonly args: readonly unknown[] }
  | { readonly kind: "inspect" }
  | { readonly kind: "stall"; readonly durationMs: number }
  | { readonly kind: "stop"; readonly timeoutMs: number | undefined };

/** What a node process may ask its harness. */
export type Inquiry =
  /** The process listens at `address`; the answer comes when others can be routed there. */
  | { readonly kind: "listening"; readonly address: PeerAddress }
  /** Where to dial in order to get to `address`. */
  | { readonly kind: "route"; readonly address: PeerAddress };

/** An error on its way between two processes. */
export interface SentError {
  readonly name: string;
  readonly message: string;
  readonly code: string | undefined;
  readonly stack: string | undefined;
}

/** Something that happened in a node process. */
export interface NodeEvent {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly level: LogLevel;
  readonly text: string;
}

/** What travels between a harness and a node process, both ways. */
export type Message =
  | { readonly testkit: "ready" }
  | { readonly testkit: "ask"; readonly id: number; readonly request: Request | Inquiry }
  | { readonly testkit: "answer"; readonly id: number; readonly result: unknown }
  | { readonly testkit: "failure"; readonly id: number; readonly error: SentError }
  | { readonly testkit: "event"; readonly event: NodeEvent };

/** A program may send whatever it likes to its parent; only what is marked is meant for the harness. */
export function isMessage(value: unknown): value is Message {
  return typeof value === "object" && value !== null && typeof (value as { testkit?: unknown }).testkit === "string";
}

export function toSentError(error: unknown): SentError {
  if (!(error instanceof Error)) return { name: "Error", message: show(error), code: undefined, stack: undefined };
  const { name, message, stack } = error;
  const { code } = error as { code?: unknown };
  return { name, message, code: typeof code === "string" ? code : undefined, stack };
}

/** A value for a message to humans; never throws. */
export function show(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  try {
    return JSON.stringify(value, (_key, inner: unknown) => showable(inner)) ?? String(value);
  } catch {
    return String(value);
  }
}

function showable(value: unknown): unknown {
  if (typeof value === "bigint") return `${value}n`;
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (value instanceof Map || value instanceof Set) return [...value];
  return value;
}
