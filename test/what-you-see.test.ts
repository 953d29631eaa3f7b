// Slow: starts whole processes.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { TerminalNode } from "./support/terminal-node.ts";

const root = new URL("../", import.meta.url).pathname;
const program = "examples/what-you-see/node.ts";

/** Between what terminals show. */
const divider = "\n--------\n";

/** What differs from run to run is made the same. To see what the guide should show: `SHOW_TRANSCRIPT=1 npm test -- test/what-you-see.test.ts` */
function normalised(text: string, directory: string): string {
  const ports = new Map<string, string>();
  return text
    .replaceAll(directory, "/tmp")
    .replace(/foundation-\d+/g, "foundation-1000")
    .replaceAll(`file://${root}`, "")
    .replace(/^\d\d:\d\d:\d\d/gm, "12:00:00")
    .replace(/(127\.0\.0\.1:)(\d+)/g, (_, host: string, port: string) => {
      if (!ports.has(port)) ports.set(port, String(40_001 + ports.size));
      return host + ports.get(port);
    })
    .replace(/restartsInMs=\d+/g, "restartsInMs=50")
    .replace(/\n *… \d+ internal frames/g, "\n                 … 9 internal frames")
    .trimEnd();
}

it("[X21] [X22] [Y18] [Y20] [Y21] [Y22] three terminals show what the guide says they show", async () => {
  const directory = await mkdtemp(join(tmpdir(), "fd-see-"));
  const env = { TMPDIR: directory };
  await using bonn = new TerminalNode(program, ["bonn"], env);
  await bonn.sees(/singleton started/);
  await using graz = new TerminalNode(program, ["graz"], env);
  await graz.sees(/node started/);
  await bonn.sees(/member joined/);
  const seed = /address=(\S+)/.exec(bonn.log)?.[1] as string;
  await using lyon = new TerminalNode(program, ["lyon"], {
    ...env,
    FOUNDATION_CLUSTER: "none",
    FOUNDATION_SEEDS: seed,
    FOUNDATION_SECRET: "not the right secret",
    FOUNDATION_CLUSTERNAME: "default",
  });
  await lyon.sees(/singleton started/);
  await bonn.sees(/connection refused/);
  graz.type("coffee");
  await graz.sees(/asked from/);
  await bonn.sees(/singleton ended/);
  await graz.sees(/singleton started/);
  graz.type("restock");
  await graz.sees(/message reached nobody/);
  await bonn.kill();
  await graz.sees(/member died/);
  const guide = await readFile(`${root}docs/guides/what-you-see.md`, "utf8");
  const terminals = [bonn.log, graz.log, graz.printed, lyon.log].map((text) => text.trim());
  const seen = normalised(terminals.join(divider), directory).split(divider);
  const shown = [...guide.matchAll(/^```console\n\$ .*\n([\s\S]*?)\n```$/gm)].map(([, text]) => text);
  await Promise.all([graz.kill(), lyon.kill()]);
  await rm(directory, { recursive: true, force: true });
  if (process.env.SHOW_TRANSCRIPT !== undefined) process.stdout.write(seen.join(divider));
  expect(shown).toEqual(seen);
}, 60_000);
