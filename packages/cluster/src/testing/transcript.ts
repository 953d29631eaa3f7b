import { expect } from "vitest";

/**
 * Replays a transcript: lines of `time what happens | what is done about it`. Each line's left half is done, and what comes of
 * it is compared with its right half; a difference shows the whole transcript, as it is written and as it was.
 *
 * @param act does what happens at `at`, and says what comes of it.
 */
export function expectTranscript(text: string, act: (at: number, what: string) => readonly string[]): void {
  const lines = text
    .trim()
    .split("\n")
    .map((line) => line.split("|").map((half) => half.trim().replace(/\s+/g, " ")));
  const written = lines.map(([left, right]) => `${left} | ${right ?? ""}`);
  const seen = lines.map(([left = ""]) => {
    const [at, ...what] = left.split(" ");
    return `${left} | ${act(Number(at), what.join(" ")).join(", ")}`;
  });
  expect(seen).toEqual(written);
}
