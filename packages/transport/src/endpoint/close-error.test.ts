import { expect, test } from "vitest";
import { closeCode } from "../handshake/close-code.ts";
import { closeError } from "./close-error.ts";

const address = { host: "10.0.0.5", port: 7400 };

// Codes that are taken for a rejection are not dialled again for a minute; two nodes that rejoin at once would do that to each other.
test("a dial that the other side gave up, because it stops or rejoins, may be tried again", () => {
  expect(closeError(address, closeCode.normal, "rejoining")).toMatchObject({ code: "unreachable" });
  expect(closeError(address, 1006, "")).toMatchObject({ code: "unreachable" });
  expect(closeError(address, closeCode.malformed, "malformed hello")).toMatchObject({ code: "protocol" });
});
