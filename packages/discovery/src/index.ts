export { DiscoveryError, type DiscoveryErrorCode, discoveryErrorCodes } from "./errors.ts";
export { LocalDiscovery } from "./local-discovery.ts";
export { ensurePrivateDirectory } from "./private-directory.ts";
export { parseSeed, StaticDiscovery } from "./static-discovery.ts";
export type { Announcement, DiscoveryStrategy, PeerCandidate } from "./strategy.ts";
