import { describe, expect, it } from "vitest";
import { allocatedBy } from "./allocation.ts";

const kept: number[][] = [];

/** An array of 1,000 numbers that are no small integers takes 8 bytes for each. */
async function allocate(count: number): Promise<void> {
  for (let index = 0; index < count; index++) kept[index % 100] = new Array<number>(1000).fill(index + 0.5);
}

describe("allocatedBy", () => {
  it("counts what is garbage already, over any number of collections", async () => {
    await allocate(1000);
    // 160 MB, of which 800 KB are alive at a time.
    const bytes = await allocatedBy(() => allocate(20_000));
    expect(bytes / 20_000).toBeGreaterThan(7_900);
    expect(bytes / 20_000).toBeLessThan(9_000);
  });

  it("counts next to nothing for work that allocates nothing", async () => {
    const idle = () => allocatedBy(async () => {});
    // The first ones load what measures.
    const measured = [await idle(), await idle(), await idle()];
    expect(Math.min(...measured)).toBeLessThan(200_000);
  });
});
