// Builds the packages as they will be published, and looks for what is wrong with them. Part of npm run check.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findPackageFaults } from "./pack/find-package-faults.ts";
import { stagePackages } from "./pack/stage-packages.ts";

const staging = await mkdtemp(join(tmpdir(), "foundation-check-"));
try {
  const faults: string[] = [];
  for (const staged of await stagePackages(staging)) faults.push(...(await findPackageFaults(staged)));
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
} finally {
  await rm(staging, { recursive: true, force: true });
}
