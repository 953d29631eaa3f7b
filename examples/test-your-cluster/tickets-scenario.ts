import type { ActorClass } from "@foundation/runtime";
import {
  type Checks,
  checkViewsEqual,
  type Scenario,
  type SeededRandom,
  type SimulatedNode,
  type Trial,
  type Violations,
  type World,
} from "@foundation/testkit";
import { SeatDatabase } from "./seat-database.ts";
import { buyTicket, type SeatStore, type TicketOffice } from "./ticket-office.ts";

/** Virtual milliseconds between two customers, at most. */
const gapMsMax = 1_000;

/** Makes the class of the ticket office that is to be tested. */
type OfficeClass = (store: SeatStore) => ActorClass<TicketOffice, []>;

/** Customers buy one ticket each, on every node, whatever happens: nobody pays for two, and what was promised is kept. */
export function ticketsScenario(office: OfficeClass): Scenario {
  return {
    name: "tickets",
    checks: ["oneSeatEach", "promisesKept"],
    create: (world, random, checks) => new TicketsTrial(world, random, { office, checks }),
  };
}

class TicketsTrial implements Trial {
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #office: OfficeClass;
  readonly #checks: Checks;
  readonly #database: SeatDatabase;
  /** Who has a ticket, as the customers themselves saw it. */
  readonly #seats = new Map<string, number>();
  #customers = 0;
  #isOpen = true;

  constructor(
    world: World,
    random: SeededRandom,
    { office, checks }: { readonly office: OfficeClass; readonly checks: Checks },
  ) {
    this.#world = world;
    this.#random = random;
    this.#office = office;
    this.#checks = checks;
    this.#database = new SeatDatabase(world, random);
  }

  async boot(name: string): Promise<SimulatedNode> {
    const Office = this.#office(this.#database.connect(name));
    const started = await this.#world.boot(name, { actors: [Office] });
    void started.node.singleton("ticket-office", Office).catch(() => {});
    this.#sell(started);
    return started;
  }

  async begin(): Promise<void> {
    await this.#world.until(() => this.#seats.size > 0);
  }

  check(): Violations {
    this.#isOpen = false;
    return checkViewsEqual(this.#world, this.#checks);
  }

  conclude(): Violations {
    const violations: Violations = [];
    const seatsOf = Map.groupBy(this.#database.sales.keys(), (seat) => this.#database.sales[seat]?.customer);
    for (const [customer, seats] of seatsOf) {
      const what = (): string => `${customer} has bought one ticket and pays for seats ${seats.join(", ")}`;
      violations.push(...this.#checks.compare("oneSeatEach", seats.length === 1, what));
    }
    for (const [customer, seat] of this.#seats) {
      const isSold = this.#database.sales[seat]?.customer === customer;
      violations.push(...this.#checks.compare("promisesKept", isSold, () => `${customer} was promised seat ${seat}`));
    }
    return violations;
  }

  /** Sends a customer to this node every now and then, as long as the node lives and the office is open. */
  #sell(at: SimulatedNode): void {
    at.runtime.setTimer(this.#random.between(0, gapMsMax), () => {
      if (!this.#isOpen) return;
      const customer = `customer ${++this.#customers} (at ${at.name})`;
      buyTicket(at.node, { customer, purchase: customer }).then(
        (seat) => void this.#seats.set(customer, seat),
        // Whoever did not get a ticket goes home; whether it was sold all the same is looked at in the end.
        () => {},
      );
      this.#sell(at);
    });
  }
}
