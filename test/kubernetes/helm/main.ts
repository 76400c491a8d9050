/**
 * `npm run chart`: builds Helm where there is none, lints the chart with every set of values, and holds the plain manifests of
 * deploy/ against it. `--write` writes them anew; `--render FOLDER` writes what every set of values renders to, for an API
 * server to judge. Exit code 77 says that there is no Go.
 */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildGoProgram, hasGo } from "../go-program.js";
import { askHelm, HELM, streamOf } from "./helm.js";
import { GOOD, MANIFESTS } from "./values.js";

const FOLDER = fileURLToPath(new URL("../../../deploy/manifests", import.meta.url));
const NO_GO = 77;

async function main(args: readonly string[]): Promise<number> {
  if (!hasGo()) {
    process.stdout.write("skipped: no Go, so Helm cannot be built\n");
    return NO_GO;
  }
  await buildGoProgram(HELM);
  const answers = await askHelm(Object.values(GOOD));
  const streams = new Map<string, string>();
  let problems = 0;
  Object.keys(GOOD).forEach((name, at) => {
    const { lint, error } = answers[at]!;
    for (const message of [...lint, ...(error === undefined ? [] : [error])]) {
      process.stdout.write(`${name}: ${message}\n`);
      problems++;
    }
    if (error === undefined) streams.set(name, streamOf(answers[at]!));
  });
  const target = args[0] === "--render" ? args[1] : undefined;
  if (target !== undefined) writeAll(target, streams);
  if (args[0] === "--write") writeAll(FOLDER, new Map([...streams].filter(([name]) => name in MANIFESTS)));
  for (const name of Object.keys(MANIFESTS)) {
    if (readFileSync(join(FOLDER, name), "utf8") === streams.get(name)) continue;
    process.stdout.write(`deploy/manifests/${name} is not what the chart renders: npm run chart -- --write\n`);
    problems++;
  }
  process.stdout.write(`${streams.size} sets of values rendered, ${problems} problems\n`);
  return problems === 0 ? 0 : 1;
}

function writeAll(folder: string, streams: ReadonlyMap<string, string>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of streams) {
    writeFileSync(join(folder, name.endsWith(".yaml") ? name : `${name.replaceAll(" ", "-")}.yaml`), text);
  }
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
