/**
 * What every Standard Schema has (standardschema.dev, version 1): zod, valibot, arktype and others make such objects, so
 * a class may describe its messages with any of them.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** A value that fits, perhaps transformed, or what is wrong with it. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** One thing that is wrong with a value, and where. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Whether `value` is a schema; some libraries make functions of them. */
export function isStandardSchema(value: unknown): value is StandardSchema {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  const standard: unknown = Reflect.get(value, "~standard");
  return (
    typeof standard === "object" &&
    standard !== null &&
    "validate" in standard &&
    typeof standard.validate === "function"
  );
}

/** Issues that an error's text names at most. */
const issuesShownMax = 5;

/** Issues as one line: `[0].size: Expected number`. */
export function describeIssues(issues: readonly SchemaIssue[]): string {
  const shown = issues.slice(0, issuesShownMax).map(({ message, path = [] }) => {
    const where = path.map((part) => showKey(typeof part === "object" ? part.key : part)).join("");
    return where === "" ? message : `${where}: ${message}`;
  });
  const more = issues.length - shown.length;
  return more > 0 ? `${shown.join("; ")}; and ${more} more` : shown.join("; ");
}

function showKey(key: PropertyKey): string {
  return typeof key === "string" && Number.isNaN(Number(key)) ? `.${key}` : `[${String(key)}]`;
}
