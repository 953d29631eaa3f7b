export { RegistryError, type RegistryErrorCode, registryErrorCodes } from "./errors.ts";
export type { NameFollower } from "./name-follower.ts";
export { NamedActor } from "./named-actor.ts";
export type { ParkedMessage } from "./parked-messages.ts";
export type { ParkedNames } from "./parked-names.ts";
export { checkName, isName, nameBytesMax } from "./registration.ts";
export { type RegisterOptions, Registry } from "./registry.ts";
export type { NameOwner, RegistryEvents } from "./registry-events.ts";
