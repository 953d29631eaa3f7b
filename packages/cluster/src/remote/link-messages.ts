import type { Log } from "@foundation/actor";
import type { ByteReader, LinkDownReason, LinkReceiver } from "@foundation/transport";
import { giveSignOfLife } from "../detection/sign-of-life.ts";
import type { NodeProtocols } from "../parts/node-protocols.ts";
import { messageKind } from "./message-kind.ts";
import type { RemoteSession } from "./remote-session.ts";

/** What {@link LinkMessages} go to. */
interface LinkMessagesOptions {
  readonly session: RemoteSession;
  readonly protocols: NodeProtocols;
  readonly log: Log;
  readonly down: (reason: LinkDownReason) => void;
}

/** Takes what comes over one link, for that part of this node that it is for. */
export class LinkMessages implements LinkReceiver {
  readonly #session: RemoteSession;
  readonly #protocols: NodeProtocols;
  readonly #log: Log;
  readonly #down: (reason: LinkDownReason) => void;

  constructor({ session, protocols, log, down }: LinkMessagesOptions) {
    this.#session = session;
    this.#protocols = protocols;
    this.#log = log;
    this.#down = down;
  }

  message(channel: string, reader: ByteReader): void {
    const { link } = this.#session;
    const kind = reader.u8();
    if (kind === messageKind.ping) return giveSignOfLife(link);
    if (kind === messageKind.pong) return;
    if (kind === messageKind.protocol) return this.#protocols.receive(link, reader);
    if (this.#session.receive(kind, reader, channel)) return;
    this.#log.debug("unknown message kind ignored", { from: link.peer.nodeId, kind });
  }

  down(reason: LinkDownReason): void {
    this.#down(reason);
  }
}
