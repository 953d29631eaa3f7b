import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Actor, type ActorRef, type Down, type Monitor } from "@foundation/runtime";
import type { Worker } from "./worker.ts";

/** Under this name every node finds the queue. */
export const queueName = "jobs";

/** A piece of work. */
export interface Job {
  readonly id: string;
  readonly text: string;
}

/**
 * Deals out jobs, each to one worker at a time, until it is done.
 *
 * A job is a file until it is done, so the next start of the queue, on whichever node, has all that are not. Then a worker may
 * still be at work on a job that the new queue deals out again: work has to bear being done twice.
 */
export class JobQueue extends Actor {
  readonly #folder: string;
  readonly #waiting = new Map<string, Job>();
  readonly #taken = new Map<Monitor, Job>();

  constructor(folder: string) {
    super();
    this.#folder = folder;
  }

  protected override async onStart(): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const files = (await readdir(this.#folder)).filter((file) => file.endsWith(".job"));
    for (const file of files.sort()) {
      const id = file.slice(0, -".job".length);
      this.#waiting.set(id, { id, text: await readFile(join(this.#folder, file), "utf8") });
    }
  }

  /** Adding a job again, because it is not known whether it arrived, adds it once. */
  async add(job: Job): Promise<void> {
    if (this.#waiting.has(job.id) || [...this.#taken.values()].some(({ id }) => id === job.id)) return;
    const file = this.#file(job.id);
    await writeFile(`${file}.new`, job.text);
    await rename(`${file}.new`, file);
    this.#waiting.set(job.id, job);
  }

  /** @returns nothing when there is no work. */
  take(worker: ActorRef<Worker>): Job | undefined {
    const [job] = this.#waiting.values();
    if (job === undefined) return undefined;
    this.#waiting.delete(job.id);
    this.#taken.set(this.context.monitor(worker), job);
    return job;
  }

  async done(id: string): Promise<void> {
    await rm(this.#file(id), { force: true });
    this.#waiting.delete(id);
    for (const [monitor, job] of this.#taken) {
      if (job.id !== id) continue;
      monitor.cancel();
      this.#taken.delete(monitor);
    }
  }

  /** How many jobs are not done. */
  open(): number {
    return this.#waiting.size + this.#taken.size;
  }

  /** A worker has ended, or its node has: its job is dealt out again. */
  protected override onDown({ monitor }: Down): void {
    const job = this.#taken.get(monitor);
    this.#taken.delete(monitor);
    if (job !== undefined) this.#waiting.set(job.id, job);
  }

  #file(id: string): string {
    return join(this.#folder, `${id}.job`);
  }
}
