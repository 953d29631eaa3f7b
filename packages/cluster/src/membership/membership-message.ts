import { z } from "zod";

const nodeIdSchema = z.string().regex(/^[A-Za-z0-9._-]{1,128}$/);
const incarnationSchema = z.int().min(0);
const addressSchema = z.object({ host: z.string().min(1).max(255), port: z.int().min(1).max(65_535) });

/** Members named in one message, at most; a larger cluster names the others in the next one. */
export const membersPerMessageMax = 2_000;

/** What the membership parts of two nodes say to each other. Unknown fields are ignored. */
export const membershipMessageSchema = z.discriminatedUnion("kind", [
  /** Whom the sender is linked to, so that the receiver can link to them as well. */
  z.object({ kind: z.literal("members"), members: z.array(addressSchema).max(membersPerMessageMax) }),
  /** The sender will stop. */
  z.object({ kind: z.literal("leaving") }),
  /** The sender found this member dead. */
  z.object({ kind: z.literal("down"), nodeId: nodeIdSchema, incarnation: incarnationSchema }),
  /** When did the receiver last hear of this member? */
  z.object({ kind: z.literal("inquire"), nodeId: nodeIdSchema, incarnation: incarnationSchema }),
  /** Milliseconds since the sender last heard of this member; null when it has no link to it. */
  z.object({
    kind: z.literal("heard"),
    nodeId: nodeIdSchema,
    incarnation: incarnationSchema,
    agoMs: z.number().min(0).nullable(),
  }),
]);

export type MembershipMessage = z.infer<typeof membershipMessageSchema>;
