import type { Registry } from "@foundation/registry";
import type { MemberView } from "./member-view.ts";
import type { SingletonStarts } from "./singleton-starts.ts";
import type { SpecTable } from "./spec-table.ts";

/** What a {@link SingletonOutlook} looks at. */
interface OutlookSurroundings {
  readonly registry: Registry;
  readonly table: SpecTable;
  readonly view: MemberView;
  readonly starts: SingletonStarts;
}

/** Says why a singleton is not there (yet): in the errors of those that wait for it, and of those that ask it meanwhile. */
export class SingletonOutlook {
  readonly #surroundings: OutlookSurroundings;

  constructor(surroundings: OutlookSurroundings) {
    this.#surroundings = surroundings;
  }

  /** Why it will not be there. */
  whyNot(name: string): string {
    const givenUp = this.#surroundings.table.get(name)?.givenUp;
    if (givenUp === undefined) return `singleton ${JSON.stringify(name)} was removed`;
    return `singleton ${JSON.stringify(name)} ended too often and was given up on ${givenUp.nodeId}: ${givenUp.reason}`;
  }

  /** Why it is not there yet. */
  whyNotYet(name: string): string {
    const { registry, table, view, starts } = this.#surroundings;
    const holder = registry.holder(name);
    if (holder?.epoch === 0) return `the name belongs to ${holder.ref}, which is no singleton, as long as that lives`;
    const spec = table.get(name);
    const candidates = spec === undefined ? [] : view.candidates(spec);
    if (candidates.length === 0) return spec === undefined ? "its spec is on its way" : "no member can host it";
    const startingOn = starts.startingOn(name);
    if (startingOn !== undefined)
      return `${startingOn} is starting it: its onStart is at work, and may wait for what waits for it, or the name is on its way`;
    const failure = starts.lastFailure(name);
    if (failure === undefined) {
      const doubts = view.electorate().doubts.join(", ");
      return `it should run on one of ${candidates.join(", ")}${doubts === "" ? "" : `; no answer from ${doubts}, which may run it`}`;
    }
    const { nodeId, reason, failures, hadStarted } = failure;
    const times = failures === 1 ? "once" : `${failures} times in a row`;
    return `it ${hadStarted ? "ended" : "did not start"} on ${nodeId}, ${times}, at last for ${reason}`;
  }
}
