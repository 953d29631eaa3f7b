import { type Link, TransportError } from "@foundation/transport";
import { messageKind } from "../remote/message-kind.ts";

const ping = Uint8Array.of(messageKind.ping);
const pong = Uint8Array.of(messageKind.pong);

/** Asks the peer of this link for a sign of life. */
export function askForLife(link: Link): void {
  sendSmall(link, ping);
}

/** Answers {@link askForLife} of the peer. */
export function giveSignOfLife(link: Link): void {
  sendSmall(link, pong);
}

function sendSmall(link: Link, message: Uint8Array): void {
  if (!link.isOpen) return;
  try {
    link.send("control", message, { isReserved: true });
  } catch (error) {
    // A full control queue says more about the peer than one more ping would; silence does the rest.
    if (!(error instanceof TransportError)) throw error;
  }
}
