// Uses actors once, never stops their system, and ends by itself: nothing of ours keeps the process alive.
import { Actor, ActorSystem, silentLog, systemRuntime } from "../index.ts";

class Target extends Actor {
  /** In a later turn: then a timer keeps the deadline. */
  async answer(): Promise<string> {
    await new Promise<void>((resolve) => this.context.system.runtime.setTimer(5, resolve));
    return "answered";
  }
  hold(): Promise<string> {
    return this.context.deferReply<string>().later;
  }
}

const system = new ActorSystem({ runtime: systemRuntime({ log: silentLog }) });
const target = system.spawn(Target);
const what = process.argv[2];
if (what === "answered") process.stdout.write(`${await target.with({ timeoutMs: 86_400_000 }).ask.answer()}\n`);
if (what === "timed out") {
  await target
    .with({ timeoutMs: 20 })
    .ask.hold()
    .catch(() => process.stdout.write("timed out\n"));
}
if (what === "told") {
  target.tell.answer();
  process.stdout.write("told\n");
}
