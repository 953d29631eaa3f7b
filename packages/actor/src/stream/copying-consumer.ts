import { copyOfError } from "../message/reply.ts";
import type { StreamConsumer } from "./stream.ts";

/** Passes a stream on; items as copies, the way a trip to another node would change them. */
export class CopyingConsumer implements StreamConsumer {
  readonly #target: StreamConsumer;
  readonly #copy: (value: unknown) => unknown;

  constructor(target: StreamConsumer, copy: (value: unknown) => unknown) {
    this.#target = target;
    this.#copy = copy;
  }

  started(): void {
    this.#target.started();
  }

  item(value: unknown): void {
    this.#target.item(this.#copy(value));
  }

  end(): void {
    this.#target.end();
  }

  fail(error: unknown): void {
    this.#target.fail(copyOfError(error, this.#copy));
  }
}
