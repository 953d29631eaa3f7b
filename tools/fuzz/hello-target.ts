import { ByteWriter } from "@foundation/transport";
import type { SeededRandom } from "../../packages/testkit/src/world/seeded-random.ts";
import {
  HandshakeInitiator,
  type HandshakeOptions,
  HandshakeResponder,
} from "../../packages/transport/src/handshake/handshake.ts";
import { encodeHello } from "../../packages/transport/src/handshake/hello.ts";
import { agree, decodeTerms, encodeTerms } from "../../packages/transport/src/link/channel-agreement.ts";
import { channelOptionsSchema, defaultChannels } from "../../packages/transport/src/link/channel-options.ts";
import { varint } from "./mutation.ts";
import { Finding, type FuzzTarget } from "./target.ts";

const channels = defaultChannels.map((channel) => channelOptionsSchema.parse(channel));

const options = (nodeId: string): HandshakeOptions => ({
  secrets: [Buffer.from("the secret of the fuzzer"), Buffer.from("an older one")],
  hello: {
    versions: { min: 1, max: 1 },
    cluster: "fuzz",
    nodeId,
    incarnation: 1_700_000_000_000,
    address: { host: "127.0.0.1", port: 7450 },
    linkId: new Uint8Array(16).fill(7),
    channel: "control",
    connectionIndex: 0,
    nonce: new Uint8Array(32).fill(9),
    extension: encodeTerms(channels),
  },
});

function captures(): Uint8Array[] {
  const [initiator, responder] = [new HandshakeInitiator(options("a")), new HandshakeResponder(options("b"))];
  responder.receive(initiator.hello());
  const hellos = [initiator.hello(), responder.hello()];
  initiator.receive(responder.hello());
  const proof = initiator.proof();
  const outlived = initiator.outlived(1_800_000_000_000);
  responder.receive(proof);
  return [...hellos, proof, outlived, responder.proof(), responder.outlived(2 ** 53 - 1)];
}

/** What is read before anything is proved: hellos with their channels, proofs, and statements that a life is over. */
export function helloTarget(): FuzzTarget {
  return { name: "hello", captures: captures(), generate, read };
}

function read(input: Uint8Array): void {
  const responder = new HandshakeResponder(options("b"));
  const step = responder.receive(input);
  if (step.kind === "hello") {
    readTerms(step.peer.extension);
    responder.hello();
    if (responder.receive(input).kind !== "refused") throw new Finding("a hello passed as a proof");
  } else if (step.kind !== "refused") throw new Finding(`a first frame led to ${step.kind}`);
  const [greeted, initiator] = [new HandshakeResponder(options("b")), new HandshakeInitiator(options("a"))];
  greeted.receive(initiator.hello());
  const proved = greeted.receive(input);
  // The proofs that are right are among the captures, which the inputs are made from.
  if (proved.kind === "hello") throw new Finding("a second hello was read");
  const answered = initiator.receive(input);
  if (answered.kind === "verified" || answered.kind === "outlived") throw new Finding("no hello, and verified");
}

function readTerms(extension: Uint8Array | undefined): void {
  try {
    const terms = extension && decodeTerms(extension);
    const agreed = agree(channels, terms);
    if (typeof agreed !== "string" && agreed.length > channels.length)
      throw new Finding("more channels than there are");
  } catch (error) {
    if ((error as { code?: unknown }).code !== "malformed") throw error;
  }
}

/** A hello with odd values in its fields, and at times a field too many or too few. */
function generate(random: SeededRandom): Uint8Array {
  const text = (): string =>
    random.pick(["", "fuzz", "a", "__proto__", "../x", "a\0b", "\u{1f600}", "x".repeat(random.integer(1, 300))]);
  const number = (): number => random.pick([0, 1, 2, 127, 128, 65_535, 65_536, 2 ** 32, 2 ** 53 - 1]);
  const { hello } = options("a");
  if (random.chance(0.3)) {
    return encodeHello({
      ...hello,
      role: random.pick(["initiator", "responder"] as const),
      versions: { min: number(), max: number() },
      nodeId: random.chance(0.7) ? "a" : text(),
      extension: oddTerms(random),
    });
  }
  const writer = new ByteWriter();
  const fields: (() => void)[] = [
    () => writer.raw(Buffer.from("FNDN")),
    () => writer.u8(random.integer(0, 3)),
    () => writer.raw(varint(number())),
    () => writer.raw(varint(number())),
    () => writer.string(text()),
    () => writer.string(text()),
    () => writer.raw(varint(number())),
    () => writer.string(text()),
    () => writer.raw(varint(number())),
    () => writer.raw(random.bytes(16)),
    () => writer.string(text()),
    () => writer.raw(varint(number())),
    () => writer.raw(random.bytes(32)),
    () => writer.raw(varint(random.integer(0, 9))),
  ];
  for (const field of fields) for (let left = random.chance(0.97) ? 1 : random.pick([0, 2]); left > 0; left--) field();
  return writer.bytes().slice();
}

function oddTerms(random: SeededRandom): Uint8Array {
  const count = random.pick([0, 1, 5, 16, 17, 255]);
  const content: Uint8Array[] = [varint(count)];
  for (let left = Math.min(count, 20); left > 0; left--) {
    const name = random.pick(["control", "data", "", "x", "__proto__"]);
    const numbers = [
      random.integer(0, 4),
      ...Array.from({ length: 3 }, () => random.pick([0, 1, 4, 2 ** 20, 2 ** 53 - 1])),
    ];
    content.push(
      varint(name.length),
      Buffer.from(name),
      Uint8Array.of(numbers[0] as number),
      ...numbers.slice(1).map(varint),
    );
  }
  const channelsField = Buffer.concat(content);
  return Buffer.concat([
    varint(random.integer(1, 3)),
    varint(channelsField.length),
    channelsField,
    random.bytes(random.integer(0, 4)),
  ]);
}
