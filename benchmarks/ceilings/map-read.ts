// A lookup of a name, bare: a read of a Map.
import { type Workbench, workbench } from "../cost.ts";

const names = 10_000;
const lookups = 5_000_000;

export const { round }: Workbench = workbench({
  lookup: () => {
    const owners = new Map(Array.from({ length: names }, (_, index) => [`sink-${index}`, { index }]));
    const wanted = Array.from({ length: names }, (_, index) => `sink-${index}`);
    const run = async (): Promise<void> => {
      let found = 0;
      for (let done = 0; done < lookups / names; done++) {
        for (const name of wanted) if (owners.get(name) !== undefined) found++;
      }
      if (found !== lookups) throw new Error(`${found} of ${lookups} names were found.`);
    };
    return { units: lookups, run };
  },
});
