import { z } from "zod";
import { isName, type Registration, registrationSchema } from "./registration.ts";
import type { Change } from "./replica.ts";

/** Registrations or changes in one message, at most: keeps a message well below the control channel's limits. */
export const itemsPerMessageMax = 1_000;

/** What the registries of two nodes say to each other; always about the sender's own names. Unknown fields are ignored. */
export type RegistryMessage =
  /** Changes number `from + 1` and the following ones. */
  | { kind: "delta"; incarnation: number; from: number; changes: Change[] }
  /** All names, in one or more parts; the last part has `isLast`. */
  | { kind: "full"; incarnation: number; version: number; part: number; isLast: boolean; registrations: Registration[] }
  /** The receiver's names are wanted in full: a delta did not fit what is known of them. */
  | { kind: "request" };

const count = z.int().min(0);

export const registryMessageSchema: z.ZodType<RegistryMessage> = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("delta"),
    incarnation: count,
    from: count,
    changes: z
      .array(
        z.discriminatedUnion("kind", [
          z.object({ kind: z.literal("taken"), registration: registrationSchema }),
          z.object({ kind: z.literal("freed"), name: z.string().refine(isName) }),
        ]),
      )
      .max(itemsPerMessageMax),
  }),
  z.object({
    kind: z.literal("full"),
    incarnation: count,
    version: count,
    part: count,
    isLast: z.boolean(),
    registrations: z.array(registrationSchema).max(itemsPerMessageMax),
  }),
  z.object({ kind: z.literal("request") }),
]);
