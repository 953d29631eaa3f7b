import { ActorSystem } from "@foundation/actor";
import { Cluster, type NodeProtocol } from "@foundation/cluster";
import { Registry } from "@foundation/registry";
import { SimulatedRuntime, type World } from "@foundation/testkit";
import {
  type SupervisionMessage,
  supervisionMessageSchema,
} from "../../packages/supervision/src/supervision-message.ts";

type Question = NonNullable<SupervisionMessage["confirm"]>;
type Answer = Omit<NonNullable<SupervisionMessage["confirmed"]>, "token">;

/**
 * A member of a world that has no supervisor: what that would say is said by the test. It tells a new link that it knows nothing unless
 * it has a {@link greeting}, and answers no question by itself.
 */
export class ScriptedMember {
  readonly name: string;
  readonly cluster: Cluster;
  readonly registry: Registry;
  /** What supervisors have said to it, oldest first. */
  readonly heard: { readonly from: string; readonly message: SupervisionMessage }[] = [];
  /** What it tells new links besides; undefined: nothing at all. */
  greeting: SupervisionMessage | undefined = {};
  /** How it answers questions; absent: not at all. */
  answer: ((question: Question) => Answer) | undefined;
  /** What it answers to those that remove names; undefined: nothing. */
  knows: ((names: readonly string[]) => Omit<NonNullable<SupervisionMessage["removed"]>, "token">) | undefined =
    () => ({
      known: [],
      hosted: [],
    });
  readonly #protocol: NodeProtocol<SupervisionMessage>;

  /** @param classes what it says it can host. */
  constructor(world: World, name: string, classes: SupervisionMessage["classes"] = []) {
    this.name = name;
    const runtime = new SimulatedRuntime(world.time, world.random(name), () => {});
    const found = world.nodes.map(({ node }) => node.transport.address);
    this.cluster = new Cluster({
      system: new ActorSystem({ name, runtime }),
      transport: world.network.transport(name, runtime),
      cluster: "world",
      secret: "the secret of a simulated world",
      listen: { host: name, port: 0 },
      discovery: [{ name: "script", announce: async () => {}, discover: async () => found, withdraw: async () => {} }],
    });
    this.registry = new Registry(this.cluster);
    this.#protocol = this.cluster.protocol({
      name: "supervision",
      schema: supervisionMessageSchema,
      receive: (message, from) => this.#heard(message, from),
    });
    this.cluster.addPart({
      name: "script",
      memberLinked: ({ nodeId }) => {
        if (this.greeting !== undefined) this.say(nodeId, { classes, ...this.greeting, isComplete: true });
      },
    });
  }

  /** Starts one that is linked to all nodes of the world. */
  static async start(world: World, name: string, classes?: SupervisionMessage["classes"]): Promise<ScriptedMember> {
    const member = new ScriptedMember(world, name, classes);
    await world.settle(member.cluster.start());
    await world.until(() => world.nodes.every(({ node }) => node.membership.member(name)?.status === "up"));
    return member;
  }

  /** Agrees to everything from now on. @param reached members that it says it reaches. */
  agree(reached: readonly string[] = []): this {
    this.answer = () => ({ objections: [], reached });
    return this;
  }

  say(nodeId: string, message: SupervisionMessage): void {
    this.#protocol.send(nodeId, message);
  }

  /** Asks whether it may start names. */
  ask(nodeId: string, token: number, ...names: readonly string[]): void {
    const asked = names.map((name) => [name, 1, 0] as const);
    this.say(nodeId, { confirm: { token, names: asked, doubts: [] } });
  }

  /** What it was answered to {@link ask}. */
  answered(token: number): SupervisionMessage["confirmed"] {
    return this.heard.map(({ message }) => message.confirmed).find((each) => each?.token === token);
  }

  /** Whether somebody has asked it about `name`. */
  wasAsked(name: string): boolean {
    return this.questions(name).length > 0;
  }

  questions(name: string): Question[] {
    const questions = this.heard.flatMap(({ message }) => message.confirm ?? []);
    return questions.filter(({ names }) => names.some(([asked]) => asked === name));
  }

  /** Names whose specs it was asked for. */
  wants(): string[] {
    return this.heard.flatMap(({ message }) => message.want ?? []);
  }

  /** The epochs of `name` whose start it was told of. */
  starts(name: string): number[] {
    const starting = this.heard.flatMap(({ message }) => message.starting ?? []);
    return starting.filter(([started]) => started === name).map(([, epoch]) => epoch);
  }

  /** How often it was told that `name` has ended. */
  ends(name: string): number {
    return this.heard.flatMap(({ message }) => message.ended ?? []).filter(([ended]) => ended === name).length;
  }

  #heard(message: SupervisionMessage, from: string): void {
    this.heard.push({ from, message });
    const { confirm, removing } = message;
    if (removing !== undefined && this.knows !== undefined)
      this.say(from, { removed: { token: removing.token, ...this.knows(removing.names.map(([name]) => name)) } });
    if (confirm === undefined || this.answer === undefined) return;
    this.say(from, { confirmed: { token: confirm.token, ...this.answer(confirm) } });
  }
}
