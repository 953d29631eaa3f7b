import { expect, test } from "vitest";
import { ConnectionQuota } from "./connection-quota.ts";

const never = (): void => {
  throw new Error("nobody was to be evicted");
};

test("a host gets as many places as it may have, and gets them back [B2]", () => {
  const quota = new ConnectionQuota({ perHostMax: 2, totalMax: 8 });
  const release = quota.take("a", never);
  expect(quota.take("a", never)).toBeDefined();
  expect(quota.take("a", never)).toBeUndefined();
  expect(quota.take("b", never)).toBeDefined();
  release?.();
  release?.();
  expect(quota.take("a", never)).toBeDefined();
  expect(quota.take("a", never)).toBeUndefined();
});

test("addresses of one IPv6 network are one host [B2]", () => {
  const quota = new ConnectionQuota({ perHostMax: 2, totalMax: 8 });
  const taken = Array.from({ length: 10 }, (_, at) => quota.take(`2001:db8::${at}`, never));
  expect(taken.filter((release) => release !== undefined)).toHaveLength(2);
  expect(quota.take("2001:db8:0:1::1", never)).toBeDefined();
});

test("a host that comes late takes a place of the one that holds the most, the oldest [B2]", () => {
  const quota = new ConnectionQuota({ perHostMax: 64, totalMax: 256 });
  const evicted: string[] = [];
  for (const host of ["a", "b", "c", "d"]) {
    for (let at = 0; at < 64; at++) quota.take(host, () => void evicted.push(`${host}${at}`));
  }
  expect(evicted).toEqual([]);
  for (let at = 0; at < 4; at++) expect(quota.take("late", never)).toBeDefined();
  expect(evicted).toEqual(["a0", "b0", "c0", "d0"]);
});

test("nobody can keep hosts out with fewer addresses than there are places, nor push out those that hold one [B2]", () => {
  const quota = new ConnectionQuota({ perHostMax: 4, totalMax: 16 });
  const honest = quota.take("honest", never);
  let evictions = 0;
  for (let round = 0; round < 10; round++) {
    for (let host = 0; host < 15; host++) quota.take(`attacker ${host}`, () => void (evictions += 1));
  }
  expect(evictions).toBeLessThanOrEqual(15);
  honest?.();
  expect(quota.take("honest", never)).toBeDefined();
  expect(quota.take("one more", never)).toBeUndefined();
});
