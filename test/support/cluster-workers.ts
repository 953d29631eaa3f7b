// Workers of node:cluster that start a node each, as PM2 does. Each outcome goes on to the test; a message ends them all.
import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";

const [count = "3", options = "{}"] = process.argv.slice(2);
cluster.setupPrimary({ exec: new URL("node-starter.ts", import.meta.url).pathname, args: [options] });
const workers: Worker[] = Array.from({ length: Number(count) }, () => cluster.fork());
for (const worker of workers) worker.on("message", (message) => process.send?.(message));
await once(process, "message");
for (const worker of workers) worker.process.kill("SIGKILL");
process.disconnect?.();
