// Builds everything that a clean clone lacks: the two wasm binaries, the TypeScript file that carries them as base64,
// and dist/. Flags of the AssemblyScript compiler stand in asconfig.json alone.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const run = (tool, ...args) =>
  execFileSync(process.execPath, [join(root, "node_modules", tool), ...args], { cwd: root, stdio: "inherit" });

for (const target of ["release", "scalar"]) {
  run("assemblyscript/bin/asc.js", "--config", "asconfig.json", "--target", target);
}

const base64 = (name) => readFileSync(join(root, "build", name)).toString("base64");
writeFileSync(
  join(root, "src/core/binary.ts"),
  `// Written by scripts/build.mjs from build/*.wasm. Not committed.
export const releaseBase64: string = "${base64("core.wasm")}";
export const scalarBase64: string = "${base64("core.scalar.wasm")}";
`,
);

if (!process.argv.includes("--core")) {
  rmSync(join(root, "dist"), { recursive: true, force: true });
  run("typescript/bin/tsc", "-p", "tsconfig.build.json");
  mkdirSync(join(root, "dist"), { recursive: true });
  copyFileSync(join(root, "build/core.wasm"), join(root, "dist/core.wasm"));
}
