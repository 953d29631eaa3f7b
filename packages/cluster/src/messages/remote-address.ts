import { z } from "zod";

/** Where an actor lives: a node, which life of it, and the actor's number there. */
export const remoteAddressSchema = z.tuple([
  z.string().regex(/^[A-Za-z0-9._-]{1,128}$/),
  z.int().min(0),
  z.int().min(1),
]);

/** Where an actor lives, as `[node id, incarnation, actor id]`. */
export type RemoteAddress = [nodeId: string, incarnation: number, actorId: number];
