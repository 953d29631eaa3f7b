import { defineConfig } from "vitest/config";

const conditions = ["@foundation/source", "node"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: [
      "packages/*/src/**/*.test.ts",
      "test/**/*.test.ts",
      "benchmarks/**/*.test.ts",
      "examples/**/*.test.ts",
      "tools/**/*.test.ts",
    ],
    // Process tests start up to nine nodes each; two files at a time is what a two-core machine carries without noise.
    maxWorkers: 2,
    coverage: {
      provider: "v8",
      include: ["packages/*/src/**"],
      exclude: ["**/*.test.ts", "**/*.test-d.ts", "packages/*/src/testing/**"],
      reporter: ["text", "html"],
    },
    // A busy machine may take its time: what is polled for is there in the end, or it is not.
    expect: { poll: { timeout: 20_000, interval: 10 } },
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
