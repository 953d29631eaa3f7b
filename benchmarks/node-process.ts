// Runs one program, a module of exported functions, in a process of its own, and calls them for the benchmark that
// started it (node-processes.ts).
import { pathToFileURL } from "node:url";

interface Call {
  readonly id: number;
  readonly name: string;
  readonly args: readonly unknown[];
}

// A benchmark that ends, however it ends, must not leave its processes behind.
process.on("disconnect", () => process.exit());
process.on("message", (call: Call) => void answer(call));

const program = import(pathToFileURL(process.argv[2] ?? "").href) as Promise<
  Record<string, (...args: readonly unknown[]) => unknown>
>;

async function answer({ id, name, args }: Call): Promise<void> {
  try {
    const result = await (await program)[name]?.(...args);
    process.send?.({ id, result });
  } catch (error) {
    process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}
