/** How long an ask waits when its caller says nothing. Milliseconds. */
export const askTimeoutMsDefault = 5_000;
/** The longest wait an ask may be given: a day. There is no infinite wait. Milliseconds. */
export const askTimeoutMsMax = 86_400_000;
