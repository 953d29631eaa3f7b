import { z } from "zod";

/** The largest chunk that fits a frame with its header, in bytes. */
const chunkBytesMax = 255 * 1024;

/** How a channel treats its messages. */
export type ChannelKind = (typeof channelKinds)[number];
/** In the order of their numbers on the wire. */
export const channelKinds = ["plain", "monotonic", "reliable"] as const;
/** What is packed with what. */
export type ChannelCompression = "none" | "deflate" | "zstd";
/** What happens to a message that does not fit the queue. */
export type ChannelOverflow = "refuse" | "dropOldest";

/** Settings of one channel, one or more connections of its own within every link. */
export const channelOptionsSchema: z.ZodType<ChannelOptions, ChannelOptionsInput> = z
  .strictObject({
    /** What messages are sent to; 1 to 64 letters, digits, dots, underscores and hyphens. */
    name: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, "must be 1 to 64 of A-Z a-z 0-9 . _ -"),
    /** Lower numbers go first when several channels of a link have something to send. */
    priority: z.int().min(0).max(255),
    /**
     * `plain` (default): in order, at most once. `monotonic`: of the messages to one actor's method that wait, only the newest
     * is sent; for states that replace each other. `reliable`: acknowledged, sent again after the link was lost and made again
     * between the same lives of both nodes, and handed to the receiving actor once; its queue holds what is not acknowledged.
     */
    kind: z.enum(channelKinds).default("plain"),
    /** Connections of the channel. Default 1. More help where one TCP stream does not fill the line; messages to one actor keep to one. */
    connections: z.int().min(1).max(16).default(1),
    /** `true`: opened with the link. `false` (default): opened by the first message, so that unused channels cost nothing. */
    eager: z.boolean().default(false),
    /** Packs frames above 512 bytes. Default `none`: it costs more time than a fast network takes. `zstd` needs Node 22.15 on both sides, else it is `deflate`. */
    compression: z.enum(["none", "deflate", "zstd"]).default("none"),
    /** Bytes that may wait to be sent, on all connections together. Default 64 MiB: one message of the largest size. */
    queueBytesMax: z
      .int()
      .min(1024)
      .default(64 * 1024 * 1024),
    /** At that limit: `refuse` (default) tells the sender, `dropOldest` makes room; for measurements that age. */
    overflow: z.enum(["refuse", "dropOldest"]).default("refuse"),
    /** Messages above this are cut, in bytes. Default 64 KiB: longer ones delay other channels, shorter ones cost throughput. */
    chunkBytes: z
      .int()
      .min(4096)
      .max(chunkBytesMax)
      .default(64 * 1024),
    /** Large frames that this side takes on one connection before it has handled them. Default 8: full throughput, yet control waits for at most these; on a slow line, fewer are sent at a time. */
    creditChunks: z.int().min(1).max(64).default(8),
    /** The largest message, in bytes. Default 64 MiB: larger ones belong in several messages. */
    messageBytesMax: z
      .int()
      .min(1024)
      .default(64 * 1024 * 1024),
    /** Milliseconds without any progress of a waiting queue after which the link is given up. Default 30 000: TCP itself may take that long after a fault. */
    stallMsMax: z.int().min(100).max(600_000).default(30_000),
  })
  .refine((options) => options.messageBytesMax <= options.queueBytesMax, {
    message: "messageBytesMax must not exceed queueBytesMax, or the largest messages could never be sent",
  })
  .refine((options) => options.kind !== "reliable" || options.overflow === "refuse", {
    message: 'a reliable channel drops nothing: its overflow must be "refuse"',
  });

/** Settings of one channel, complete. */
export interface ChannelOptions {
  readonly name: string;
  readonly priority: number;
  readonly kind: ChannelKind;
  readonly connections: number;
  readonly eager: boolean;
  readonly compression: ChannelCompression;
  readonly queueBytesMax: number;
  readonly overflow: ChannelOverflow;
  readonly chunkBytes: number;
  readonly creditChunks: number;
  readonly messageBytesMax: number;
  readonly stallMsMax: number;
}

/** Settings of one channel as they are written: `name` and `priority`, the rest where the default does not fit. */
export type ChannelOptionsInput = Pick<ChannelOptions, "name" | "priority"> & {
  readonly [Key in Exclude<keyof ChannelOptions, "name" | "priority">]?: ChannelOptions[Key] | undefined;
};

/** Channels of one link, at most. */
export const channelsMax = 16;
/** Connections of one channel, at most. */
export const connectionsMax = 16;
/** The channel that every link begins with; it also carries what links say to each other. */
export const controlChannel = "control";

/** Checks the channels of a node, all together. */
export const channelListSchema: z.ZodType<ChannelOptions[], readonly ChannelOptionsInput[]> = z
  .array(channelOptionsSchema)
  .max(channelsMax)
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, "must have a name of its own for each")
  .refine(
    (all) => all.some(({ name }) => name === controlChannel),
    `must have one that is named "${controlChannel}", which every link begins with`,
  );

const mebibyte = 1024 * 1024;

/** The channels of a link unless others are configured. */
export const defaultChannels: readonly ChannelOptionsInput[] = [
  { name: controlChannel, priority: 0, eager: true, queueBytesMax: 16 * mebibyte, messageBytesMax: 16 * mebibyte },
  { name: "events", priority: 1 },
  { name: "telemetry", priority: 2, queueBytesMax: 16 * mebibyte, messageBytesMax: 16 * mebibyte },
  { name: "data", priority: 3, queueBytesMax: 128 * mebibyte },
  { name: "gossip", priority: 4, eager: true },
];
