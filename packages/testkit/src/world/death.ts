/** One node's verdict that another one is dead. */
export interface Death {
  /** Virtual milliseconds. */
  readonly at: number;
  readonly by: string;
  readonly of: string;
  /** Whether it was wrong: that life of it ran. */
  readonly hasLived: boolean;
}
