import type { SupervisionMessage } from "../../packages/supervision/src/supervision-message.ts";

/** The header of a singleton that nobody has the content of. */
export function header(name: string) {
  return { name, state: "removed", revision: 1, stamp: [1, 0], origin: "p", bytes: 400, epoch: 0 } as const;
}

/** A singleton of a class that no node of these tests hosts. */
export function specOf(name: string): NonNullable<SupervisionMessage["specs"]>[number] {
  const backoff = { minMs: 50, maxMs: 10_000, factor: 2, jitter: 0.2 };
  const settings = {
    restart: "permanent",
    shutdownMs: 5_000,
    startMs: 30_000,
    intensity: 3,
    periodMs: 5_000,
    backoff,
  } as const;
  const { revision, stamp, origin } = header(name);
  const actorClass = { className: "Foreign", fingerprint: "", isNamed: false };
  return { name, ...actorClass, args: [], settings, state: "wanted", revision, stamp, origin };
}
