/**
 * `npm run bench:families`: `stowage bench` of the dist/ that belongs to these sources, with 50,000 pods in clusters of 1,000,
 * 5,000 and 15,000 nodes unless told otherwise; every flag is passed on.
 */

import { spawn } from "node:child_process";
import { builtPath, loadBuilt } from "./built.js";

const DEFAULTS = ["--nodes=1000,5000,15000", "--pods=50000"];

async function main(): Promise<void> {
  await loadBuilt();
  const given = process.argv.slice(2);
  const defaults = DEFAULTS.filter((flag) => !given.some((one) => one.split("=")[0] === flag.split("=")[0]));
  const child = spawn(process.execPath, [builtPath("cli/main.js"), "bench", ...defaults, ...given], {
    stdio: "inherit",
  });
  child.on("close", (code) => {
    process.exitCode = code ?? 1;
  });
}

main().catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
