import { ActorError } from "../errors.ts";

/** One of several copies of this package in a process, as package managers install them. */
export interface PackageCopy {
  readonly version: string;
  /** The URL of the package's folder, or of what it was bundled into. */
  readonly location: string;
}

const packageName = "@foundation/actor";

/** What all copies know the others' classes by. */
type Brand = "Actor" | "ActorRef" | "Rejection" | "ActorSystem";

/** The copy that this file belongs to. */
const thisCopy: PackageCopy = {
  version: "0.1.0",
  // Bundlers that make CommonJS leave no URL.
  location: (import.meta.url ?? "a bundle").replace(/(?:src|dist)\/realm\/package-copy\.[jt]s.*$/, ""),
};

function symbolOf(brand: Brand): symbol {
  return Symbol.for(`${packageName}/${brand}`);
}

/** Lets other copies of this package recognise a class. */
export function brandClass(prototype: object, brand: Brand): void {
  Object.defineProperty(prototype, symbolOf(brand), { value: thisCopy });
}

/** The other copy of this package whose class `value` belongs to; undefined when there is none, or when it is this one. */
export function otherCopyOf(value: unknown, brand: Brand): PackageCopy | undefined {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
  try {
    const copy: unknown = Reflect.get(value, symbolOf(brand));
    return copy === thisCopy || typeof copy !== "object" || copy === null ? undefined : (copy as PackageCopy);
  } catch {
    // A proxy of the program's.
    return undefined;
  }
}

/** The error of something that belongs to another copy. @param what names it. */
export function twoCopies(what: string, other: PackageCopy): ActorError {
  const [theirs, ours] = [other, thisCopy].map(({ version, location }) => `${version} at ${location}`);
  const text = `${what} of another copy of ${packageName}: theirs is ${theirs}, this one is ${ours}`;
  return new ActorError(
    "twoCopies",
    `${text}; install one version only, and bundle the package once or leave it external`,
  );
}
