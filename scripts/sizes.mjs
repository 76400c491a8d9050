// Prints the sizes of the wasm binaries and exits 1 when one is beyond its limit. `--write` puts down the
// sizes as they are.
//
// Two limits: what a page can afford to load, and a quarter more than the size that scripts/sizes.json holds, so that
// growth is a decision that shows in a diff. gzip, since that is what travels.
import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const MAX_GZIP_BYTES = 120_000;
const MAX_GROWTH = 1.25;

const committedAt = new URL("sizes.json", import.meta.url);
const sizes = Object.fromEntries(
  ["core.wasm", "core.scalar.wasm"].map((name) => {
    const bytes = readFileSync(new URL(`../build/${name}`, import.meta.url));
    return [name, { bytes: bytes.length, gzipBytes: gzipSync(bytes, { level: 9 }).length }];
  }),
);

if (process.argv.includes("--write")) writeFileSync(committedAt, `${JSON.stringify(sizes, undefined, 2)}\n`);

const committed = JSON.parse(readFileSync(committedAt, "utf8"));
for (const [name, { bytes, gzipBytes }] of Object.entries(sizes)) {
  const limit = Math.min(MAX_GZIP_BYTES, Math.floor((committed[name]?.gzipBytes ?? 0) * MAX_GROWTH));
  console.log(`${name}: ${bytes} bytes, ${gzipBytes} in gzip; limit ${limit}`);
  if (gzipBytes <= limit) continue;
  console.error(`${name} is too large; where that is meant, run \`node scripts/sizes.mjs --write\` and say why`);
  process.exitCode = 1;
}
