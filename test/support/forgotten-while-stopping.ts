// One failure that nobody waits for while a system stops, or beside it: the process ends as Node ends it. Nothing here listens.
import { setTimeout as sleep } from "node:timers/promises";
import { Actor, type ActorRef, ActorSystem } from "@foundation/actor";

class Target extends Actor {
  hold(): Promise<string> {
    return this.context.deferReply<string>().later;
  }
}

class Forgetful extends Actor {
  askAndForget(target: ActorRef<Target>): void {
    void this.#next(target);
  }
  failLater(ms: number): void {
    void sleep(ms).then(() => {
      throw new TypeError("a fault of the program");
    });
  }
  async #next(target: ActorRef<Target>): Promise<string> {
    return await target.ask.hold();
  }
}

const system = new ActorSystem();
const target = system.spawn(Target);
const forgetful = system.spawn(Forgetful);

const kinds: Record<string, () => unknown> = {
  "an ask": () => forgetful.tell.askAndForget(target),
  "a fault of no actor": () => void sleep(20).then(() => Promise.reject(new TypeError("a fault of the program"))),
  "a fault of an actor": () => forgetful.tell.failLater(20),
  "a fault because of another": () =>
    void target.ask.hold().catch(() => {
      throw new TypeError("a fault of the program");
    }),
  "an ask of an actor that was stopped alone": async () => {
    void target.ask.hold();
    await sleep(5);
    await system.stopActor(target);
    await sleep(5);
  },
};

await kinds[process.argv[2] as string]?.();
await sleep(5);
await system.stop();
