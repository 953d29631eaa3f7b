/** What ends a process without waiting for its end. */
interface Living {
  kill(): unknown;
}

const living = new Set<Living>();

/** Has `child` killed when this process exits in whatever way that still lets it run code. @returns how to forget it. */
export function killAtExit(child: Living): () => void {
  if (living.size === 0) process.once("exit", killAll);
  living.add(child);
  return () => {
    living.delete(child);
    if (living.size === 0) process.off("exit", killAll);
  };
}

function killAll(): void {
  for (const child of living) child.kill();
}
