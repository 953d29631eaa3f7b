// Step 6: actors that learn of each other's end, and actors that end together.
import { ActorSystem } from "@foundation/actor";
import { Dispatch } from "./dispatch.ts";

const system = new ActorSystem();
const dispatch = system.spawn(Dispatch);

dispatch.tell.send("Margherita");
dispatch.tell.send("Funghi", true);
console.log(`${await dispatch.ask.onTheRoad()} on the road, ${system.size} actors`);

await dispatch.ask.allArrived();
console.log(`all have arrived, ${system.size} actor`);

await system.stop();
