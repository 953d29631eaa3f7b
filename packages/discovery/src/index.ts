export { DiscoveryError, type DiscoveryErrorCode, discoveryErrorCodes } from "./errors.ts";
export { hasLivingNodes } from "./living-nodes.ts";
export { LocalDiscovery } from "./local-discovery.ts";
export { directoryUnusable, ensurePrivateDirectory } from "./private-directory.ts";
export { type FoundFile, readPrivateFile, type WriteOptions, writePrivateFile } from "./private-file.ts";
export { parseSeed, StaticDiscovery } from "./static-discovery.ts";
export type { Announcement, DiscoveryStrategy, PeerCandidate } from "./strategy.ts";
