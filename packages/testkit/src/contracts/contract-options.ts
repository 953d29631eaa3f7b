import { type OptionRule, type OptionRules, OptionTable, optionRule } from "@foundation/actor/spi";
import { invalidOption } from "../errors.ts";

const { callback, required, rule } = optionRule;

const reason: OptionRule = rule(
  "the reason, a string that is not empty",
  (why) => typeof why === "string" && why !== "",
);

/** What the settings of every contract have. */
interface ContractOptions<Ability extends string> {
  readonly name: string;
  readonly create: unknown;
  readonly cannot?: Partial<Readonly<Record<Ability, string>>>;
}

/** The settings of one contract, whose subjects may lack these abilities. */
export function contractTable<Ability extends string>(
  what: string,
  ...abilities: readonly Ability[]
): OptionTable<ContractOptions<Ability>> {
  const reasons = Object.fromEntries(abilities.map((each) => [each, reason]));
  return new OptionTable<ContractOptions<Ability>>(
    what,
    {
      name: required(optionRule.text),
      create: required(callback),
      cannot: new OptionTable<Record<Ability, string>>(
        what,
        reasons as OptionRules<Record<Ability, string>>,
        invalidOption,
      ).asRule(),
    },
    invalidOption,
  );
}
