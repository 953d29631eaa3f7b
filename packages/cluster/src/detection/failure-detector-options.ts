import { z } from "zod";

/** Settings of the failure detector; all times in milliseconds. */
export const failureDetectorOptionsSchema: z.ZodType<FailureDetectorOptions, FailureDetectorOptionsInput> = z
  .strictObject({
    /**
     * A peer that said nothing for half of this is pinged. Default 200: at most two pings of 3 bytes and their answers per
     * pair in that time. Longer saves traffic and adds up to 1.5 times as much to the detection.
     */
    intervalMs: z.number().min(10).max(60_000).default(200),
    /** A ping unanswered for this long makes a member suspect, and others are asked about it. Default 1 000. */
    suspectAfterMs: z.number().min(10).max(600_000).default(1_000),
    /**
     * A ping unanswered for this long, with nobody else hearing of the member, is the verdict. Default 2 650: an event
     * loop that stalls for 2.5 s survives, and a frozen process is declared dead within 3 s.
     */
    downAfterMs: z.number().min(20).max(600_000).default(2_650),
  })
  .refine((options) => options.intervalMs < options.suspectAfterMs && options.suspectAfterMs < options.downAfterMs, {
    message: "intervalMs < suspectAfterMs < downAfterMs must hold",
  });

/** Settings of the failure detector; all times in milliseconds. */
export interface FailureDetectorOptions {
  readonly intervalMs: number;
  readonly suspectAfterMs: number;
  readonly downAfterMs: number;
}

/** Settings of the failure detector as they are written: only what differs from the defaults. */
export type FailureDetectorOptionsInput = { readonly [Key in keyof FailureDetectorOptions]?: number | undefined };
