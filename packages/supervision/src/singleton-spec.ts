import type { Backoff, Shutdown } from "@foundation/actor";
import { compareStamps, type Stamp } from "@foundation/cluster";
import { isName } from "@foundation/registry";
import { z } from "zod";
import { classNameBytesMax, fingerprintBytesMax } from "./class-mark.ts";

/**
 * Whether the cluster keeps a singleton running. `failed`: it crashed too often; it stays down until it is asked for again.
 * `removed`: what is left of it is a tombstone.
 */
export type SingletonState = "wanted" | "failed" | "removed";

/** How a singleton is started again and stopped: the words of a child spec. */
export interface SingletonSettings {
  readonly restart: "permanent" | "transient";
  readonly shutdownMs: Shutdown;
  readonly startMs: number;
  readonly intensity: number;
  readonly periodMs: number;
  readonly backoff: Backoff;
}

/** Why a singleton was given up, and on which node. */
export interface GivenUp {
  readonly reason: string;
  readonly nodeId: string;
}

/** Which version of a spec it is. */
export interface SpecVersion {
  /** Grows with every change of this spec. */
  readonly revision: number;
  readonly stamp: Stamp;
  /** The node that made this change. */
  readonly origin: string;
}

/** What every node knows of one singleton. */
export interface SingletonSpec extends SpecVersion {
  readonly name: string;
  /** The class, as the nodes that can host it have declared it. Empty in a tombstone. */
  readonly className: string;
  /** What tells it from other classes of that name. */
  readonly fingerprint: string;
  /** Whether the class names itself, with `static actorName`. */
  readonly isNamed: boolean;
  readonly args: readonly unknown[];
  /** Absent in a tombstone. */
  readonly settings?: SingletonSettings | undefined;
  readonly state: SingletonState;
  /** Present when the state is `failed`. */
  readonly givenUp?: GivenUp | undefined;
}

/** The longest text about a failure that travels. Characters. */
export const reasonCharactersMax = 300;

/** The id of a node, as a peer gives it. */
export const nodeIdSchema: z.ZodType<string> = z.string().min(1).max(128);
const count = z.int().min(0);
const milliseconds = z.number().min(0);
const endless = z.literal(Number.POSITIVE_INFINITY);

const settingsSchema: z.ZodType<SingletonSettings> = z.object({
  restart: z.enum(["permanent", "transient"]),
  shutdownMs: z.union([milliseconds, z.enum(["brutalKill", "infinity"])]),
  startMs: z.union([milliseconds, endless]),
  intensity: count,
  periodMs: milliseconds,
  backoff: z.object({
    minMs: milliseconds,
    maxMs: milliseconds,
    factor: z.number().min(1),
    jitter: z.number().min(0).max(1),
  }),
});

export const singletonSpecSchema: z.ZodType<SingletonSpec> = z.object({
  name: z.string().refine(isName),
  className: z.string().min(1).max(classNameBytesMax),
  fingerprint: z.string().max(fingerprintBytesMax),
  isNamed: z.boolean(),
  args: z.array(z.unknown()).max(255),
  settings: settingsSchema,
  state: z.enum(["wanted", "failed"]),
  revision: z.int().min(1),
  stamp: z.tuple([count, count]),
  origin: nodeIdSchema,
  givenUp: z.object({ reason: z.string().max(reasonCharactersMax), nodeId: nodeIdSchema }).optional(),
});

/** What is kept of a removed singleton: that it is gone, and since which version. */
export function tombstone(name: string, { revision, stamp, origin }: SpecVersion): SingletonSpec {
  const nothing = { className: "", fingerprint: "", isNamed: false, args: [] } as const;
  return { name, ...nothing, state: "removed", revision, stamp, origin };
}

/**
 * Whether version `a` of a spec holds against `b`: by the higher revision, else the earlier stamp, else the origin that comes
 * first by its id. The same on every node. Equal versions hold against each other.
 */
export function holdsAgainst(a: SpecVersion, b: SpecVersion): boolean {
  const byOrigin = a.origin === b.origin ? 0 : a.origin < b.origin ? -1 : 1;
  return (b.revision - a.revision || compareStamps(a.stamp, b.stamp) || byOrigin) <= 0;
}
