import type { Connection, ConnectionHandlers, Listener, PeerAddress } from "@foundation/transport";
import type { CaseTime } from "./contract.ts";
import type { TransportSubject } from "./transport-contract.ts";

/** How long a dial of a case may take. Milliseconds. */
const dialMsMax = 5_000;
/** How long a case waits for what must not come. Milliseconds. */
const quietMs = 30;

/** One end of a connection, and everything it reported. */
export class RecordedConnection implements ConnectionHandlers {
  readonly connection: Connection;
  readonly frames: Uint8Array[] = [];
  readonly closes: { readonly code: number; readonly reason: string }[] = [];
  drains = 0;
  /** Reports that came while {@link during} ran. */
  reentered = 0;
  #isInside = false;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** Makes this the one that is told. */
  attach(): this {
    this.connection.attach(this);
    return this;
  }

  onFrame(frame: Uint8Array): void {
    this.#note();
    this.frames.push(frame);
  }

  onDrain(): void {
    this.#note();
    this.drains++;
  }

  onClose(code: number, reason: string): void {
    this.#note();
    this.closes.push({ code, reason });
  }

  /** Calls into the connection and counts what it reports meanwhile. */
  during(call: (connection: Connection) => void): void {
    this.#isInside = true;
    call(this.connection);
    this.#isInside = false;
  }

  /** The frames as text. */
  get texts(): string[] {
    return this.frames.map((frame) => Buffer.from(frame).toString());
  }

  #note(): void {
    if (this.#isInside) this.reentered++;
  }
}

/** Two connected ends. */
interface ConnectedPair {
  readonly dialed: RecordedConnection;
  readonly accepted: RecordedConnection;
  readonly listener: Listener;
}

/** What the cases of the transport contract work with. */
export class TransportBench {
  readonly subject: TransportSubject;
  readonly time: CaseTime;
  readonly #listeners: Listener[] = [];

  constructor(subject: TransportSubject, time: CaseTime) {
    this.subject = subject;
    this.time = time;
  }

  /** Listens on a free port, or at `address`; accepted ends are recorded in `accepted`. */
  async listen(address?: PeerAddress): Promise<{ listener: Listener; accepted: RecordedConnection[] }> {
    const accepted: RecordedConnection[] = [];
    const listener = await this.subject.listener.listen(
      address ?? { host: this.subject.host, port: 0 },
      (connection) => void accepted.push(new RecordedConnection(connection).attach()),
    );
    this.#listeners.push(listener);
    return { listener, accepted };
  }

  dial(address: PeerAddress, signal?: AbortSignal): Promise<Connection> {
    const options = { timeoutMs: dialMsMax, ...(signal === undefined ? {} : { signal }) };
    return this.subject.dialer.dial(address, options);
  }

  /** Two connected ends with recorders attached. */
  async connect(): Promise<ConnectedPair> {
    const { listener, accepted } = await this.listen();
    const dialed = new RecordedConnection(await this.dial(listener.address)).attach();
    const other = await this.time.eventually("the listener is told of the connection", () => accepted[0]);
    return { dialed, accepted: other, listener };
  }

  /** Waits until all `ends` have been told that they are closed, and that nothing follows. */
  async closed(...ends: RecordedConnection[]): Promise<void> {
    await this.time.eventually("both ends are closed", () => ends.every((end) => end.closes.length > 0) || undefined);
    await this.quiet();
  }

  /** Long enough for what must not come. */
  quiet(): Promise<void> {
    return this.time.pause(quietMs);
  }

  async close(): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.close()));
  }
}
