import { ActorRef } from "@foundation/actor";
import { ByteReader, ByteWriter, Codec } from "@foundation/transport";

/**
 * Makes what `ActorSystem`'s option `simulateRemote` wants: a function that sends a value through the codec and back, so
 * that it arrives as it would on another node and is refused if it could not get there.
 *
 * `Foundation.start({ simulateRemote: true })` does it for a node; this is for an `ActorSystem` of its own.
 *
 * @returns throws TransportError `notSerializable`. Refs reach the same actor and lose their call options.
 */
export function simulatedHop(): (value: unknown) => unknown {
  const writer = new ByteWriter();
  let refs: ActorRef[] = [];
  const codec = new Codec({
    reference: {
      is: (value) => value instanceof ActorRef,
      encode: (value) => refs.push(value as ActorRef) - 1,
      decode: (index) => withoutOptions(refs[index as number] as ActorRef),
    },
  });
  return (value) => {
    writer.reset();
    refs = [];
    codec.encode(value, writer);
    return codec.decodeRest(new ByteReader(writer.bytes()));
  };
}

/** How long to wait and which channel to take is said by whoever calls, not by whoever gave the ref away. */
function withoutOptions(ref: ActorRef): ActorRef {
  return new ActorRef(ref.recipient);
}
