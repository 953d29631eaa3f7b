import { type FileHandle, open, writeFile } from "node:fs/promises";
import type { TextFile } from "./text-source.ts";

/** One text of a corpus: where it is in the corpus's file. */
export interface CorpusEntry {
  readonly id: number;
  readonly path: string;
  readonly offset: number;
  readonly bytes: number;
}

/**
 * A copy of all texts in one file.
 *
 * The files may change while they are being indexed, and some are fed twice; with a copy every process works on the same
 * bytes, so that the final index can be compared with one computed directly.
 */
export async function writeCorpus(path: string, files: readonly TextFile[]): Promise<CorpusEntry[]> {
  let offset = 0;
  const entries = files.map(({ path, bytes }, id) => {
    const entry = { id, path, offset, bytes: bytes.byteLength };
    offset += bytes.byteLength;
    return entry;
  });
  await writeFile(
    path,
    files.map(({ bytes }) => bytes),
    { mode: 0o600 },
  );
  return entries;
}

/** Reads texts of a corpus. */
export class CorpusReader implements AsyncDisposable {
  readonly #file: FileHandle;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async open(path: string): Promise<CorpusReader> {
    return new CorpusReader(await open(path, "r"));
  }

  async text({ offset, bytes }: Pick<CorpusEntry, "offset" | "bytes">): Promise<string> {
    const buffer = Buffer.alloc(bytes);
    const { bytesRead } = await this.#file.read(buffer, 0, bytes, offset);
    if (bytesRead !== bytes)
      throw new Error(`the corpus ends at ${offset + bytesRead}, ${bytes - bytesRead} bytes early`);
    return buffer.toString("utf8");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}
