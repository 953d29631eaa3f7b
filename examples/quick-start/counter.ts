// A counter that all processes share. The same text is plain JavaScript: save it as counter.mjs and run it with node.
import { Actor, Foundation } from "@foundation/runtime";

class Counter extends Actor {
  #count = 0;

  increment() {
    return ++this.#count;
  }
}

const me = `node-${process.pid}`;
const node = await Foundation.start({ name: me }); // finds the other nodes of this machine by itself
const counter = await node.singleton("counter", Counter); // one in the whole cluster, supervised

let [size, host] = [0, ""];
setInterval(async () => {
  const count = await counter.ask.increment().catch((error) => error.code); // the same call, wherever it runs
  const before = { size, host };
  size = node.members().filter(({ status }) => status === "up").length;
  host = node.registry.owner("counter")?.nodeId ?? "nobody";

  if (before.host !== "" && host !== before.host) console.log(`--- The counter moved to ${host}, and began again.`);
  if (size !== before.size) {
    if (size === 1) console.log("--- I am alone. Run the same command in a second terminal.");
    else console.log(`--- We are ${size}. Now end one of us: Ctrl-C, or kill -9 and its number.`);
  }
  console.log(`count ${count}, kept by ${host === me ? `${me}, this process` : host}`);
}, 1_000);

// Leaves in order: the counter starts elsewhere before this process ends.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => node.stop().then(() => process.exit()));
