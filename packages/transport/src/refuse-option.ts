import { TransportError } from "./errors.ts";

/** Makes the error of a refused option. */
export function refuseOption(message: string): TransportError {
  return new TransportError("invalidOption", message);
}
