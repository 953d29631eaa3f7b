// Adds jobs and waits until all are done: `node submit.ts 100`. It joins the cluster like any other node, and hosts nothing.
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Foundation } from "@foundation/runtime";
import { type JobQueue, queueName } from "./job-queue.ts";

const { FOUNDATION_NAME: name = "", CERTIFICATES: certificates = "certificates" } = process.env;
const count = Number(process.argv[2] ?? 10);

const node = await Foundation.start({
  cluster: "none",
  tls: {
    cert: join(certificates, `${name}.crt`),
    key: join(certificates, `${name}.key`),
    ca: join(certificates, "ca.crt"),
  },
});
await node.ready({ size: 2 });
const queue = node.actor<JobQueue>(queueName);

/** Until there is an answer: adding a job twice does no harm. */
async function insist<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      console.log(`no answer from the queue (${(error as { code?: string }).code}), trying again`);
      await pause(250);
    }
  }
}

const batch = Date.now().toString(36);
for (let at = 1; at <= count; at++) {
  await insist(() => queue.ask.add({ id: `${batch}-${at}`, text: `job number ${at}` }));
}
console.log(`${count} jobs added`);
while ((await insist(() => queue.ask.open())) > 0) await pause(100);
console.log("all jobs are done");
await node.stop();
