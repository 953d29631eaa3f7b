// A program that listens for unhandled rejections itself: promises of the runtime's that nothing waits for when a node stops. Prints what it heard.
import { setTimeout as sleep } from "node:timers/promises";
import { Actor, type ActorRef, DynamicSupervisor, Foundation, startTask, TaskSupervisor } from "@foundation/runtime";

const heard: string[] = [];
let doing = "";
process.on("unhandledRejection", (error) => heard.push(`${doing}: ${error instanceof Error ? error.message : error}`));

class Target extends Actor {
  hold(): Promise<string> {
    return this.context.deferReply<string>().later;
  }
  async hang(): Promise<void> {
    await sleep(60_000, undefined, { ref: false });
  }
  async *items(): AsyncGenerator<string> {
    yield "one";
    await new Promise(() => {});
  }
  note(): void {}
}

class NeverStarts extends Actor {
  protected override async onStart(): Promise<void> {
    await sleep(60_000, undefined, { ref: false });
  }
}

const directory = process.argv[2] as string;
const log = { debug() {}, info() {}, warn() {}, error: (event: string) => heard.push(`${doing}: logged ${event}`) };
const [one, two] = [
  await Foundation.start({ name: "one", directory, log }),
  await Foundation.start({ name: "two", directory, log }),
];
await Promise.all([one.ready({ size: 2 }), two.ready({ size: 2 })]);
two.spawn(Target, { name: "far" });
const deadline = Date.now() + 20_000;
while (one.registry.lookup("far") === undefined && Date.now() < deadline) await sleep(5);
const far = one.actor<Target>("far");
const near = one.spawn(Target);
const full: ActorRef<Target> = one.spawn(Target, { mailbox: { capacity: 1 } });
full.tell.hang();
await sleep(5);
full.tell.note();
const tasks = one.spawn(TaskSupervisor);
const supervisor = one.spawn(DynamicSupervisor);
await supervisor.ask.whichChildren();

doing = "before the stop";
const promises: Record<string, () => Promise<unknown>> = {
  ask: () => near.ask.hold(),
  "ask of another node": () => far.ask.hold(),
  "a start": () => one.system.whenStarted(one.spawn(NeverStarts)),
  room: () => full.ready(),
  "an item": async () => {
    const items = near.stream.items();
    await items.next();
    void items.next();
  },
  "an item of another node": async () => {
    const items = far.stream.items();
    await items.next();
    void items.next();
  },
  members: () => one.ready({ size: 9, timeoutMs: 60_000 }),
  "a singleton": () => one.singleton("never", NeverStarts, { startMs: 60_000, timeoutMs: 60_000 }),
  "a task": async () => {
    void (await startTask(tasks, () => sleep(60_000, undefined, { ref: false }))).result;
  },
};
for (const begin of Object.values(promises)) void begin();
await sleep(50);
await one.stop(1_000);
await sleep(20);

doing = "after the stop";
for (const name of ["ask", "ask of another node", "room", "members", "a singleton"]) void promises[name]?.();
void startTask(tasks, () => 1);
void near.stream.items().next();
void one.supervisor.remove("never");
await sleep(20);
await two.stop(1_000);
process.stdout.write(JSON.stringify(heard));
