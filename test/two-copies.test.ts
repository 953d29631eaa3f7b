import { cp, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as ours from "@foundation/actor";
import { otherCopyOf } from "@foundation/actor/spi";
import { Cluster, type ClusterOptions } from "@foundation/cluster";
import { TestProbe } from "@foundation/testkit";
import { ByteWriter, Codec } from "@foundation/transport";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "./support/pages.ts";

let folder = "";
let theirs: typeof ours;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "foundation-copy-"));
  await cp(join(root, "packages/actor/src"), join(folder, "src"), { recursive: true });
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  theirs = await import(/* @vite-ignore */ pathToFileURL(join(folder, "src/index.ts")).href);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const system = new ours.ActorSystem({ runtime: ours.systemRuntime({ log: ours.silentLog }) });
afterAll(() => system.stop());

/** The error names both copies, by version and place. */
const clear = (what: string) => {
  const copy = (location: string): string => `[\\d.]+ at file:\\S*${location}`;
  const message = new RegExp(
    `${what}.* of another copy of @foundation/actor: theirs is ${copy("foundation-copy-")}.*this one is ${copy("packages/actor/")}`,
  );
  return expect.objectContaining({ code: "twoCopies", message: expect.stringMatching(message) });
};

describe("[X18] two copies of the actor package", () => {
  it("are told apart by what they are", async () => {
    expect(theirs.Actor).not.toBe(ours.Actor);
    const manifest = JSON.parse(await readFile(join(root, "packages/actor/package.json"), "utf8")) as {
      version: string;
    };
    expect(otherCopyOf(theirs.Actor.prototype, "Actor")).toMatchObject({ version: manifest.version });
    expect(otherCopyOf(ours.Actor.prototype, "Actor")).toBeUndefined();
  });

  it("a class of the other one is refused wherever it is named", async () => {
    class Stranger extends theirs.Actor {}
    const strange = Stranger as unknown as typeof ours.Actor;
    const refused = clear("class Stranger extends the Actor");
    expect(() => system.spawn(strange)).toThrow(refused);
    expect(() => ours.childSpec(strange)).toThrow(refused);
    expect(() => system.checkClass(strange)).toThrow(refused);
    const spec = { ...ours.childSpec(ours.Actor), actorClass: strange };
    const supervisor = system.spawn(ours.DynamicSupervisor);
    await expect(supervisor.ask.startChild(spec)).rejects.toThrow(
      refused.asymmetricMatch !== undefined ? /another copy/ : "",
    );
  });

  it("a ref of the other one is refused wherever it is given, and on the wire", async () => {
    const other = new theirs.ActorSystem({ runtime: theirs.systemRuntime({ log: theirs.silentLog }) });
    class Stranger extends theirs.Actor {}
    const ref = other.spawn(Stranger) as unknown as ours.ActorRef;
    const refused = clear("this is a ref");
    const registry = new ours.LocalRegistry(system, { keys: "unique" });
    expect(() => system.cellOf(ref)).toThrow(refused);
    expect(() => registry.register("a", ref)).toThrow(refused);
    await expect(system.stopActor(ref)).rejects.toEqual(refused);
    await expect(system.whenStarted(ref)).rejects.toEqual(refused);
    class Watcher extends ours.Actor {
      watch(how: "monitor" | "link" | "unlink"): string {
        try {
          this.context[how](ref);
        } catch (error) {
          return (error as ours.ActorError).code;
        }
        return "accepted";
      }
    }
    const watcher = system.spawn(Watcher);
    for (const how of ["monitor", "link", "unlink"] as const) expect(await watcher.ask.watch(how)).toBe("twoCopies");
    expect(() => new Codec().encode({ to: ref }, new ByteWriter())).toThrow(
      /\$\.to cannot be sent: .*another copy of @foundation\/actor/,
    );
    await other.stop();
  });

  it("a system of the other one is refused by what lives in it", async () => {
    const other = new theirs.ActorSystem({ runtime: theirs.systemRuntime({ log: theirs.silentLog }) });
    const strange = other as unknown as ours.ActorSystem;
    const refused = clear("this is an ActorSystem");
    expect(() => new ours.LocalRegistry(strange, { keys: "unique" })).toThrow(refused);
    expect(() => new TestProbe(strange)).toThrow(refused);
    const options = {
      transport: { listen() {}, dial() {} },
      cluster: "c",
      secret: "the secret of a test",
      discovery: [],
    };
    const listen = { host: "127.0.0.1", port: 0 };
    expect(() => new Cluster({ ...options, listen, system: strange } as unknown as ClusterOptions)).toThrow(refused);
    await other.stop();
  });

  it("a rejection of the other one is a rejection: the asker gets what is inside, the actor lives on", async () => {
    class Account extends ours.Actor {
      withdraw(): never {
        throw new theirs.Rejection(new RangeError("insufficient funds"));
      }
      async *history(): AsyncGenerator<number> {
        yield 1;
        throw new theirs.Rejection(new RangeError("no more"));
      }
    }
    const account = system.spawn(Account);
    await expect(account.ask.withdraw()).rejects.toThrow(new RangeError("insufficient funds"));
    const history = account.stream.history();
    await history.next();
    await expect(history.next()).rejects.toThrow(new RangeError("no more"));
    expect(system.cellOf(account)?.state).toBe("running");
  });
});
