import { z } from "zod";

/** Where an actor lives: a node, which life of it, and the actor's number there. */
export type RemoteAddress = [nodeId: string, incarnation: number, actorId: number];

export const remoteAddressSchema: z.ZodType<RemoteAddress> = z.tuple([
  z.string().regex(/^[A-Za-z0-9._-]{1,128}$/),
  z.int().min(0),
  z.int().min(1),
]);
