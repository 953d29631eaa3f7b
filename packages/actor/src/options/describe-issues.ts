import { shown } from "./option-table.ts";

/** What a schema says is wrong with a value. The issues of zod and of a Standard Schema with plain paths are such. */
export interface ValueIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** One text of what a schema found: where, what is allowed, and the value seen unless there was none. Not for secrets. */
export function describeIssues(given: unknown, issues: readonly ValueIssue[]): string {
  return issues
    .map(({ path, message }) => {
      const value = valueAt(given, path);
      return `${path.join(".") || "options"}: ${message}${value === undefined ? "" : `, seen ${shown(value)}`}`;
    })
    .join("; ");
}

function valueAt(given: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === "object" && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined),
    given,
  );
}
