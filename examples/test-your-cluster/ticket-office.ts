import { Actor, type ActorClass, type ActorRef, type Node } from "@foundation/runtime";

/** What is to be sold to whom. */
export interface Order {
  /** Chosen by the customer's program, once for each ticket that is wanted: the same ticket, the same id. */
  readonly purchase: string;
  readonly customer: string;
}

/** Where sales are kept, outside of the cluster: a table whose primary key is the purchase. */
export interface SeatStore {
  /** Sells the next free seat, or gives the seat that this purchase has got before. */
  sell(order: Order): Promise<number>;
}

/** Sells tickets; there is one in the cluster. */
export interface TicketOffice extends Actor {
  buy(order: Order): Promise<number>;
}

/** The class of a ticket office that keeps its sales in `store`. */
export function ticketOffice(store: SeatStore): ActorClass<TicketOffice, []> {
  return class TicketOffice extends Actor {
    buy(order: Order): Promise<number> {
      return store.sell(order);
    }
  };
}

/** A ticket office with a mistake: it takes every call for a new purchase. */
export function carelessTicketOffice(store: SeatStore): ActorClass<TicketOffice, []> {
  return class TicketOffice extends Actor {
    #sold = 0;

    buy({ customer }: Order): Promise<number> {
      const { epoch, system } = this.context;
      return store.sell({ customer, purchase: `${system.name}-${epoch}-${++this.#sold}` });
    }
  };
}

/** Milliseconds that one call may take. */
const callMs = 2_000;
/** Milliseconds between a failed call and the next one. */
const pauseMs = 500;
/** Calls for one ticket. */
const callsMax = 100;
/** Ends of a call after which the ticket may or may not be sold. */
const unclear: ReadonlySet<unknown> = new Set(["timeout", "nodedown", "noproc", "overloaded", "linkClosed"]);

/**
 * Buys one ticket, and calls again while it is not clear whether it was sold.
 *
 * @returns the seat.
 */
export async function buyTicket(node: Node, order: Order): Promise<number> {
  const office = node.actor<TicketOffice>("ticket-office").with({ timeoutMs: callMs });
  for (let call = 1; ; call++) {
    try {
      return await office.ask.buy(order);
    } catch (error) {
      if (call === callsMax || !unclear.has((error as { code?: unknown }).code)) throw error;
    }
    await new Promise<void>((resolve) => node.system.runtime.setTimer(pauseMs, resolve));
  }
}

/** What a box office tells its customers. */
export interface Mailer extends Actor {
  send(customer: string, text: string): void;
}

/** How long a seat is held for a customer who has not paid. Milliseconds. */
export const holdMs: number = 15 * 60_000;

/** Holds one seat for one customer until it is paid or the time is up. */
export class SeatHold extends Actor {
  readonly #customer: string;
  readonly #mailer: ActorRef<Mailer>;
  #cancelTimer = (): void => {};

  constructor(customer: string, mailer: ActorRef<Mailer>) {
    super();
    this.#customer = customer;
    this.#mailer = mailer;
  }

  protected override onStart(): void {
    const timer = this.context.system.runtime.setTimer(holdMs, () => this.#expire());
    this.#cancelTimer = () => timer.cancel();
  }

  protected override onStop(): void {
    this.#cancelTimer();
  }

  pay(): void {
    this.#mailer.tell.send(this.#customer, "see you on Friday");
    this.context.stop();
  }

  #expire(): void {
    this.#mailer.tell.send(this.#customer, "your seat was given away");
    this.context.stop({ shutdown: "expired" });
  }
}
