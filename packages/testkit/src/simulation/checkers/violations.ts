/** What a checker found wrong, in words; empty when its promise held. */
export type Violations = string[];
