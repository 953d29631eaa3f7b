import type { ActorChannels } from "@foundation/actor";
import { channelMethodsMax, type OptionRule, optionRule } from "@foundation/actor/spi";
import { isNodeId } from "@foundation/transport";
import { z } from "zod";

/** Where an actor lives: a node, which life of it, and the actor's number there. */
export type RemoteAddress = [nodeId: string, incarnation: number, actorId: number];

const addressItems = [z.string().regex(/^[A-Za-z0-9._-]{1,128}$/), z.int().min(0), z.int().min(1)] as const;

export const remoteAddressSchema: z.ZodType<RemoteAddress> = z.tuple(addressItems);

/** The same for what this node's program gives, by hand: it is asked for each name that others take. */
export const addressRule: OptionRule = optionRule.rule(
  "[nodeId, incarnation, actorId]: the id of a node, and two whole numbers",
  (value) => {
    if (!Array.isArray(value)) return false;
    const [nodeId, incarnation, actorId]: readonly unknown[] = value;
    return isNodeId(nodeId) && isCount(incarnation, 0) && isCount(actorId, 1);
  },
);

function isCount(value: unknown, min: number): boolean {
  return Number.isSafeInteger(value) && Number(value) >= min;
}

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
