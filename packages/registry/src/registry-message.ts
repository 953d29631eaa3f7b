import type { ActorChannels } from "@foundation/actor";
import { actorChannelsSchema } from "@foundation/cluster";
import { z } from "zod";
import { isName, type Registration } from "./registration.ts";
import type { Change } from "./replica.ts";

/** Registrations or changes in one message, at most. */
export const itemsPerMessageMax = 1_000;
/** Bytes of one message, about: it fits one frame, and takes the receiver a millisecond or two. */
const messageBytes = 60 * 1024;
/** Bytes of a registration or change without its name, at most. */
const itemBytes = 96;

/** A registration on its way: in place of what its class says of channels, the number of that in the message's `classes`. */
type SentRegistration = Omit<Registration, "channels"> & { readonly channels?: number | undefined };

type SentChange =
  | { readonly kind: "taken"; readonly registration: SentRegistration }
  | Extract<Change, { kind: "freed" }>;

/** What the classes of a message's actors say of channels: once for each class, for thousands of names may be of one. */
type Classes = readonly ActorChannels[];

/** What the registries of two nodes say to each other; always about the sender's own names. Unknown fields are ignored. */
export type RegistryMessage =
  /** Changes number `from + 1` and the following ones. */
  | {
      kind: "delta";
      incarnation: number;
      from: number;
      changes: readonly SentChange[];
      classes: Classes;
      mark?: number | undefined;
    }
  /**
   * All names, in one or more parts; the last part has `isLast`. `version` counts the changes that this part is made after, all
   * of which were sent before it.
   */
  | {
      kind: "full";
      incarnation: number;
      version: number;
      mark?: number | undefined;
      part: number;
      isLast: boolean;
      registrations: readonly SentRegistration[];
      classes: Classes;
    }
  /** The receiver's names are wanted in full: a delta did not fit what is known of them. */
  | { kind: "request" }
  /** Everything up to the message with this mark has been handled: there is room for more. */
  | { kind: "taken"; mark: number };

const count = z.int().min(0);

const sentRegistrationSchema: z.ZodType<SentRegistration> = z.object({
  name: z.string().refine(isName),
  actorId: z.int().min(1),
  epoch: count,
  stamp: z.tuple([count, count]),
  channels: count.max(itemsPerMessageMax - 1).optional(),
});

const classesSchema = z.array(actorChannelsSchema).max(itemsPerMessageMax).default([]);

export const registryMessageSchema: z.ZodType<RegistryMessage> = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("delta"),
    incarnation: count,
    from: count,
    changes: z
      .array(
        z.discriminatedUnion("kind", [
          z.object({ kind: z.literal("taken"), registration: sentRegistrationSchema }),
          z.object({ kind: z.literal("freed"), name: z.string().refine(isName) }),
        ]),
      )
      .max(itemsPerMessageMax),
    classes: classesSchema,
    mark: count.optional(),
  }),
  z.object({
    kind: z.literal("full"),
    incarnation: count,
    version: count,
    part: count,
    isLast: z.boolean(),
    registrations: z.array(sentRegistrationSchema).max(itemsPerMessageMax),
    classes: classesSchema,
    mark: count.optional(),
  }),
  z.object({ kind: z.literal("request") }),
  z.object({ kind: z.literal("taken"), mark: count }),
]);

/** Puts registrations into the form of a message, and collects the classes that they share. */
export class RegistrationPacker {
  readonly classes: ActorChannels[] = [];
  readonly #numbers = new Map<ActorChannels, number>();
  readonly #itemsMax: number;
  #items = 0;
  #bytes = 0;

  constructor(itemsMax: number = itemsPerMessageMax) {
    this.#itemsMax = itemsMax;
  }

  /** Bytes of the message, at most. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether one more fits the message. */
  get hasRoom(): boolean {
    return this.#items < this.#itemsMax && this.#bytes < messageBytes;
  }

  registration({ channels, ...rest }: Registration): SentRegistration {
    this.#count(rest.name);
    return channels === undefined ? rest : { ...rest, channels: this.#numberOf(channels) };
  }

  change(change: Change): SentChange {
    if (change.kind === "freed") {
      this.#count(change.name);
      return change;
    }
    return { ...change, registration: this.registration(change.registration) };
  }

  #count(name: string): void {
    this.#items += 1;
    this.#bytes += itemBytes + Buffer.byteLength(name);
  }

  #numberOf(channels: ActorChannels): number {
    const known = this.#numbers.get(channels);
    if (known !== undefined) return known;
    this.#numbers.set(channels, this.classes.length);
    this.#bytes += Buffer.byteLength(JSON.stringify(channels));
    return this.classes.push(channels) - 1;
  }
}

/** The registration that was sent. A number that stands for no class says nothing of channels. */
export function unpackRegistration({ channels, ...rest }: SentRegistration, classes: Classes): Registration {
  const named = channels === undefined ? undefined : classes[channels];
  return named === undefined ? rest : { ...rest, channels: named };
}

/** The change that was sent. */
export function unpackChange(change: SentChange, classes: Classes): Change {
  if (change.kind === "freed") return change;
  return { kind: "taken", registration: unpackRegistration(change.registration, classes) };
}
