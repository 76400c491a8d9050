// The packed tarball, used as its users use it: from Node in both module systems, through three bundlers, in a browser.
// One small program runs everywhere and must print the same. No network; the browser part is skipped where there is none.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build as buildWithEsbuild } from "esbuild";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { rolldown } from "rolldown";
import { build as buildWithVite } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findChromium, firstLineOf, launchChromium } from "../helpers/browser.js";
import { unnamableTypes } from "../helpers/declarations.js";
import { type PackedPackage, packPackage, runNode } from "../helpers/packed-package.js";
import { listFiles, ROOT } from "../tidy/sources.js";

/** Three nodes and three pods: `a` is tainted, `b` too small for the second pod, `c` larger, so each rule moves one. */
const PROGRAM = `
const cluster = new Cluster(options);
const taints = [{ key: "dedicated", value: "db", effect: "NoSchedule" }];
cluster.upsertNode({ name: "a", allocatable: { cpu: 8, memory: "32Gi" }, taints });
cluster.upsertNode({ name: "b", allocatable: { cpu: 2, memory: "4Gi" } });
cluster.upsertNode({ name: "c", allocatable: { cpu: 4, memory: "16Gi" } });
const scheduler = new Scheduler(cluster);
const pods = [
  { name: "db", requests: { cpu: 1, memory: "8Gi" }, nodeSelector: { "kubernetes.io/hostname": "a" },
    tolerations: [{ key: "dedicated", operator: "Exists" }] },
  { name: "api", requests: { cpu: 3, memory: "8Gi" } },
  { name: "web", requests: { cpu: "500m", memory: "1Gi" } },
];
console.log(pods.map((pod) => scheduler.place(pod).node).join(" "));
`;
const PRINTED = "a c b";
const OWN_MODULE = "const options = {};";
const ESM = `import { Cluster, Scheduler } from "stowage";\n${OWN_MODULE}${PROGRAM}`;

const folder = mkdtempSync(join(tmpdir(), "stowage-packed-"));
let packed: PackedPackage;

beforeAll(() => {
  packed = packPackage(folder);
  writeFileSync(join(packed.app, "package.json"), '{ "private": true }\n');
  writeFileSync(join(packed.app, "program.mjs"), ESM);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const runModule = (script: string, project = packed.app): string =>
  runNode(project, ["--input-type=module", "--eval", script]).trim();
const runCommonJs = (script: string, project = packed.app): string =>
  runNode(project, ["--input-type=commonjs", "--eval", script]).trim();

/** In a project without Node's types. */
function compileStrictly(file: string, ...others: readonly string[]): void {
  const flags = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--module", "nodenext", "--target", "es2022"];
  const libraries = ["--types", "", "--lib", "es2022,esnext.disposable,dom"];
  const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
  runNode(packed.bareApp, [compiler, ...flags, ...libraries, ...others, file]);
}

interface Problem {
  readonly kind: string;
  readonly entrypoint?: string;
  readonly resolutionKind?: string;
}

const isUntyped = (path: string): boolean => /\.(?:wasm|json)$/.test(path);
const subpaths = (isWanted: (path: string) => boolean): string[] =>
  Object.keys(packed.manifest.exports).filter(isWanted);

describe("the tarball", () => {
  test("holds what the sources compile to, the module, schemas, offers and the papers, and nothing else", () => {
    const compiled = listFiles(join(ROOT, "src")).flatMap((path) =>
      [".js", ".d.ts"].map((ending) => `dist/${path.replace(/\.ts$/, ending)}`),
    );
    const schemas = listFiles(join(ROOT, "schema")).map((path) => `schema/${path}`);
    const offers = listFiles(join(ROOT, "offers")).map((path) => `offers/${path}`);
    const papers = ["CHANGELOG.md", "LICENSE", "README.md", "package.json"];
    expect(packed.files).toEqual([...compiled, ...schemas, ...offers, ...papers, "dist/core.wasm"].sort());
  });

  test("is found faultless by publint", async () => {
    const data = readFileSync(packed.tarball);
    const tarball = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
    const { messages, pkg = {} } = await publint({ pack: { tarball }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  test("has types where Node's and the bundlers' resolutions look for them", () => {
    const attw = join(ROOT, "node_modules/@arethetypeswrong/cli/dist/index.js");
    const args = [packed.tarball, "--profile", "esm-only", "--format", "json", "--no-definitely-typed"];
    const report = runNode(ROOT, [attw, ...args, "--exclude-entrypoints", ...subpaths(isUntyped)]);
    const { analysis } = JSON.parse(report) as { analysis: { entrypoints: object; problems: Problem[] } };
    expect(Object.keys(analysis.entrypoints)).toEqual(subpaths((path) => !isUntyped(path)));
    // Resolutions that know no exports, and require() of ESM by TypeScript before 5.8, are given up on purpose.
    const problems = analysis.problems.filter(
      ({ resolutionKind }) => !/^node10$|^node16-cjs$/.test(resolutionKind ?? ""),
    );
    expect(problems).toEqual([]);
  });

  test("names every type that it shows", () => {
    const dist = join(packed.bareApp, "node_modules/stowage/dist");
    const entries = subpaths((path) => !isUntyped(path)).map(
      (path) => `${path === "." ? "index" : path.slice(2)}.d.ts`,
    );
    expect(unnamableTypes(entries.map((entry) => join(dist, entry)))).toEqual([]);
  });

  test("has declarations that a strict project without Node's types can compile", () => {
    const imports = 'import { Cluster, type ClusterOptions, Scheduler } from "stowage";\nimport "stowage/manifests";\n';
    const placed = PROGRAM.replace("scheduler.place(pod).node", "scheduler.place(pod).status");
    writeFileSync(join(packed.bareApp, "package.json"), '{ "type": "module" }\n');
    writeFileSync(join(packed.bareApp, "program.ts"), `${imports}const options: ClusterOptions = {};${placed}`);
    compileStrictly("program.ts");
  });

  test("takes the objects of Kubernetes' own client as they are typed there", () => {
    const kinds = [
      "Service",
      "PersistentVolume",
      "PersistentVolumeClaim",
      "StorageClass",
      "CSINode",
      "PodDisruptionBudget",
    ];
    const types = ["Pod", "Node", ...kinds].map((kind) => `V1${kind}`);
    mkdirSync(join(packed.bareApp, "node_modules/@kubernetes"));
    const client = "node_modules/@kubernetes/client-node";
    symlinkSync(join(ROOT, client), join(packed.bareApp, client));
    writeFileSync(
      join(packed.bareApp, "client.ts"),
      `import { Cluster, Scheduler } from "stowage";
      import type { ${types.join(", ")} } from "@kubernetes/client-node";
      export function use(cluster: Cluster, pods: V1Pod[], node: V1Node, ...objects: (V1${kinds.join(" | V1")})[]) {
        cluster.upsertNode(node);
        for (const object of objects) cluster.upsertObject(object);
        return new Scheduler(cluster).placeAll(pods);
      }`,
    );
    compileStrictly("client.ts", "--skipLibCheck");
  });
});

describe("in Node", () => {
  test("import and require() give the same names of every subpath", () => {
    for (const path of subpaths((name) => !isUntyped(name))) {
      const [specifier, print] = [`"stowage${path.slice(1)}"`, 'console.log(Object.keys(found).sort().join(" "))'];
      const imported = runModule(`const found = await import(${specifier}); ${print}`);
      expect(imported, path).not.toBe("");
      expect(runCommonJs(`const found = require(${specifier}); ${print}`), path).toBe(imported);
    }
  });

  test("the library schedules without any of the run-time dependencies", () => {
    expect(runModule(ESM, packed.bareApp)).toBe(PRINTED);
    for (const path of ["testing", "extender"]) {
      expect(runModule(`await import("stowage/${path}"); console.log("loaded")`, packed.bareApp)).toBe("loaded");
    }
  });

  test("require() loads the library, which then schedules", () => {
    const script = `const { Cluster, Scheduler } = require("stowage");\n${OWN_MODULE}${PROGRAM}`;
    expect(runCommonJs(script, packed.bareApp)).toBe(PRINTED);
  });

  test("stowage/core.wasm is a file that compiles and that a Cluster takes", () => {
    const script = `
      import { readFileSync } from "node:fs";
      import { Cluster, Scheduler } from "stowage";
      const bytes = readFileSync(new URL(import.meta.resolve("stowage/core.wasm")));
      const options = { module: await WebAssembly.compile(bytes) };${PROGRAM}`;
    expect(runModule(script, packed.bareApp)).toBe(PRINTED);
  });

  test("every schema can be required and names itself", () => {
    for (const name of listFiles(join(ROOT, "schema"))) {
      const id = runCommonJs(`console.log(require("stowage/schema/${name}").$id)`, packed.bareApp);
      expect(id.endsWith(name.replace(/\.json$/, "")), `${name} has the $id ${id}`).toBe(true);
    }
  });

  test("a command that lacks an optional package names the line that installs it", () => {
    const command = join(packed.app, "node_modules/stowage", packed.manifest.bin.stowage ?? "");
    const args = [command, "extender", "-f", join(ROOT, "examples/three-servers")];
    const { status, stderr } = spawnSync(process.execPath, args, {
      cwd: packed.app,
      encoding: "utf8",
      timeout: 30_000,
    });
    const message = "stowage: stowage extender needs a package that is not installed: npm install pino@10\n";
    expect([status, stderr]).toEqual([2, message]);
  });

  test("the command has a line that names its interpreter, and knows its version", () => {
    const command = join(packed.app, "node_modules/stowage", packed.manifest.bin.stowage ?? "");
    expect(readFileSync(command, "utf8").split("\n")[0]).toBe("#!/usr/bin/env node");
    expect(runNode(packed.app, [command, "--version"]).trim()).toBe(packed.manifest.version);
  });
});

/** Each writes one file, `program.js`, into `outDir`. */
const BUNDLERS: Readonly<Record<string, (entry: string, outDir: string) => Promise<unknown>>> = {
  esbuild: (entry, outDir) =>
    buildWithEsbuild({ entryPoints: [entry], outdir: outDir, bundle: true, format: "esm", platform: "browser" }),
  rolldown: async (entry, outDir) => {
    const bundle = await rolldown({ input: entry, platform: "browser" });
    await bundle.write({ dir: outDir, entryFileNames: "program.js" });
  },
  vite: (entry, outDir) =>
    buildWithVite({
      configFile: false,
      logLevel: "error",
      root: packed.app,
      build: {
        outDir,
        modulePreload: false,
        rolldownOptions: { input: entry, output: { entryFileNames: "program.js" } },
      },
    }),
};

const executable = findChromium();
if (executable === undefined) console.log("browser tests skipped: neither CHROMIUM nor PATH names a browser");

describe.each(Object.keys(BUNDLERS))("bundled by %s", (name) => {
  let site: string;

  beforeAll(async () => {
    site = join(packed.app, `with-${name}`);
    await BUNDLERS[name]?.(join(packed.app, "program.mjs"), site);
  });

  test("it is one file that runs in Node and prints the same", () => {
    expect(listFiles(site)).toEqual(["program.js"]);
    writeFileSync(join(site, "package.json"), '{ "type": "module" }\n');
    expect(runNode(site, ["program.js"]).trim()).toBe(PRINTED);
  });

  test.skipIf(executable === undefined)(
    "it schedules in Chromium under a policy that allows WebAssembly, and says so under one that does not",
    async () => {
      writeFileSync(join(site, "index.html"), '<script type="module" src="/program.js"></script>\n');
      const browser = await launchChromium(executable ?? "");
      try {
        const allowing = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'";
        expect(await firstLineOf(browser, site, allowing)).toBe(PRINTED);
        const forbidding = "default-src 'none'; script-src 'self'";
        expect(await firstLineOf(browser, site, forbidding)).toMatch(
          /^StowageError: WebAssembly is not available here/,
        );
      } finally {
        await browser.close();
      }
    },
  );
});
