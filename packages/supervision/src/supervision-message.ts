import { z } from "zod";
import { type SingletonSpec, singletonSpecSchema } from "./singleton-spec.ts";

/** Items of one list in one message, at most. */
export const itemsPerMessageMax = 500;

/** What a member says of a name that the receiver is about to start. */
export interface Confirmed {
  readonly name: string;
  readonly token: number;
  /** Whether the sender runs it or is about to, or another member has told the sender that it is about to. */
  readonly isHosted: boolean;
  /** Who holds the name, as the sender sees it. */
  readonly owner?: readonly [nodeId: string, incarnation: number] | undefined;
}

/** What the distributed supervisors of two nodes say to each other. Unknown fields are ignored. */
export interface SupervisionMessage {
  /** Classes that the sender can host. */
  readonly hosts?: readonly string[] | undefined;
  /** Singletons that the sender knows. */
  readonly specs?: readonly SingletonSpec[] | undefined;
  /** The highest epoch of each name that the sender has seen, so that a later start never repeats one. */
  readonly epochs?: readonly (readonly [name: string, epoch: number])[] | undefined;
  /** Names that the sender starts and has not registered yet; with `isComplete` all of them. */
  readonly starting?: readonly string[] | undefined;
  /** The sender does not start this name after all, or what it started has ended. */
  readonly ended?: string | undefined;
  /** The sender has said all it knows. */
  readonly isComplete?: boolean | undefined;
  /** The sender is about to start this name and wants to know what the receiver knows of it. */
  readonly confirm?: { readonly name: string; readonly token: number } | undefined;
  /** The answer; what else the sender knows of the name comes in the same message. */
  readonly confirmed?: Confirmed | undefined;
}

const nameSchema = z.string().min(1).max(255);

export const supervisionMessageSchema: z.ZodType<SupervisionMessage> = z.object({
  hosts: z.array(z.string().min(1).max(255)).max(itemsPerMessageMax).optional(),
  specs: z.array(singletonSpecSchema).max(itemsPerMessageMax).optional(),
  epochs: z
    .array(z.tuple([z.string().min(1).max(255), z.int().min(0)]))
    .max(itemsPerMessageMax)
    .optional(),
  starting: z.array(nameSchema).max(itemsPerMessageMax).optional(),
  ended: nameSchema.optional(),
  isComplete: z.boolean().optional(),
  confirm: z.object({ name: nameSchema, token: z.int() }).optional(),
  confirmed: z
    .object({
      name: nameSchema,
      token: z.int(),
      isHosted: z.boolean(),
      owner: z.tuple([z.string().min(1).max(128), z.int().min(0)]).optional(),
    })
    .optional(),
});
