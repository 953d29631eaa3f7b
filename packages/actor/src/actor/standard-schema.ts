import { isThenable } from "./thenable.ts";

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

/** What a schema may answer. */
export type SchemaAnswer = SchemaResult<unknown> | PromiseLike<SchemaResult<unknown>>;

/** Whether a schema has answered as the standard says. */
export function isSchemaAnswer(value: unknown): value is SchemaAnswer {
  if (isThenable(value)) return true;
  if (typeof value !== "object" || value === null) return false;
  const { issues } = value as { readonly issues?: unknown };
  return issues === undefined || (Array.isArray(issues) && issues.every(isIssue));
}

function isIssue(value: unknown): value is SchemaIssue {
  if (typeof value !== "object" || value === null) return false;
  const { message, path } = value as { readonly message?: unknown; readonly path?: unknown };
  return typeof message === "string" && (path === undefined || (Array.isArray(path) && path.every(isPart)));
}

function isPart(part: unknown): boolean {
  const key: unknown = typeof part === "object" && part !== null ? Reflect.get(part, "key") : part;
  return typeof key === "string" || typeof key === "number" || typeof key === "symbol";
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
