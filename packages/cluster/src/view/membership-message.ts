import { z } from "zod";
import { peerHostPattern } from "../topology/peer-host.ts";

const nodeIdSchema = z.string().regex(/^[A-Za-z0-9._-]{1,128}$/);
const incarnationSchema = z.int().min(0);
const addressSchema = z.object({
  host: z.string().regex(peerHostPattern),
  port: z.int().min(1).max(65_535),
});

/** Members named in one message, at most; a larger cluster names the others in the next one. */
export const membersPerMessageMax = 2_000;

/** What the membership parts of two nodes say to each other. Unknown fields are ignored. */
export type MembershipMessage =
  /** Whom the sender is linked to, so that the receiver can link to them as well; a long list comes in parts. */
  | { kind: "members"; members: { host: string; port: number }[]; isLast?: boolean | undefined }
  /** The sender will stop. */
  | { kind: "leaving" }
  /** The sender found this member dead. */
  | { kind: "down"; nodeId: string; incarnation: number }
  /** When did the receiver last hear of this member? */
  | { kind: "inquire"; nodeId: string; incarnation: number }
  /** Milliseconds since the sender last heard of this member; null when it has no link to it. */
  | { kind: "heard"; nodeId: string; incarnation: number; agoMs: number | null };

export const membershipMessageSchema: z.ZodType<MembershipMessage> = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("members"),
    members: z.array(addressSchema).max(membersPerMessageMax),
    isLast: z.boolean().optional(),
  }),
  z.object({ kind: z.literal("leaving") }),
  z.object({ kind: z.literal("down"), nodeId: nodeIdSchema, incarnation: incarnationSchema }),
  z.object({ kind: z.literal("inquire"), nodeId: nodeIdSchema, incarnation: incarnationSchema }),
  z.object({
    kind: z.literal("heard"),
    nodeId: nodeIdSchema,
    incarnation: incarnationSchema,
    agoMs: z.number().min(0).nullable(),
  }),
]);
