import { ActorError } from "../errors.ts";
import { nearestOf } from "../options/nearest-name.ts";
import { shown } from "../options/option-table.ts";

/** Methods for which one class may name a channel of their own. */
export const channelMethodsMax = 256;

/**
 * The channels to other nodes that a class names for messages to its actors, in the words of its statics. Refs and
 * registered names carry them from node to node, because who holds a ref need not have the class.
 */
export interface ActorChannels {
  /** For all methods without one of their own. Default: the link's choice by size. */
  readonly channel?: string | undefined;
  /** By method; `receive` for plain messages. */
  readonly channels?: Readonly<Record<string, string>> | undefined;
}

/** What the statics of a class say; undefined when they say nothing. @throws ActorError `invalidOption`. */
export function channelsOf(className: string, { channel, channels = {} }: ActorChannels): ActorChannels | undefined {
  const count = Object.keys(channels).length;
  if (count > channelMethodsMax) {
    const text = `${className} names channels for ${count} methods; ${channelMethodsMax} are allowed`;
    throw new ActorError("invalidOption", text);
  }
  if (channel === undefined && count === 0) return undefined;
  return { ...(channel !== undefined && { channel }), ...(count > 0 && { channels: { ...channels } }) };
}

/** The channel of a message to `method` whose sender named none; undefined when the class does not, either. */
export function channelFor({ channel, channels }: ActorChannels, method: string): string | undefined {
  return channels !== undefined && Object.hasOwn(channels, method) ? channels[method] : channel;
}

/** @throws ActorError `invalidOption` when the class names a channel that this node does not have. */
export function checkChannels(
  className: string,
  { channel, channels = {} }: ActorChannels,
  known: ReadonlySet<string>,
): void {
  const named = Object.entries(channels).map(([method, each]) => [`static channels of ${className}`, method, each]);
  if (channel !== undefined) named.push([`static channel of ${className}`, "", channel]);
  for (const [where, method, name = ""] of named) {
    if (known.has(name)) continue;
    const what = method === "" ? where : `${where} for ${method}()`;
    throw new ActorError("invalidOption", `the ${what} is ${unknownChannel(name, known)}`);
  }
}

/** What stands behind `channel is` of one that a node does not have. */
export function unknownChannel(name: string, known: ReadonlySet<string>): string {
  const nearest = nearestOf(name, known);
  const advice = nearest === undefined ? `it has ${[...known].join(", ")}` : `did you mean ${nearest}?`;
  return `${shown(name)}, which this node does not have; ${advice}`;
}
