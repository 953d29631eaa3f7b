import { closeCode } from "../handshake/close-code.ts";
import type { LinkDownReason } from "./link.ts";

/** Why a link ended one of whose connections was closed by the peer. */
export function downReason(code: number, reason: string): LinkDownReason {
  if (code === closeCode.goodbye) return { kind: "goodbye", reason };
  return code === 1006 ? { kind: "lost" } : { kind: "closed", code, reason };
}

/** What the connections of a link are closed with that ended for this reason. */
export function closeFrameFor(reason: LinkDownReason): { code: number; text: string } {
  switch (reason.kind) {
    case "local":
      return { code: reason.code, text: reason.reason };
    case "superseded":
      return { code: closeCode.duplicate, text: "superseded by a newer incarnation" };
    case "goodbye":
      return { code: closeCode.normal, text: "goodbye" };
    case "closed":
    case "lost":
      return { code: closeCode.normal, text: "another connection of the link ended" };
  }
}
