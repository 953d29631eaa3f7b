import { OptionTable, optionRule, type Runtime, type Timer } from "@foundation/actor";
import { ClusterError } from "../errors.ts";
import type { Member } from "./member.ts";
import type { Membership } from "./membership.ts";

/** What `Cluster.ready` waits for. */
export interface ReadyOptions {
  /** Members that have to be up, this one included. */
  readonly size: number;
  /** Milliseconds until it fails with `notReady`. Default 10 000. */
  readonly timeoutMs?: number;
}

const readyTable = new OptionTable<ReadyOptions>("ready()", {
  size: optionRule.required(optionRule.wholeNumber({ min: 1 })),
  timeoutMs: optionRule.milliseconds({ min: 0 }),
});

/**
 * Resolves when at least `size` members are up.
 *
 * @throws ActorError `invalidOption`; ClusterError `notReady` at the deadline, with the members there are; `stopped`, made by the port,
 * when this node leaves before that.
 */
export async function whenReady(
  membership: Membership,
  options: ReadyOptions,
  { runtime, stopped }: { readonly runtime: Runtime; readonly stopped: () => ClusterError },
): Promise<void> {
  readyTable.check(options);
  const { size, timeoutMs = 10_000 } = options;
  const { events } = membership;
  if (membership.self.status === "leaving") throw stopped();
  const isReady = (): boolean => membership.members().filter(({ status }) => status === "up").length >= size;
  if (isReady()) return;
  await new Promise<void>((resolve, reject) => {
    const end = (settle: () => void): void => {
      timer.cancel();
      for (const detach of attached) detach();
      settle();
    };
    const timer: Timer = runtime.setTimer(timeoutMs, () => {
      const names = membership.members().map(({ nodeId, status }) => `${nodeId} (${status})`);
      const wanted = `${size} ${size === 1 ? "member was" : "members were"} wanted within ${timeoutMs} ms`;
      const advice = "start the others, or look in the log for peers that cannot be linked";
      const text = `${wanted}; there ${names.length === 1 ? "is" : "are"} ${names.join(", ")}; ${advice}`;
      end(() => reject(new ClusterError("notReady", text)));
    });
    const check = (): void => {
      if (isReady()) end(resolve);
    };
    const giveUp = ({ isSelf }: Member): void => {
      if (isSelf) end(() => reject(stopped()));
    };
    const attached = [
      events.attach("memberUp", check),
      events.attach("memberTrusted", check),
      events.attach("memberLeaving", giveUp),
    ];
  });
}
