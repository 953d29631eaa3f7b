/** Letters that a misspelt name may differ by. */
const distanceMax = 2;

/** The one of `names` that `name` is probably a misspelling of: the same but for case, or by one or two letters. */
export function nearestOf(name: string, names: Iterable<string>): string | undefined {
  let nearest: string | undefined;
  let nearestDistance = distanceMax + 1;
  for (const each of names) {
    if (each.toLowerCase() === name.toLowerCase()) return each;
    const distance = distanceOf(name, each);
    if (distance < nearestDistance && distance < each.length / 2) {
      nearest = each;
      nearestDistance = distance;
    }
  }
  return nearest;
}

/** Letters to insert, delete or replace (Levenshtein 1966), or more than {@link distanceMax}. */
function distanceOf(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > distanceMax) return distanceMax + 1;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
