export { RegistryError, type RegistryErrorCode, registryErrorCodes } from "./errors.ts";
export { compareStamps, HybridClock, type Stamp } from "./hybrid-clock.ts";
export { NamedActor } from "./named-actor.ts";
export type { ParkedMessages } from "./parked-messages.ts";
export { checkName, isName, nameBytesMax } from "./registration.ts";
export { type NameOwner, type RegisterOptions, Registry, type RegistryEvents } from "./registry.ts";
