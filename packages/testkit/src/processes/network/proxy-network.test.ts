import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ProxyNetwork } from "./proxy-network.ts";

/** What one end of a connection has seen. */
interface End {
  readonly socket: Socket;
  readonly received: Buffer;
  receivedBytes: number;
  error: string | undefined;
  isEnded: boolean;
}

function watch(socket: Socket): End {
  const chunks: Buffer[] = [];
  const end: End = {
    socket,
    get received() {
      return Buffer.concat(chunks);
    },
    receivedBytes: 0,
    error: undefined,
    isEnded: false,
  };
  socket.on("data", (bytes) => {
    chunks.push(bytes);
    end.receivedBytes += bytes.length;
  });
  socket.on("error", (error: NodeJS.ErrnoException) => (end.error = error.code));
  socket.on("end", () => (end.isEnded = true));
  return end;
}

async function until(what: string, condition: () => boolean): Promise<void> {
  const endAt = performance.now() + 5_000;
  while (!condition()) {
    if (performance.now() > endAt) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

describe("a network of proxies", () => {
  let network: ProxyNetwork;
  let server: Server;
  let accepted: End[];

  beforeEach(async () => {
    network = new ProxyNetwork(1);
    accepted = [];
    server = createServer({ allowHalfOpen: true }, (socket) => accepted.push(watch(socket)));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    network.listening("b", address());
  });

  afterEach(async () => {
    await network.close();
    server.close();
    for (const { socket } of accepted) socket.destroy();
  });

  const address = () => ({ host: "127.0.0.1", port: (server.address() as AddressInfo).port });

  async function dial(): Promise<End> {
    const { host, port } = await network.route("a", address());
    expect(port).not.toBe(address().port);
    const dialer = watch(connect({ host, port, allowHalfOpen: true }));
    await once(dialer.socket, "connect");
    return dialer;
  }

  /** A connection from a to b, open at both ends. */
  async function open(): Promise<[a: End, b: End]> {
    const count = accepted.length;
    const dialer = await dial();
    await until("the dial has got through", () => accepted.length > count);
    return [dialer, accepted[count] as End];
  }

  const noise = (length: number): Buffer => Buffer.alloc(length, "foundation");

  it("carries bytes both ways, unchanged, more than any queue holds, and ends them separately", async () => {
    const [a, b] = await open();
    const [there, back] = [noise(8_000_000), noise(3_000_001)];
    a.socket.end(there);
    b.socket.write(back);
    await until("b has everything", () => b.isEnded);
    expect(b.received.equals(there)).toBe(true);
    b.socket.end("the end");
    await until("a has everything", () => a.isEnded);
    expect(a.received.equals(Buffer.concat([back, Buffer.from("the end")]))).toBe(true);
    expect([a.error, b.error]).toEqual([undefined, undefined]);
  });

  it("does not route what is no node, a node to itself, or anybody to a process that is gone", async () => {
    const nowhere = { host: "127.0.0.1", port: 1 };
    expect(await network.route("a", nowhere)).toBe(nowhere);
    expect(await network.route("b", address())).toEqual(address());
    network.exited("b");
    expect(await network.route("a", address())).toEqual(address());
    network.block("a", "b");
    // Into a partition a dial hangs, whatever became of the process behind it.
    expect(await network.route("a", address())).not.toEqual(address());
  });

  it("a blocked direction holds bytes, its sender feels it, and healing delivers all of them in order", async () => {
    const [a, b] = await open();
    network.block("a", "b");
    const sent = noise(20_000_000);
    a.socket.write(sent);
    b.socket.write("the other direction works");
    await until("a hears b", () => a.receivedBytes > 0);
    expect(b.receivedBytes).toBe(0);
    expect(a.socket.writableLength).toBeGreaterThan(0);
    network.heal();
    await until("b has everything", () => b.receivedBytes === sent.length);
    expect(b.received.equals(sent)).toBe(true);
  });

  it("a blocked direction holds back the end of a process as well", async () => {
    const [a, b] = await open();
    network.block("a", "b");
    network.block("b", "a");
    a.socket.resetAndDestroy();
    b.socket.write("are you there?");
    await until("the end has got to the network", () => a.socket.closed);
    expect([b.isEnded, b.error]).toEqual([false, undefined]);
    network.heal();
    await until("b learns of it", () => b.socket.destroyed);
    expect(b.error).toBe("ECONNRESET");
  });

  it.each(["block", "swallow"] as const)(
    "dials hang while either direction is under %s, and get through after healing",
    async (verb) => {
      network[verb]("b", "a");
      const a = await dial();
      const givenUp = await dial();
      givenUp.socket.write("12345");
      await until("that waits in the network", () => network.describe().some((line) => line.includes(" 5 under way")));
      givenUp.socket.destroy();
      await until("it is given up", () => network.describe().every((line) => line.includes(" 0 under way")));
      a.socket.write("hello");
      expect(accepted).toHaveLength(0);
      network.heal();
      await until("the first has got through", () => accepted[0]?.received.toString() === "hello");
      expect(a.error).toBeUndefined();
      expect(accepted).toHaveLength(1);
    },
  );

  it("what is swallowed is gone for good while both sockets stay open; healing resets the connection", async () => {
    const [a, b] = await open();
    network.swallow("a", "b");
    a.socket.write("lost");
    b.socket.write("heard");
    await until("a hears b", () => a.received.toString() === "heard");
    expect([a.socket.destroyed, b.socket.destroyed, b.receivedBytes]).toEqual([false, false, 0]);
    network.heal();
    await until("both ends are reset", () => a.socket.destroyed && b.socket.destroyed);
    expect([a.error, b.error, b.receivedBytes]).toEqual(["ECONNRESET", "ECONNRESET", 0]);
  });

  it("healing leaves connections alone that have lost nothing", async () => {
    const [a, b] = await open();
    network.swallow("a", "b");
    network.heal();
    a.socket.write("still here");
    await until("b hears a", () => b.received.toString() === "still here");
  });

  it("cuts with a reset at both ends", async () => {
    const [a, b] = await open();
    network.cut("b", "a", {});
    await until("both ends are reset", () => a.socket.destroyed && b.socket.destroyed);
    expect([a.error, b.error]).toEqual(["ECONNRESET", "ECONNRESET"]);
  });

  it.each([0, 1, 70_000])("cuts behind exactly %d bytes of one direction", async (afterBytes) => {
    const [a, b] = await open();
    network.cut("a", "b", { afterBytes });
    a.socket.write(noise(100_000));
    await until("both ends are reset", () => a.socket.destroyed && b.socket.destroyed);
    expect(b.received).toHaveLength(afterBytes);
    // Once: the next connection is as good as any.
    const [next, other] = await open();
    next.socket.write(noise(100_000));
    await until("everything arrives", () => other.receivedBytes === 100_000);
  });

  it("delay holds back one direction; the other one, and what was sent later without delay, is there before", async () => {
    const [a, b] = await open();
    network.setPath({ delayMs: 150, jitterMs: 100 }, "a", "b");
    a.socket.write("first");
    b.socket.write("second");
    await until("a hears b", () => a.receivedBytes > 0);
    expect(b.receivedBytes).toBe(0);
    await until("b hears a", () => b.received.toString() === "first");
  });

  it("keeps the order of bytes under jitter, loss and a slow wire", async () => {
    const [a, b] = await open();
    network.setPath({ delayMs: 1, jitterMs: 30, loss: 0.02, bytesPerMs: 2_000 });
    const sent = Buffer.from(Array.from({ length: 20_000 }, (_, index) => `${index},`).join(""));
    for (let at = 0; at < sent.length; at += 5_000) a.socket.write(sent.subarray(at, at + 5_000));
    await until("b has everything", () => b.receivedBytes === sent.length);
    expect(b.received.equals(sent)).toBe(true);
  });

  it("shares a slow wire between connections: what one has sent, the other waits for", async () => {
    const [big, bigEnd] = await open();
    const [small, smallEnd] = await open();
    network.setPath({ bytesPerMs: 500 }, "a", "b");
    big.socket.write(noise(100_000));
    await until("the first bytes have arrived", () => bigEnd.receivedBytes > 0);
    small.socket.write("waits");
    await until("the small one has arrived", () => smallEnd.receivedBytes === 5);
    // Two sockets: of what the system has for both, the small one may be read first.
    expect(bigEnd.receivedBytes).toBeGreaterThan(90_000);
  });

  it("drops whole WebSocket messages of one direction, and nothing before the connection is one", async () => {
    const [a, b] = await open();
    network.setPath({ dropFrames: 1 }, "a", "b");
    const upgrade = "GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n";
    a.socket.write(upgrade);
    a.socket.write(Buffer.of(0x82, 3, 1, 2, 3));
    a.socket.end(Buffer.of(0x89, 0));
    await until("the connection ends", () => b.isEnded);
    expect(b.received.equals(Buffer.concat([Buffer.from(upgrade), Buffer.of(0x89, 0)]))).toBe(true);
  });

  it("takes a path of its own for one direction, and the common one for all others", () => {
    network.setPath({ delayMs: 5 }, "a", "b");
    network.setPath({ delayMs: 7, loss: 0.5 });
    network.setPath({ loss: 0 }, "b", "a");
    expect(network.describe()).toEqual([
      expect.stringMatching(/^a>b open, .* delayMs=5 loss=0\.5$/),
      expect.stringMatching(/^b>a open, .* delayMs=7$/),
    ]);
  });

  it("leaves nothing behind when it is closed in the middle of everything", async () => {
    const handles = (): number => process.getActiveResourcesInfo().filter((name) => /TCP|Timeout/.test(name)).length;
    const before = handles();
    const [a] = await open();
    network.setPath({ delayMs: 60_000 }, "a", "b");
    a.socket.write(noise(3_000_000));
    network.block("b", "a");
    const hanging = await dial();
    await network.close();
    for (const { socket } of [a, hanging, ...accepted]) socket.destroy();
    await until("everything is gone", () => handles() <= before);
  });
});
