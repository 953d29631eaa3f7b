import { isName } from "@foundation/registry";
import { z } from "zod";
import { type ClassMark, classNameBytesMax, fingerprintBytesMax } from "./class-mark.ts";
import {
  nodeIdSchema,
  reasonCharactersMax,
  type SingletonSpec,
  type SingletonState,
  type SpecVersion,
  singletonSpecSchema,
} from "./singleton-spec.ts";
import { digestPartsCount } from "./spec-digest.ts";

/** Items of one list in one message, at most. */
export const itemsPerMessageMax = 500;

/** A spec without its content: enough to know whether the content is wanted, and all there is of a removed singleton. */
export interface SpecHeader extends SpecVersion {
  readonly name: string;
  readonly state: SingletonState;
  /** About how many bytes the spec takes. */
  readonly bytes: number;
  /** The highest epoch that the sender has seen, so that a later start never repeats one. */
  readonly epoch: number;
}

/** How a singleton ended, when that was no order: every node keeps to the pause that follows. */
export interface Failure {
  readonly reason: string;
  /** Where. */
  readonly nodeId: string;
  /** Whether it had started: `false` for an `onStart` that failed. */
  readonly hadStarted: boolean;
  /** Failures without a quiet period between them, this one included. */
  readonly failures: number;
  /** Milliseconds until it may be started again. */
  readonly waitMs: number;
}

/** A name that the sender is about to start, and what it knows of it. */
type Asked = readonly [name: string, revision: number, epoch: number];

/** What keeps an asker from starting a name. */
export type Objection =
  /** The answering node runs it, or is starting or stopping it. */
  | { readonly at: number; readonly why: "hosted" }
  /** This node is about to start it, as the answering node knows from itself. */
  | { readonly at: number; readonly why: "claimed"; readonly by: string }
  /** This life of this node holds the name, as the answering node sees it. */
  | { readonly at: number; readonly why: "owned"; readonly by: string; readonly incarnation: number }
  /** It failed, and has to wait for so many milliseconds. */
  | { readonly at: number; readonly why: "resting"; readonly waitMs: number }
  /** The answering node knows a newer spec, whose header stands in the same message. */
  | { readonly at: number; readonly why: "outdated" };

/** What the distributed supervisors of two nodes say to each other. Unknown fields are ignored. */
export interface SupervisionMessage {
  /** Classes that the sender can host, besides those that it has told of. */
  readonly classes?: readonly ClassMark[] | undefined;
  /** Versions of singletons that the sender knows. */
  readonly headers?: readonly SpecHeader[] | undefined;
  /** What the sender's specs come to; an answer to another one is not answered again. */
  readonly digest?: { readonly sums: readonly number[]; readonly isAnswer: boolean } | undefined;
  /** Whole specs. */
  readonly specs?: readonly SingletonSpec[] | undefined;
  /** Names whose specs the sender wants. */
  readonly want?: readonly string[] | undefined;
  /** The specs that the receiver wanted have been sent. */
  readonly isGiven?: boolean | undefined;
  /** Names that the sender starts and has not registered yet, with their epochs. */
  readonly starting?: readonly (readonly [name: string, epoch: number])[] | undefined;
  /** The sender does not start these names after all, or what it started has ended; and how, if it failed. */
  readonly ended?: readonly (readonly [name: string, failure?: Failure | undefined])[] | undefined;
  /** The sender has said all it knows. */
  readonly isComplete?: boolean | undefined;
  /** The sender is about to start these names, and cannot reach some members: what does the receiver know? */
  readonly confirm?:
    | { readonly token: number; readonly names: readonly Asked[]; readonly doubts: readonly string[] }
    | undefined;
  /** The answer: objections only, and which of the doubtful members the sender reaches. */
  readonly confirmed?:
    | { readonly token: number; readonly objections: readonly Objection[]; readonly reached: readonly string[] }
    | undefined;
  /**
   * The sender removes these names: what does the receiver know of them? The revisions are those of the tombstones, which stand in the same
   * message; 0 where the sender knows no spec.
   */
  readonly removing?:
    | { readonly token: number; readonly names: readonly (readonly [name: string, revision: number])[] }
    | undefined;
  /**
   * The answer, by the numbers of the names: those of which the sender knows that there is one, and those that it runs, with their epochs: it
   * says when they have `ended`.
   */
  readonly removed?:
    | {
        readonly token: number;
        readonly known: readonly number[];
        readonly hosted: readonly (readonly [at: number, epoch: number])[];
      }
    | undefined;
}

const nameSchema = z.string().refine(isName);
const count = z.int().min(0);
const listOf = <Item extends z.ZodType>(item: Item): z.ZodArray<Item> => z.array(item).max(itemsPerMessageMax);

const classMarkSchema: z.ZodType<ClassMark> = z.object({
  name: z.string().min(1).max(classNameBytesMax),
  fingerprint: z.string().max(fingerprintBytesMax),
  isNamed: z.boolean(),
});

const headerSchema: z.ZodType<SpecHeader> = z.object({
  name: nameSchema,
  state: z.enum(["wanted", "failed", "removed"]),
  bytes: count,
  epoch: count,
  revision: z.int().min(1),
  stamp: z.tuple([count, count]),
  origin: nodeIdSchema,
});

const failureSchema: z.ZodType<Failure> = z.object({
  reason: z.string().max(reasonCharactersMax),
  nodeId: nodeIdSchema,
  hadStarted: z.boolean(),
  failures: z.int().min(1),
  waitMs: z.number().min(0),
});

const at = count.max(itemsPerMessageMax - 1);
const objectionSchema: z.ZodType<Objection> = z.discriminatedUnion("why", [
  z.object({ at, why: z.literal("hosted") }),
  z.object({ at, why: z.literal("claimed"), by: nodeIdSchema }),
  z.object({ at, why: z.literal("owned"), by: nodeIdSchema, incarnation: count }),
  z.object({ at, why: z.literal("resting"), waitMs: z.number().min(0) }),
  z.object({ at, why: z.literal("outdated") }),
]);

export const supervisionMessageSchema: z.ZodType<SupervisionMessage> = z.object({
  classes: listOf(classMarkSchema).optional(),
  headers: listOf(headerSchema).optional(),
  digest: z
    .object({ sums: z.array(z.int().min(0).max(0xffff_ffff)).length(digestPartsCount), isAnswer: z.boolean() })
    .optional(),
  specs: listOf(singletonSpecSchema).optional(),
  want: listOf(nameSchema).optional(),
  isGiven: z.boolean().optional(),
  starting: listOf(z.tuple([nameSchema, count])).optional(),
  ended: listOf(z.tuple([nameSchema, failureSchema.optional()])).optional(),
  isComplete: z.boolean().optional(),
  confirm: z
    .object({ token: z.int(), names: listOf(z.tuple([nameSchema, count, count])), doubts: listOf(nodeIdSchema) })
    .optional(),
  confirmed: z
    .object({ token: z.int(), objections: listOf(objectionSchema), reached: listOf(nodeIdSchema) })
    .optional(),
  removing: z.object({ token: z.int(), names: listOf(z.tuple([nameSchema, count])) }).optional(),
  removed: z.object({ token: z.int(), known: listOf(at), hosted: listOf(z.tuple([at, count])) }).optional(),
});
