/** Time during which a subject causes no second event. Milliseconds. */
const quietMs = 60_000;
/** Subjects remembered; events of those beyond that are left out until a place is free. */
const subjectsMax = 1024;

/** Lets one event a minute through for each subject, so that nobody fills disks or eyes, and counts the others. */
export class RepeatedEvents {
  readonly #now: () => number;
  readonly #subjects = new Map<string, { reportedAt: number; leftOut: number }>();

  /** @param now monotonic milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** @returns how many events of `subject` were left out since its last one; undefined when this one is to be left out, too. */
  admit(subject: string): number | undefined {
    const now = this.#now();
    const known = this.#subjects.get(subject);
    if (known && now - known.reportedAt < quietMs) {
      known.leftOut += 1;
      return undefined;
    }
    if (!known && this.#subjects.size >= subjectsMax && !this.#forgetQuietOnes(now)) return undefined;
    // At the end: the oldest stay in front.
    this.#subjects.delete(subject);
    this.#subjects.set(subject, { reportedAt: now, leftOut: 0 });
    return known?.leftOut ?? 0;
  }

  #forgetQuietOnes(now: number): boolean {
    for (const [subject, { reportedAt }] of this.#subjects) {
      if (now - reportedAt < quietMs) break;
      this.#subjects.delete(subject);
    }
    return this.#subjects.size < subjectsMax;
  }
}
