import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  Actor,
  type ActorRef,
  ActorSystem,
  childSpec,
  DynamicSupervisor,
  type GiveUp,
  Supervisor,
  silentLog,
  systemRuntime,
} from "@foundation/actor";
import { afterAll, describe, expect, it } from "vitest";
import { root } from "../support/pages.ts";

class Fragile extends Actor {
  crash(): never {
    throw new RangeError("too far");
  }
}

const told: GiveUp[] = [];
const system = new ActorSystem({
  runtime: systemRuntime({ log: silentLog }),
  name: "n",
  onGiveUp: (giveUp) => told.push(giveUp),
});
afterAll(() => system.stop());

/** The one child of a supervisor. */
async function onlyChild<A extends Actor>(supervisor: ActorRef<Supervisor>): Promise<ActorRef<A>> {
  const [child] = await supervisor.ask.whichChildren();
  if (child?.ref === undefined) throw new Error("it has no child that runs");
  return child.ref as ActorRef<A>;
}

/** Resolves when an actor has ended. */
async function gone(ref: ActorRef<object>): Promise<void> {
  await new Promise((resolve) => ref.recipient.watch(resolve));
}

describe("a supervisor that gives up", () => {
  it("says why to later callers, whatever kind it is", async () => {
    const fixed = system.spawn(Supervisor, { args: [{ children: [childSpec(Fragile, { id: "f" })], intensity: 0 }] });
    (await onlyChild<Fragile>(fixed)).tell.crash();
    const dynamic = system.spawn(DynamicSupervisor, { args: [{ intensity: 0, periodMs: 10 }] });
    ((await dynamic.ask.startChild(childSpec(Fragile))) as ActorRef<Fragile>).tell.crash();
    await Promise.all([gone(fixed), gone(dynamic)]);
    const why = (id: string, periodMs: number): string =>
      `(shutdown; it gave up: child "${id}" ended more often than 0 restarts in ${periodMs} ms, at last for RangeError: too far)`;
    await expect(fixed.ask.countChildren()).rejects.toMatchObject({
      code: "noproc",
      message: expect.stringContaining(why("f", 5_000)),
    });
    await expect(dynamic.ask.countChildren()).rejects.toThrow(why("Fragile", 10));
    expect(told.map(({ supervisor }) => supervisor.split(" ")[0])).toEqual(["Supervisor", "DynamicSupervisor"]);
  });

  it("is no affair of the system's as long as another one supervises it", async () => {
    const before = told.length;
    const inner = childSpec(Supervisor, {
      id: "inner",
      restart: "temporary",
      args: [{ children: [childSpec(Fragile)], intensity: 0 }],
    });
    const outer = system.spawn(Supervisor, { args: [{ children: [inner] }] });
    const middle = await onlyChild<Supervisor>(outer);
    (await onlyChild<Fragile>(middle)).tell.crash();
    await gone(middle);
    expect(told.length).toBe(before);
    expect(system.cellOf(outer)?.state).toBe("running");
  });
});

const program = (exitOnGiveUp: boolean): string => `
  import { Actor, childSpec, Foundation, Supervisor } from "@foundation/runtime";
  class Fragile extends Actor { crash() { throw new Error("no disk"); } }
  class Tidy extends Actor { onStop(reason) { console.log("tidy stops for " + reason); } }
  const node = await Foundation.start({ cluster: "none", exitOnGiveUp: ${exitOnGiveUp} });
  node.spawn(Tidy);
  const supervisor = node.spawn(Supervisor, { args: [{ children: [childSpec(Fragile)], intensity: 0 }] });
  const [child] = await supervisor.ask.whichChildren();
  await child.ref.ask.crash().catch(() => {});
  await new Promise((resolve) => supervisor.recipient.watch(resolve));
  if (!${exitOnGiveUp}) {
    console.log("goes on");
    await node.stop();
  } else setInterval(() => {}, 1_000);
`;

async function run(source: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const directory = await mkdtemp(join(tmpdir(), "give-up-"));
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("FOUNDATION_"));
  const env = { ...Object.fromEntries(inherited), TMPDIR: directory, FOUNDATION_DIRECTORY: join(directory, "f") };
  const args = ["--conditions=@foundation/source", "--input-type=module", "--eval", source];
  try {
    return await new Promise((resolve) => {
      const child = execFile(process.execPath, args, { cwd: root, env, timeout: 25_000 }, (_error, stdout, stderr) =>
        resolve({ code: child.exitCode ?? -1, stdout, stderr }),
      );
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

describe("a process whose root supervisor gives up", () => {
  it("ends in order, with code 1 and a line that says why, when it was told to", async () => {
    const { code, stdout, stderr } = await run(program(true));
    expect({ code, stdout }, stderr).toEqual({ code: 1, stdout: "tidy stops for shutdown\n" });
    const lines = stderr.split("\n").filter((line) => line.includes("the process ends: a root supervisor gave up"));
    expect(lines).toEqual([expect.stringMatching(/Supervisor .*Fragile.*no disk/)]);
  });

  it("goes on when it was not", async () => {
    const { code, stdout } = await run(program(false));
    expect({ code, stdout }).toEqual({ code: 0, stdout: "goes on\ntidy stops for shutdown\n" });
  });
});
