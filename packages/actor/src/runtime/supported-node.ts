import { ActorError } from "../errors.ts";

/** The oldest Node that the packages run on: what `engines` says, which npm only warns of. */
export const oldestNode = "22.13";

/**
 * Refuses a Node that is too old, before it fails at the first function that it does not have.
 *
 * @param version that of Node, or of the Node that another platform stands for. Absent: a platform that names none is not judged.
 * @throws ActorError `unsupportedNode`.
 */
export function assertSupportedNode(version: string | undefined = process.versions.node): void {
  if (version === undefined) return;
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldestNode.split(".").map(Number);
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw new ActorError(
    "unsupportedNode",
    `this is Node ${version}; the packages of Foundation need ${oldestNode} or newer: install that, or look which Node your PATH leads to`,
  );
}
