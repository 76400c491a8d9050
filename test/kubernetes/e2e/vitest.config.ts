import { defineConfig } from "vitest/config";
import { controlPlaneMissing } from "./binaries.js";

const missing = controlPlaneMissing();
if (missing !== undefined) console.log(`skipped: ${missing}`);

export default defineConfig({
  test: {
    include: missing === undefined ? ["test/kubernetes/e2e/*.e2e.ts"] : [],
    passWithNoTests: missing !== undefined,
    globalSetup: "test/kubernetes/e2e/setup.ts",
    testTimeout: 180_000,
    // A worker that is killed takes its processes with it, which a thread would not; and the cases share two cores.
    pool: "forks",
    fileParallelism: false,
  },
});
