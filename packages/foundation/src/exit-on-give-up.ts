import type { GiveUp, Log } from "@foundation/actor";

/** What {@link exitOnGiveUp} ends, and where it says so. */
interface ExitOnGiveUpOptions {
  readonly log: Log;
  /** The node, once there is one. */
  node(): { stop(): Promise<void> } | undefined;
  /** Ends the process. */
  exit(code: number): void;
}

/**
 * Ends the process, once, with exit code 1 and in order, when a supervisor without a parent gives up: nothing in the
 * process starts its children again, and what started the process (systemd, Kubernetes) can start it afresh.
 */
export function exitOnGiveUp({ log, node, exit }: ExitOnGiveUpOptions): (giveUp: GiveUp) => void {
  let isEnding = false;
  return ({ supervisor, why }) => {
    if (isEnding) return;
    isEnding = true;
    log.error("the process ends: a root supervisor gave up", { supervisor, why });
    const end = (): void => exit(1);
    void Promise.resolve(node()?.stop()).then(end, (error: unknown) => {
      log.error("the node did not stop in order", { error });
      end();
    });
  };
}
