import { Actor, ActorSystem, childSpec, Supervisor } from "@foundation/actor";
import { Foundation, type Node } from "@foundation/runtime";
import { afterAll, beforeAll, expect, it } from "vitest";
import { read, sourceFiles } from "./support/pages.ts";

class Counter extends Actor {
  arrow = (): number => 1;
  inc(): number {
    return 1;
  }
  async *items(): AsyncGenerator<number> {
    yield 1;
  }
  async askItself(): Promise<void> {
    await this.self<Counter>().ask.inc();
  }
  fail(): void {
    throw new Error("no");
  }
}

/** As plain JavaScript has it: the compiler refuses most of what is done here. */
interface Untyped {
  readonly inc: Call;
  readonly ask: Readonly<Record<"arrow" | "askItself" | "fail" | "inc" | "items", Call>>;
}
type Call = (...args: unknown[]) => Promise<unknown>;
const untyped = (value: unknown): Untyped => value as Untyped;

let system: ActorSystem;
let node: Node;
beforeAll(async () => {
  system = new ActorSystem();
  node = await Foundation.start({ clusterName: `first-day-${process.pid}`, logLevel: "silent" });
});
afterAll(async () => {
  await system.stop();
  await node.stop();
});
const counter = (): Untyped => untyped(system.spawn(Counter));

it.each<[string, () => unknown]>([
  ["inc is not a function", () => counter().inc()],
  ['Counter has no message "arrow"', () => counter().ask.arrow()],
  ["Counter.items() is a stream; read it as ref.stream.items()", () => counter().ask.items()],
  ["ref.ask.inc was called without its ref", () => Promise.resolve().then(counter().ask.inc)],
  ['there is no option "folder"; there are name, args,', () => node.spawn(Counter, { folder: "x" } as never)],
  [
    "make it of a class of actors, by childSpec(Counter)",
    () => system.spawn(Supervisor, { args: [{ children: [Counter] }] } as never),
  ],
  ["asked itself for inc() and would wait forever", () => counter().ask.askItself()],
  [
    "has ended (Error: no)",
    async () => {
      const ref = counter();
      await ref.ask.fail().catch(() => {});
      await ref.ask.inc();
    },
  ],
  ['nothing is registered as "counter"', () => node.actor<Counter>("counter").ask.inc()],
  ["Cannot read properties of undefined (reading 'inc')", () => untyped(node.singleton("c", Counter)).ask.inc()],
])("the page of the first day tells of: %s", async (message, mistake) => {
  await expect((async () => await mistake())()).rejects.toThrow(message);
  expect(await read("docs/guides/first-day.md")).toContain(message);
});

it.each([
  ["spawn", () => system.spawn(Supervisor, { children: [] } as never)],
  ["node.spawn", () => node.spawn(Supervisor, { children: [] } as never)],
  ["childSpec", () => childSpec(Supervisor, { children: [] } as never)],
])("%s says that arguments of the constructor go into args", (_, mistake) => {
  expect(mistake).toThrow(/there is no option "children"; .*; arguments of the constructor go into args$/);
});

it("a program of the tutorial may import from @foundation/runtime what it has from @foundation/actor", async () => {
  const exported = new Set(Object.keys(await import("@foundation/runtime")));
  const missing: string[] = [];
  for (const file of await sourceFiles("examples/tutorial")) {
    for (const [, names = ""] of (await read(file)).matchAll(/^import \{([^}]*)\} from "@foundation\/actor";/gm)) {
      const values = names.split(",").map((name) => name.trim());
      missing.push(...values.filter((name) => name !== "" && !name.startsWith("type ") && !exported.has(name)));
    }
  }
  expect(missing).toEqual([]);
});
