// Opens a cluster, freezes one of its nodes, says what there is, and goes on until it is killed.
import { openCluster } from "./process-cluster.ts";

const cluster = await openCluster(process.argv[2] === "namespaces" ? { hosts: "namespaces" } : {});
const [a, b] = await cluster.startAll("a", "b");
cluster.freeze("b");
process.stdout.write(`${JSON.stringify({ pids: [a.pid, b.pid], directory: cluster.directory })}\n`);
setInterval(() => {}, 60_000);
