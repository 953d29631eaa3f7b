// Step 5: a stream of answers.
import { ActorSystem } from "@foundation/actor";
import { Board } from "./board.ts";

const system = new ActorSystem();
const board = system.spawn(Board);
board.tell.show("Margherita");

/** Waits for an order as a customer would, looking at the board. */
async function waitFor(order: string): Promise<void> {
  for await (const ready of board.stream.watch()) {
    console.log(`waiting for ${order}: ${ready} is ready`);
    if (ready === order) break; // ends the stream
  }
}

const customer = waitFor("Funghi");
board.tell.show("Calzone");
board.tell.show("Funghi");
board.tell.show("Marinara");
await customer;

await system.stop();
