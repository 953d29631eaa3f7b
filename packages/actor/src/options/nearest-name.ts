/** Letters that a misspelt name may differ by. */
const distanceMax = 2;
const beyond = distanceMax + 1;

/**
 * The one of `names` that `name` is probably a misspelling of: the same but for case, or by one or two letters that are missing, too
 * many, wrong, or in each other's place. A comparison costs some 100 ns.
 */
export function nearestOf(name: string, names: Iterable<string>): string | undefined {
  const lower = name.toLowerCase();
  let nearest: string | undefined;
  let nearestDistance = beyond;
  for (const each of names) {
    if (each.length === name.length && each.toLowerCase() === lower) return each;
    const distance = distanceOf(name, each);
    if (distance < nearestDistance && distance < each.length / 2) {
      nearest = each;
      nearestDistance = distance;
    }
  }
  return nearest;
}

/**
 * Letters to insert, delete, replace or swap (optimal string alignment, Boytsov 2011, section 2.1), or more than {@link distanceMax}. Looks only
 * at the diagonals that can matter, and no further than it has to.
 */
function distanceOf(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > distanceMax) return beyond;
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = nextRow(a, b, { i, row, before });
    if (next === undefined) return beyond;
    before = row;
    row = next;
  }
  return Math.min(row[b.length] ?? beyond, beyond);
}

/** Row `i` of the table, of which cells far from the diagonal stay empty; undefined when no cell of it is near enough. */
function nextRow(
  a: string,
  b: string,
  { i, row, before }: { i: number; row: readonly number[]; before: readonly number[] },
): number[] | undefined {
  const next: number[] = [];
  let least = i;
  if (i <= distanceMax) next[0] = i;
  for (let j = Math.max(1, i - distanceMax); j <= Math.min(b.length, i + distanceMax); j++) {
    let distance = (row[j - 1] ?? beyond) + (a[i - 1] === b[j - 1] ? 0 : 1);
    distance = Math.min(distance, (row[j] ?? beyond) + 1, (next[j - 1] ?? beyond) + 1);
    if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
      distance = Math.min(distance, (before[j - 2] ?? beyond) + 1);
    }
    next[j] = distance;
    least = Math.min(least, distance);
  }
  return least > distanceMax ? undefined : next;
}
