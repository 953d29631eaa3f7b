// Step 3: what crashes is started again.
import { ActorSystem, childSpec, LocalRegistry, Supervisor } from "@foundation/actor";
import { NamedOven } from "./named-oven.ts";

const system = new ActorSystem();
const names = new LocalRegistry(system, { keys: "unique" });
const kitchen = system.spawn(Supervisor, {
  args: [
    {
      children: [
        childSpec(NamedOven, { id: "left", args: [names, "left oven"] }),
        childSpec(NamedOven, { id: "right", args: [names, "right oven"] }),
      ],
    },
  ],
});
await system.whenStarted(kitchen);

const left = names.ref<NamedOven>("left oven"); // whoever has the name when a message is sent
const right = names.ref<NamedOven>("right oven");
const nextRegistered = new Promise<string>((resolve) => {
  names.listen(({ kind, key, ref }) => kind === "registered" && resolve(`${key} is now ${ref}`));
});

console.log(`left oven is ${names.whereis("left oven")}`);
const funghi = right.ask.bake("Funghi");
await left.ask.bake("Hawaii").catch((error) => console.log(`left oven: ${error.message}`));
console.log(await nextRegistered);
console.log(await left.ask.bake("Margherita"));
console.log(await funghi);

await system.stop();
