/** Who receives a stream: told of its items in order, and of its end once. As `Subscriber` of Reactive Streams 1.0.4. */
export interface StreamConsumer {
  /** The handler has begun: from now on the stream's deadline no longer counts. */
  started(): void;
  /** The next item. Never called more often than items were requested. @throws when the item cannot be passed on. */
  item(value: unknown): void;
  /** There are no more items. */
  end(): void;
  /** The stream broke. */
  fail(error: unknown): void;
}

/** The way back from a stream's receiver to its source. As `Subscription` of Reactive Streams 1.0.4. */
export interface StreamSubscription {
  /** Allows `count` further items. */
  request(count: number): void;
  /** No more items are wanted; the handler's generator is ended. */
  cancel(): void;
}

/** Items a stream may have under way when its reader says nothing. */
export const streamWindowDefault = 64;
/** The largest window a reader may ask for. */
export const streamWindowMax = 65_536;
