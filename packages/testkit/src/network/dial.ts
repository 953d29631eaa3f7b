import {
  type Connection,
  type DialOptions,
  formatAddress,
  type PeerAddress,
  TransportError,
} from "@foundation/transport";
import type { SimulatedRuntime } from "../world/simulated-runtime.ts";
import { redialMs } from "./path.ts";
import type { SimulatedNetwork } from "./simulated-network.ts";

/**
 * One dial: a question that is repeated until it is answered, by a door or by nobody at home, or time is up.
 *
 * Each way can be blocked on its own. A listener hears of the connection only when the dialler's next segment arrives.
 */
export class Dial {
  readonly connection: Promise<Connection>;
  readonly #network: SimulatedNetwork;
  readonly #from: { readonly host: string; readonly runtime: SimulatedRuntime };
  readonly #to: PeerAddress;
  #resolve: (connection: Connection) => void = () => {};
  #reject: (error: Error) => void = () => {};
  #isSettled = false;

  constructor(
    network: SimulatedNetwork,
    from: { readonly host: string; readonly runtime: SimulatedRuntime },
    to: PeerAddress,
    { timeoutMs, signal }: DialOptions,
  ) {
    this.#network = network;
    this.#from = from;
    this.#to = to;
    this.connection = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const timer = from.runtime.setTimer(timeoutMs, () => this.#fail("timeout", "did not answer in time"));
    const onAbort = (): void => this.#fail("closed", "was given up by its dialler");
    signal?.addEventListener("abort", onAbort);
    const settled = (): void => {
      timer.cancel();
      signal?.removeEventListener("abort", onAbort);
    };
    this.connection.then(settled, settled);
    if (signal?.aborted) onAbort();
    else this.#ask(redialMs);
  }

  #ask(pauseMs: number): void {
    if (this.#isSettled || this.#from.runtime.state === "dead") return;
    const { time } = this.#network;
    const { host } = this.#from;
    const again = time.schedule(pauseMs, () => this.#ask(2 * pauseMs));
    this.#travel(host, this.#to.host, () => {
      const isAnybodyHome = this.#network.door(this.#to) !== undefined;
      this.#travel(this.#to.host, host, () => {
        again.isCancelled = true;
        this.#from.runtime.run(() => this.#answered(isAnybodyHome));
      });
    });
  }

  #answered(isAnybodyHome: boolean): void {
    if (this.#isSettled) return;
    const door = isAnybodyHome ? this.#network.door(this.#to) : undefined;
    if (door === undefined) return this.#fail("connectionRefused", "refused the connection");
    this.#isSettled = true;
    this.#resolve(this.#network.connect(this.#from, { host: this.#to.host, door }));
  }

  #fail(code: "timeout" | "connectionRefused" | "closed", text: string): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#reject(new TransportError(code, `${formatAddress(this.#to)} ${text}`));
  }

  /** One packet of the exchange; lost ones are left to the next attempt. */
  #travel(from: string, to: string, arrived: () => void): void {
    const { delayMs, jitterMs, loss } = this.#network.route(from, to).options;
    const { random, time } = this.#network;
    const isLost = random.chance(loss) || !this.#network.isReachable(from, to);
    if (isLost) return;
    time.schedule(delayMs + random.between(0, jitterMs), arrived);
  }
}
