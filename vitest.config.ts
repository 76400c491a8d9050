import { defineConfig } from "vitest/config";

/** What decides much: the heap that one such file leaves behind makes the next take two to three times as long. */
const HEAVY = ["test/{conformance,kernel,kubernetes,property}/**/*.test.ts"];

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: "forks",
    // By default one core is left alone, which is half of two.
    maxWorkers: "100%",
    projects: [
      { extends: true, test: { name: "apart", include: HEAVY, isolate: true } },
      // Files that a worker runs share what they import: loading the sources for each took a fifth of the time of all.
      { extends: true, test: { name: "shared", include: ["test/**/*.test.ts"], exclude: HEAVY, isolate: false } },
    ],
  },
});
