/**
 * Node's `http`, got as `require` gets it. An `import` reads every export of the module, and its `WebSocket` is a getter that loads
 * undici: 20 ms of processor time of each start, for what is never used here.
 */
export const nodeHttp: typeof import("node:http") = process.getBuiltinModule("node:http");
