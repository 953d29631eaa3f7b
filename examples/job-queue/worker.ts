import { setTimeout as workFor } from "node:timers/promises";
import { Actor, type ActorRef } from "@foundation/runtime";
import type { Job, JobQueue } from "./job-queue.ts";

/** Milliseconds between two looks at an empty queue. */
const idleMs = 100;
/** Milliseconds before it asks a queue again that gave no answer. */
const retryMs = 250;

/** Takes jobs from the queue, one after the other, wherever the queue is. */
export class Worker extends Actor {
  readonly #queue: ActorRef<JobQueue>;
  #done: string | undefined;

  /** @param queue a ref by name: it reaches whichever node has the name when a message is sent. */
  constructor(queue: ActorRef<JobQueue>) {
    super();
    this.#queue = queue;
  }

  protected override onStart(): void {
    this.self<Worker>().tell.next();
  }

  async next(): Promise<void> {
    const pauseMs = await this.#step().catch((error: { code?: string }) => {
      // The queue is moving, or its node has just died. What is done is reported to the next one.
      console.log(`no answer from the queue (${error.code}), trying again`);
      return retryMs;
    });
    this.context.timers.once("next", pauseMs, () => this.self<Worker>().tell.next());
  }

  async #step(): Promise<number> {
    if (this.#done !== undefined) await this.#queue.ask.done(this.#done);
    this.#done = undefined;
    const job = await this.#queue.ask.take(this.self<Worker>());
    if (job === undefined) return idleMs;
    await work(job);
    this.#done = job.id;
    return 0;
  }
}

/** Here would be the real work. */
async function work({ id, text }: Job): Promise<void> {
  await workFor(20);
  console.log(`done ${id}: ${text.toUpperCase()}`);
}
