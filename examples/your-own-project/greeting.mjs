import { Actor, Foundation } from "@foundation/runtime";

class Greeter extends Actor {
  greet(name) {
    return `hello ${name}, this is ${this.context.system.name}`;
  }
}

const [name = "host"] = process.argv.slice(2);
const node = await Foundation.start({ name });
process.on("SIGTERM", () => node.stop());

if (name === "host") {
  node.spawn(Greeter, { name: "greeter" });
  console.log("the greeter is here");
} else {
  console.log(await node.actor("greeter").ask.greet(name));
  await node.stop();
}
