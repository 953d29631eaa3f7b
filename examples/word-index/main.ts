// The main job: `npm start [-- FOLDER]`. README.md beside this file says what happens.
import { constants } from "node:os";
import { Demo, DemoError } from "./demo.ts";
import { type Options, parseOptions, UsageError, usableFolder, usage } from "./options.ts";
import { PlainView } from "./plain-view.ts";
import { TerminalView } from "./terminal-view.ts";
import { defaultRoots, describeLeftOut, readTexts, rootOf } from "./text-source.ts";
import { JsonView, type View } from "./view.ts";

/** Everything held. */
const succeeded = 0;
/** Something did not hold, or the demo could not go on. */
const failed = 1;
/** The command line cannot be used; nothing was started. */
const misused = 2;

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(args);
    if (options.help) {
      process.stdout.write(usage);
      return succeeded;
    }
    return await runDemo(options);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.code}: ${error.message}\n`);
    return misused;
  }
}

async function runDemo({ folder, json, keep }: Options): Promise<number> {
  const roots = folder === undefined ? defaultRoots : [rootOf(await usableFolder(folder))];
  const texts = await readTexts(roots);
  const leftOut = describeLeftOut(texts);
  if (texts.files.length === 0) {
    const why = leftOut === undefined ? "it is empty" : `left out: ${leftOut}`;
    throw new UsageError("noText", `${folder} holds no text files that can be read; ${why}`);
  }
  await using demo = await Demo.open(texts.files, viewFor(json));
  // The default folders are known to hold files that are no text.
  if (folder !== undefined && leftOut !== undefined) demo.note(`left out: ${leftOut}`);
  let interruptedBy: NodeJS.Signals | undefined;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => demo.interrupt((interruptedBy = signal)));
  }
  let code = failed;
  try {
    const summary = await demo.run();
    code = summary.ok ? succeeded : failed;
    if (keep) await demo.keep();
  } catch (error) {
    if (!(error instanceof DemoError)) throw error;
    if (error.code === "interrupted") return codeAfter(interruptedBy, code === succeeded);
    process.stderr.write(`${error.code}: ${error.message}\n${demo.errorOutput()}`);
    return failed;
  }
  if (code !== succeeded) process.stderr.write(demo.errorOutput());
  return code;
}

/** A kept cluster is meant to be interrupted; otherwise the shell's convention for signals holds. */
function codeAfter(signal: NodeJS.Signals | undefined, isDone: boolean): number {
  return isDone || signal === undefined ? succeeded : 128 + constants.signals[signal];
}

function viewFor(json: boolean): View {
  if (json) return new JsonView();
  return process.stdout.isTTY ? new TerminalView(process.stdout) : new PlainView();
}

process.exitCode = await main(process.argv.slice(2));
