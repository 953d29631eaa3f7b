/** What may live, with those that must not outlive it. */
interface Living<Self> {
  readonly isAlive: boolean;
  readonly dependents: Iterable<Self>;
}

/** A living actor and those that must not outlive it, from the last of them up. */
export function withDependents<Actor extends Living<Actor>>(root: Actor): Actor[] {
  // Parents before their children, and of siblings the last one first: backwards that is the order in which they end.
  const order: Actor[] = [];
  const open = [root];
  for (let cell = open.pop(); cell !== undefined; cell = open.pop()) {
    if (!cell.isAlive) continue;
    order.push(cell);
    for (const dependent of cell.dependents) open.push(dependent);
  }
  return order.reverse();
}
