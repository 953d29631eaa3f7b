// One process of the service. Each of them works; one of them, never mind which, has the queue.
import { join } from "node:path";
import { childSpec, Foundation, Supervisor } from "@foundation/runtime";
import { JobQueue, queueName } from "./job-queue.ts";
import { Worker } from "./worker.ts";

const { FOUNDATION_NAME: name = "", CERTIFICATES: certificates = "certificates", JOBS: jobs = "jobs" } = process.env;

// FOUNDATION_NAME, _PORT, _SEEDS and _SECRET come from the environment.
const node = await Foundation.start({
  cluster: "none",
  tls: {
    cert: join(certificates, `${name}.crt`),
    key: join(certificates, `${name}.key`),
    ca: join(certificates, "ca.crt"),
  },
});

const queue = await node.singleton(queueName, JobQueue, { args: [jobs] });
const workers = [1, 2].map((at) => childSpec(Worker, { id: `worker-${at}`, args: [queue] }));
node.spawn(Supervisor, { args: [{ children: workers }] });
console.log(`${node.name} works`);

// Leaves in order: the queue starts elsewhere, workers finish the job at hand. A signal may come twice.
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, async () => {
    await node.stop();
    console.log(`${node.name} has left`);
    process.exit(0);
  });
}
