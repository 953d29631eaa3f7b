import { types } from "node:util";
import { lifecycleHooks } from "../contract/lifecycle-hooks.ts";
import type { Method } from "../contract/method.ts";
import { ActorError } from "../errors.ts";
import { type MailboxLimits, type MailboxOptions, mailboxLimits, mailboxTable } from "../mailbox/mailbox-options.ts";
import { nearestOf } from "../options/nearest-name.ts";
import { flag, listOf, rule, text } from "../options/option-rule.ts";
import { OptionTable, shown } from "../options/option-table.ts";
import { showThrown } from "../signal/exit-reason.ts";
import { type ActorChannels, channelsOf } from "./actor-channels.ts";
import { classNameOf } from "./class-name.ts";
import {
  describeIssues,
  isSchemaAnswer,
  isStandardSchema,
  type SchemaAnswer,
  type StandardSchema,
} from "./standard-schema.ts";
import { isThenable, whenSettled } from "./thenable.ts";

/** What a class may say about its actors, as static members. */
export interface ActorStatics {
  /**
   * What nodes call this class. Default: the class's own name, which minifiers change. Two versions of one class have the same
   * `actorName`, and may differ in their messages; classes that extend this one have names of their own.
   */
  readonly actorName?: string;
  /** `false`: only actors of the same node may send messages, and arguments are never copied. Default `true`. */
  readonly remotable?: boolean;
  /** Methods that may run while another handler waits for a promise. */
  readonly reentrant?: readonly string[];
  /**
   * The methods that messages may call, each with a schema of its list of arguments (any Standard Schema). Arguments are
   * checked before they get to the mailbox; the handler gets what the schema makes of them. Absent: all public methods,
   * unchecked.
   */
  readonly protocol?: Readonly<Record<string, StandardSchema>>;
  /** How many messages may wait, and what happens to the next one. */
  readonly mailbox?: MailboxOptions;
  /** The channel on which messages from other nodes come, unless their senders name one. Default: by size. */
  readonly channel?: string;
  /** The same for single methods: `{ upload: "data" }`; `receive` for plain messages. No order holds across channels. */
  readonly channels?: Readonly<Record<string, string>>;
  /** Whether its actors supervise others: then they may take all the time that these need to start and to stop. */
  readonly isSupervisor?: boolean;
}

const schemaRule = rule("a Standard Schema (of the method's list of arguments) for each message", (value) => {
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).every(isStandardSchema);
});
const channelsRule = rule("an object with the name of a channel for each method", (value) => {
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).every((each) => typeof each === "string");
});

const statics = new OptionTable<ActorStatics>("class", {
  actorName: text,
  remotable: flag,
  reentrant: listOf(text),
  protocol: schemaRule,
  mailbox: mailboxTable.asRule(),
  channel: text,
  channels: channelsRule,
  isSupervisor: flag,
});

/** Inherited ones, too: a static of a class is one of those that extend it. */
function checkStatics(actorClass: ProtocolClass): void {
  const { actorName, remotable, reentrant, protocol, mailbox, channel, channels, isSupervisor } = actorClass;
  statics.check(
    { actorName, remotable, reentrant, protocol, mailbox, channel, channels, isSupervisor },
    `a static of class ${classNameOf(actorClass)}`,
  );
}

/** A class, as far as its messages are concerned. */
interface ProtocolClass extends ActorStatics {
  readonly prototype: object;
}

const nothing = (): void => {};

const hidden: ReadonlySet<string> = new Set<string>([...lifecycleHooks, "constructor", "receive"]);

/** Names that no method of a class may have, and why. */
const reserved: ReadonlyMap<string, string> = new Map([
  ["self", "every actor has it, for its own ref"],
  ["context", "every actor has it, for what it may do"],
  ["then", "what has it passes for a promise, so no ref sends it"],
]);

/**
 * The messages that actors of one class understand: its public methods, found once per class.
 *
 * When not to use it: programs say what is a message by their class. This is for packages that build on actors.
 */
export class Protocol {
  readonly className: string;
  /** Where plain messages (`send`) go, when the class takes them. */
  readonly receive: Method | undefined;
  /** Whether the class says what to do about exit signals. */
  readonly hasExitHook: boolean;
  /** Whether messages may come from other nodes: a class opts out with `static remotable = false`. */
  readonly isRemotable: boolean;
  readonly isSupervisor: boolean;
  /** The limits of its actors' mailboxes, unless a spawn says otherwise. */
  readonly mailbox: MailboxLimits;
  /** The channels that the class names, if it does. */
  readonly channels: ActorChannels | undefined;
  readonly #methods = new Map<string, Method>();
  /** The method that was looked up last. */
  #last: Method | undefined;

  /**
   * @param base the class at which collecting stops; its members are no messages.
   * @throws ActorError `invalidOption` when a static of the class names a method that it does not have, or a method has a name that
   * is taken: `self`, `context`, `then`.
   */
  constructor(actorClass: ProtocolClass, base: object) {
    checkStatics(actorClass);
    const { remotable, reentrant = [], protocol, mailbox, channels = {}, isSupervisor = false } = actorClass;
    this.className = classNameOf(actorClass);
    this.hasExitHook = "onExit" in actorClass.prototype;
    this.isRemotable = remotable !== false;
    this.isSupervisor = isSupervisor;
    this.mailbox = mailboxLimits(mailbox);
    this.channels = channelsOf(this.className, actorClass);
    const schemaOf = (name: string): StandardSchema | undefined =>
      protocol !== undefined && Object.hasOwn(protocol, name) ? protocol[name] : undefined;
    const found = collectMethods(actorClass.prototype, base);
    for (const [name, why] of reserved) {
      if (!found.has(name)) continue;
      const text = `${this.className} has a method ${name}(), which cannot be a message: ${why}; give it another name`;
      throw new ActorError("invalidOption", text);
    }
    const method = (name: string, call: Method["call"]): Method => ({
      name,
      call,
      isReentrant: reentrant.includes(name),
      isAsync: types.isAsyncFunction(call) && !types.isGeneratorFunction(call),
      isStream: types.isAsyncFunction(call) && types.isGeneratorFunction(call),
      schema: schemaOf(name),
    });
    for (const [name, call] of found) {
      if (name === "receive") this.receive = method(name, call);
      else if (protocol === undefined || schemaOf(name) !== undefined) this.#methods.set(name, method(name, call));
    }
    for (const name of [...reentrant, ...Object.keys(protocol ?? {}), ...Object.keys(channels)]) {
      if (found.has(name)) continue;
      throw new ActorError("invalidOption", `${this.className} names ${name}() in a static, and has no such method`);
    }
  }

  /** The method named `name`, or undefined when it is no message of this class. */
  method(name: string): Method | undefined {
    // Most messages are like the one before: a tenth of what a tell costs.
    if (this.#last?.name === name) return this.#last;
    return (this.#last = this.#methods.get(name));
  }

  /** Names of all messages. */
  names(): Iterable<string> {
    return this.#methods.keys();
  }

  /** Says that there is no message `name`, and which one was probably meant. */
  refusal(name: string): string {
    const none = `${this.className} has no message ${shown(name)}`;
    const nearest = nearestOf(name, this.#methods.keys());
    if (nearest !== undefined) return `${none}; did you mean ${nearest}()?`;
    return `${none}: no public method has this name, or static protocol leaves it out; a function in a field is no method`;
  }
}

/** The public methods of a class and of those it extends, below `base`; the most derived one of each name. */
function collectMethods(derived: object, base: object): Map<string, Method["call"]> {
  const found = new Map<string, Method["call"]>();
  for (let prototype = derived; prototype !== base; prototype = Object.getPrototypeOf(prototype)) {
    for (const name of Object.getOwnPropertyNames(prototype)) {
      const call: unknown = Object.getOwnPropertyDescriptor(prototype, name)?.value;
      if (typeof call !== "function" || found.has(name)) continue;
      if (name === "receive" || !(hidden.has(name) || name.startsWith("_"))) found.set(name, call as Method["call"]);
    }
  }
  return found;
}

/**
 * The arguments that `method`'s schema makes of `args`.
 *
 * @throws ActorError `badMessage` when they do not fit, or when the schema cannot say so at once.
 */
export function checkArguments(className: string, method: Method, args: readonly unknown[]): readonly unknown[] {
  if (method.schema === undefined) return args;
  const call = `${className}.${method.name}()`;
  const result = answerOf(method.schema, call, args);
  if (isThenable(result)) {
    // What comes of it is nobody's concern any more.
    whenSettled(result, nothing, nothing);
    throw new ActorError(
      "badMessage",
      `the schema of ${call} answers with a promise: it is asynchronous, or threw; arguments are checked before the mailbox`,
    );
  }
  if (result.issues !== undefined) {
    throw new ActorError("badMessage", `the arguments of ${call} do not fit: ${describeIssues(result.issues)}`);
  }
  if (!Array.isArray(result.value)) {
    throw new ActorError("badMessage", `the schema of ${call} makes no array; describe the list of arguments`);
  }
  return result.value;
}

/** A schema is the program's: it may throw, and answer with anything. */
function answerOf(schema: StandardSchema, call: string, args: readonly unknown[]): SchemaAnswer {
  let answer: unknown;
  try {
    answer = schema["~standard"].validate(args);
    if (isSchemaAnswer(answer)) return answer;
  } catch (error) {
    throw new ActorError("badMessage", `the schema of ${call} threw: ${showThrown(error)}`, { cause: error });
  }
  throw new ActorError(
    "badMessage",
    `the schema of ${call} answers with ${shown(answer)}; a Standard Schema answers with { value }, or { issues }, a list`,
  );
}

/** Calls `handler` on `actor`. Few arguments are handed over one by one, which makes a tell a fifteenth cheaper. */
export function invoke(
  handler: (...args: never[]) => unknown,
  actor: object | undefined,
  args: readonly unknown[],
): unknown {
  const call = handler as (...args: readonly unknown[]) => unknown;
  switch (args.length) {
    case 0:
      return call.call(actor);
    case 1:
      return call.call(actor, args[0]);
    case 2:
      return call.call(actor, args[0], args[1]);
    default:
      return Reflect.apply(call, actor, args);
  }
}
