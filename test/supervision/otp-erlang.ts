import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Ending, NodeSpec, Step, SupervisionCase } from "./supervision-case.ts";

/** Why cases cannot be run on Erlang here; undefined when they can. */
export function erlangUnavailable(): string | undefined {
  const program =
    'io:format("~w", [is_tuple(element(2, beam_lib:chunks(code:which(supervisor), [abstract_code])))]), halt().';
  const { status, stdout } = spawnSync("erl", ["-noshell", "-eval", program], { encoding: "utf8", timeout: 20_000 });
  if (status !== 0) return "erl is not installed (Debian: erlang-base)";
  return stdout === "true" ? undefined : "this Erlang comes without the abstract code of its supervisor";
}

/** How long all cases of a run may take. Wall milliseconds. */
const runMsMax = 120_000;
/** Erlang lives in real time on a busy machine, so what is late there is later. */
const realMsPerVirtualMs = 5;

/** A case, and when each of its steps is over, in milliseconds. */
type TimedCase = SupervisionCase & { readonly times: readonly number[] };

/** Runs cases on OTP's own supervisors. @returns what happened in each, as {@link forErlang} shows it. */
export async function runOnErlang(cases: readonly TimedCase[]): Promise<string[][]> {
  const directory = await mkdtemp(join(tmpdir(), "otp-cases-"));
  try {
    const file = join(directory, "cases");
    await writeFile(file, cases.map((each, index) => `${term([index, each])}.\n`).join(""));
    const driver = fileURLToPath(new URL("./otp_driver.erl", import.meta.url));
    const program = `{ok, M, B} = compile:file(${JSON.stringify(driver)}, [binary, return_errors]), code:load_binary(M, "", B), M:main([${JSON.stringify(file)}]).`;
    const options = { timeout: runMsMax, maxBuffer: 1 << 28 };
    const { stdout } = await promisify(execFile)("erl", ["+S", "1", "-noshell", "-eval", program], options);
    const results: string[][] = [];
    for (const block of stdout.split("done\n").slice(0, -1)) {
      const [head = "", ...lines] = block.trim().split("\n");
      results[Number(head.replace("case ", ""))] = normalise(lines);
    }
    return results;
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** What a model or a run has told, without what has no order in Erlang. */
export function forErlang(lines: readonly string[]): string[] {
  return normalise(lines.map((line) => line.replace(/^(> \w+) .*/, "$1")));
}

/**
 * Within a step the ends of supervisors are told by whoever hears of them, so they are put behind everything else; children
 * of a dynamic supervisor are stopped at the same time, in any order.
 */
function normalise(lines: readonly string[]): string[] {
  const result: string[] = [];
  let ends: string[] = [];
  let parallel: string[] = [];
  for (const line of lines) {
    const isParallel = /^stop d|^report \w+ shutdown_error \*/.test(line);
    if (isParallel) parallel.push(line);
    else if (line.startsWith("end ")) ends.push(line);
    else {
      result.push(...parallel.sort());
      parallel = [];
      if (line.startsWith(">") || line.endsWith(" live")) result.push(...ends.splice(0).sort());
      result.push(line.trim());
    }
  }
  ends = [];
  return result;
}

// ---- Erlang terms ----

function term([number, { root, steps, times }]: readonly [number, TimedCase]): string {
  const timed = steps.map((step, index) => `{at, ${Math.floor((times[index] as number) / 1_000)}, ${stepTerm(step)}}`);
  return `{${number}, ${node(root)}, [${timed.join(", ")}]}`;
}

/** oneForOne becomes one_for_one. */
const atom = (word: string): string => word.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const shutdown = (shutdownMs: NodeSpec["shutdownMs"]): string =>
  typeof shutdownMs === "number" ? String(shutdownMs * realMsPerVirtualMs) : atom(shutdownMs);

function node(spec: NodeSpec): string {
  const { kind, id, restart, significant, shutdownMs } = spec;
  const common = `kind => ${kind}, id => ${id}, restart => ${restart}, significant => ${significant}, shutdown => ${shutdown(shutdownMs)}`;
  if (spec.kind === "worker") return `#{${common}, stop => ${spec.stop}}`;
  const intensity = `intensity => ${spec.intensity}, period => ${Math.floor(spec.periodMs / 1_000)}`;
  if (spec.kind === "dynamic") return `#{${common}, ${intensity}, template => ${node(spec.template)}}`;
  const children = spec.children.map(node).join(", ");
  return `#{${common}, ${intensity}, strategy => ${atom(spec.strategy)}, auto_shutdown => ${atom(spec.autoShutdown)}, children => [${children}]}`;
}

const endings: Record<Ending, string> = {
  crash: "crash",
  normal: "normal",
  shutdown: "shutdown",
  shutdownDetail: "{shutdown, detail}",
  kill: "kill",
};

function stepTerm(step: Step): string {
  switch (step.kind) {
    case "pause":
      return "pause";
    case "failStarts":
      return `{fail_starts, ${step.id}, ${step.times}}`;
    case "ends":
      return `{ends, ${step.supervisor}, [${step.ends.map(([id, ending]) => `{${id}, ${endings[ending]}}`).join(", ")}]}`;
    case "killSupervisor":
      return `{kill_supervisor, ${step.supervisor}}`;
    case "startChild":
      return `{call, startChild, ${step.supervisor}, ${node(step.child)}}`;
    default:
      return `{call, ${step.kind}, ${step.supervisor}, ${step.id}}`;
  }
}
