import { type ActorChannels, channelMethodsMax } from "@foundation/actor";
import { z } from "zod";

/** Where an actor lives: a node, which life of it, and the actor's number there. */
export type RemoteAddress = [nodeId: string, incarnation: number, actorId: number];

const addressItems = [z.string().regex(/^[A-Za-z0-9._-]{1,128}$/), z.int().min(0), z.int().min(1)] as const;

export const remoteAddressSchema: z.ZodType<RemoteAddress> = z.tuple(addressItems);

const channelName = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/);

/** The channels that an actor's class names. */
export const actorChannelsSchema: z.ZodType<ActorChannels> = z.object({
  channel: channelName.optional(),
  channels: z
    .record(z.string().max(255), channelName)
    .refine((channels) => Object.keys(channels).length <= channelMethodsMax)
    .optional(),
});

/** What a ref is on its way: where the actor lives and, if its class names any, on which channels messages to it go. */
export type RemoteRef = [...address: RemoteAddress, channels?: ActorChannels | undefined];

/** What a later version may add behind is ignored. */
export const remoteRefSchema: z.ZodType<RemoteRef> = z
  .tuple([...addressItems, actorChannelsSchema.optional()], z.unknown())
  .transform(([nodeId, incarnation, actorId, channels]) => [nodeId, incarnation, actorId, channels]);
