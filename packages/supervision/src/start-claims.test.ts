import { expect, it } from "vitest";
import { claimsPerMemberMax, StartClaims } from "./start-claims.ts";

it("remembers so many claims of one member, others of other members, and room that is free again", () => {
  const claims = new StartClaims({ now: () => 0 });
  for (let index = 0; index < claimsPerMemberMax; index++)
    expect(claims.starting(`name-${index}`, "a", 1_000)).toBe(true);
  expect(claims.starting("one more", "a", 1_000)).toBe(false);
  expect(claims.claimant("one more")).toBeUndefined();
  expect(claims.starting("name-0", "a", 2_000)).toBe(true);
  expect(claims.starting("one more", "b", 1_000)).toBe(true);
  claims.over("name-1", "a");
  expect(claims.starting("another", "a", 1_000)).toBe(true);
  expect(claims.starter("another")).toBe("a");
});
