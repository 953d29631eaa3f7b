import { createTestSystem, type DiscoverySubject, describeContract, discoveryContract } from "@foundation/testkit";
import { describe, it } from "vitest";
import { FakeServiceList } from "./fake-service-list.ts";
import { ServiceListDiscovery } from "./service-list-discovery.ts";

async function create(): Promise<DiscoverySubject> {
  const { system, time } = createTestSystem();
  const list = new FakeServiceList(system.runtime);
  return {
    runtime: system.runtime,
    settle: (work) => time.settle(work),
    strategy: () => new ServiceListDiscovery(list),
    backend: {
      add: async (peers) => {
        for (const peer of peers) await list.put(peer.nodeId, peer);
      },
      remove: async (peers) => {
        for (const peer of peers) await list.remove(peer.nodeId, peer);
      },
      setBroken: async (isBroken) => {
        list.isBroken = isBroken;
      },
      setDelay: async (delayMs) => {
        list.delayMs = delayMs;
      },
    },
  };
}

const contract = discoveryContract({
  name: "service list",
  create,
  cannot: { stale: "the list drops entries of nodes that have ended" },
});
describeContract(contract, { describe, it });
