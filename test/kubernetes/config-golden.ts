/**
 * Answers of the real scheduler that are kept, so that no oracle is needed. To write them anew:
 * `npx tsx test/kubernetes/config-golden.ts SEED COUNT`.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { configurations } from "./config-arbitraries.js";
import { askAboutConfigs, type ConfigAnswer } from "./config-oracle.js";
import { kubernetesVersion } from "./oracle.js";

interface Golden {
  /** Of kube-scheduler. */
  readonly version: string;
  readonly seed: number;
  readonly configs: readonly object[];
  readonly answers: readonly ConfigAnswer[];
}

const FILE = new URL("../fixtures/config-answers.json.gz", import.meta.url);

export function readGolden(): Golden {
  return JSON.parse(gunzipSync(readFileSync(FILE)).toString()) as Golden;
}

function writeGolden(seed: number, count: number): void {
  const configs = fc.sample(configurations, { seed, numRuns: count });
  const golden: Golden = {
    version: kubernetesVersion("1.36"),
    seed,
    configs,
    answers: askAboutConfigs(configs, "1.36"),
  };
  writeFileSync(FILE, gzipSync(JSON.stringify(golden), { level: 9 }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [seed = 1, count = 1_000] = process.argv.slice(2).map(Number);
  writeGolden(seed, count);
}
