/** Worlds that once told a side and the real scheduler apart, or that a rule hangs on. Each says why in its first line. */

import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { NamedWorld } from "./judge.js";
import { readWorldFile } from "./world-file.js";

const FOLDER = new URL("./corpus/", import.meta.url);

export function readCorpus(): NamedWorld[] {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith(".yaml"));
  return names.sort().map((name) => ({
    name: `test/kubernetes/corpus/${name}`,
    world: readWorldFile(fileURLToPath(new URL(name, FOLDER))),
  }));
}
