import { Socket } from "node:net";
import type { PeerAddress } from "@foundation/transport";
import { Pipe } from "./pipe.ts";
import type { Wire } from "./wire.ts";

/** One connection through the harness: what a node dialled, and the connection to where it wanted to get. */
export class ProxiedConnection {
  readonly #client: Socket;
  readonly #upstream = new Socket({ allowHalfOpen: true });
  readonly #target: PeerAddress;
  readonly #wires: readonly [forth: Wire, back: Wire];
  readonly #pipes: readonly Pipe[];
  readonly #onGone: () => void;
  readonly #unsubscribe: readonly (() => void)[];
  #isConnecting = false;
  #isGone = false;

  /** @param onGone called once, when both sockets are closed. */
  constructor(client: Socket, target: PeerAddress, wires: readonly [forth: Wire, back: Wire], onGone: () => void) {
    const [forth, back] = wires;
    this.#client = client;
    this.#target = target;
    this.#wires = wires;
    this.#onGone = onGone;
    const breakConnection = (): void => this.reset();
    this.#pipes = [
      new Pipe({ wire: forth, source: client, sink: this.#upstream, breakConnection }),
      new Pipe({ wire: back, source: this.#upstream, sink: client, breakConnection }),
    ];
    for (const socket of [client, this.#upstream]) {
      socket.setNoDelay(true);
      socket.on("close", () => this.#closed());
    }
    // A dial that is given up before it got through has nobody left to tell.
    client.on("end", () => this.#isConnecting || this.reset());
    this.#unsubscribe = wires.map((wire) => wire.onChange(() => this.#connect()));
    this.#connect();
  }

  /** Breaks the connection: both nodes get a TCP reset. */
  reset(): void {
    for (const pipe of this.#pipes) pipe.close();
    this.#client.resetAndDestroy();
    if (this.#isConnecting) this.#upstream.resetAndDestroy();
    else this.#upstream.destroy();
  }

  /** A dial gets through when both its packet and the answer do; until then it hangs, as it does when both are dropped. */
  #connect(): void {
    if (this.#isConnecting || this.#isGone || this.#wires.some(({ state }) => state !== "open")) return;
    this.#isConnecting = true;
    const { host, port } = this.#target;
    this.#upstream.connect(port, host);
    for (const pipe of this.#pipes) pipe.start();
  }

  #closed(): void {
    if (this.#client.destroyed && !this.#isConnecting && !this.#upstream.destroyed) return this.reset();
    if (this.#isGone || !this.#client.destroyed || !this.#upstream.destroyed) return;
    this.#isGone = true;
    for (const pipe of this.#pipes) pipe.close();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#onGone();
  }
}
