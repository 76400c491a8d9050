import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: "forks",
    // Files that a worker runs share what they import: loading the sources for each took a fifth of the time of all.
    isolate: false,
    // By default one core is left alone, which is half of two.
    maxWorkers: "100%",
  },
});
