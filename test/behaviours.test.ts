import { askRecipient } from "@foundation/actor/spi";
import { Actor, Rejection } from "@foundation/runtime";
import { describe, expect, it } from "vitest";
import { type Place, places } from "./support/places.ts";

let events: string[];

/** Takes no work before it is open. */
class Shop extends Actor {
  #isOpen = false;
  buy(what: string): string {
    if (!this.#isOpen) return this.context.stash();
    events.push(what);
    return `sold ${what}`;
  }
  async buySlowly(what: string): Promise<string> {
    await Promise.resolve();
    if (!this.#isOpen) return this.context.stash();
    events.push(what);
    return `sold ${what}`;
  }
  buyTwice(what: string): string {
    if (!this.#isOpen) {
      this.context.stash();
      return this.context.stash();
    }
    events.push(what);
    return what;
  }
  open(): number {
    this.#isOpen = true;
    events.push("open");
    return this.context.unstash();
  }
  note(what: string): void {
    events.push(what);
  }
  stashOutside(): void {
    this.context.system.runtime.setTimer(10, () => {
      try {
        this.context.stash();
      } catch (error) {
        events.push((error as { code: string }).code);
      }
    });
  }
}

/** Red and green take turns. */
class Light extends Actor {
  colour(): string {
    return "red";
  }
  next(): void {
    this.context.become({ colour: () => "green", next: () => this.context.unbecome() });
  }
  overcome(): void {
    this.context.become({ colour: () => "blue" });
  }
  undo(): void {
    this.context.unbecome();
  }
  wrong(): never {
    throw new Rejection(this.#failure());
  }
  becomeForever(): string {
    for (;;) {
      try {
        this.context.become({ colour: () => "grey" });
      } catch (error) {
        return (error as { code: string }).code;
      }
    }
  }
  override toString(): string {
    return "of the class";
  }
  /** A method that a behaviour has as any object does. */
  text(): string {
    this.context.become({ colour: () => "green" });
    return "";
  }
  quiet(): void {
    this.context.become({ receive: (what: string) => events.push(`quiet ${what}`) });
  }
  protected override receive(what: string): void {
    events.push(what);
  }
  #failure(): Error {
    try {
      this.context.become({ paint: () => {} });
    } catch (error) {
      return error as Error;
    }
    return new Error("none");
  }
}

async function openShop(makePlace: () => Promise<Place>) {
  events = [];
  const place = await makePlace();
  return { place, ref: place.spawn(Shop) };
}

async function light(makePlace: () => Promise<Place>) {
  events = [];
  const place = await makePlace();
  return { place, ref: place.spawn(Light) };
}

describe.each(places)("[A7] stash %s", (_where, makePlace) => {
  it("puts messages aside and back, before those that wait, in order; asks are answered then", async () => {
    const { place, ref } = await openShop(makePlace);
    await using _ = place;
    const asks = [ref.ask.buy("a"), ref.ask.buySlowly("b"), ref.ask.buy("c")];
    ref.tell.buy("d");
    await place.advance(100);
    expect(place.cell(ref).mailboxLength).toBe(0);
    ref.tell.open();
    ref.tell.note("after");
    expect(await place.settle(Promise.all(asks))).toEqual(["sold a", "sold b", "sold c"]);
    await place.advance(100);
    expect(events).toEqual(["open", "a", "b", "c", "d", "after"]);
  });

  it("lets an asker run into its deadline, and ends its ask with noproc when the actor ends", async () => {
    const { place, ref } = await openShop(makePlace);
    await using _ = place;
    expect(await place.failure(ref.with({ timeoutMs: 50 }).ask.buy("a"))).toMatchObject({ code: "timeout" });
    const waiting = place.failure(ref.with({ timeoutMs: 60_000 }).ask.buy("b"));
    place.host.runtime.setTimer(50, () => place.cell(ref).kill());
    expect(await waiting).toMatchObject({ code: "noproc" });
  });

  it("makes dead letters of what nobody waits for when the actor ends", async () => {
    const { place, ref } = await openShop(makePlace);
    await using _ = place;
    ref.tell.buy("a");
    ref.tell.buySlowly("b");
    await place.advance(100);
    const before = place.host.deadLetters;
    place.cell(ref).kill();
    expect(place.host.deadLetters - before).toBe(2);
  });

  it("takes the message at hand once, however often it is called, and belongs into a handler", async () => {
    const { place, ref } = await openShop(makePlace);
    await using _ = place;
    ref.tell.buyTwice("a");
    await place.advance(100);
    expect(await place.settle(ref.ask.open())).toBe(1);
    ref.tell.stashOutside();
    await place.advance(100);
    expect(events).toEqual(["open", "a", "badMessage"]);
  });

  it("is full at 10,000: the asker gets overloaded, the actor lives", async () => {
    const { place, ref } = await openShop(makePlace);
    await using _ = place;
    for (let i = 0; i < 10_000; i++) ref.tell.buy(`${i}`);
    expect(await place.failure(ref.ask.buy("more"))).toMatchObject({ code: "overloaded" });
    expect(await place.settle(ref.ask.open())).toBe(10_000);
    expect(await place.settle(ref.ask.buy("last"))).toBe("sold last");
    expect(events).toHaveLength(10_002);
  });
});

describe.each(places)("[A7] become %s", (_where, makePlace) => {
  it("replaces handlers from the next message on; unbecome returns to those before", async () => {
    const { place, ref } = await light(makePlace);
    await using _ = place;
    const seen: string[] = [];
    for (const what of ["colour", "next", "colour", "overcome", "colour", "undo", "colour", "next", "colour", "undo"]) {
      if (what === "colour") seen.push(await place.settle(ref.ask.colour()));
      else ref.recipient.tell(what, [], undefined);
    }
    expect(seen).toEqual(["red", "green", "blue", "green", "red"]);
    expect(await place.settle(ref.ask.colour())).toBe("red");
  });

  it("knows messages of the class only, and has a limit", async () => {
    const { place, ref } = await light(makePlace);
    await using _ = place;
    expect(await place.failure(ref.ask.wrong())).toMatchObject({ code: "badMessage" });
    expect(await place.settle(ref.ask.becomeForever())).toBe("overloaded");
    expect(await place.settle(ref.ask.colour())).toBe("grey");
  });

  it("does not take what every object has for a handler", async () => {
    const { place, ref } = await light(makePlace);
    await using _ = place;
    await place.settle(ref.ask.text());
    expect(await place.settle(askRecipient(ref.recipient, "toString", []))).toBe("of the class");
  });

  it("may take the plain messages, too", async () => {
    const { place, ref } = await light(makePlace);
    await using _ = place;
    ref.send("one");
    ref.tell.quiet();
    ref.send("two");
    ref.tell.undo();
    ref.send("three");
    await place.advance(100);
    expect(events).toEqual(["one", "quiet two", "three"]);
  });
});
