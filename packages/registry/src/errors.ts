import { type ActorRef, FoundationError } from "@foundation/actor";

/** Every code that this package's errors carry. `docs/reference/errors.md` says what each means and what to do. */
export const registryErrorCodes = ["alreadyRegistered", "invalidName", "notLocal", "reservedName", "stopped"] as const;

/** One of {@link registryErrorCodes}. */
export type RegistryErrorCode = (typeof registryErrorCodes)[number];

/** An error of the registry package. */
export class RegistryError extends FoundationError<RegistryErrorCode> {
  /** With `alreadyRegistered`: who has the name. */
  declare readonly owner: ActorRef | undefined;

  constructor(code: RegistryErrorCode, message: string, owner?: ActorRef) {
    super(code, message);
    // Not shown where there is none.
    if (owner !== undefined) this.owner = owner;
  }

  override get name(): string {
    return "RegistryError";
  }
}
