// The two sides of the wall, held against each other: what src/core/exports.ts writes down and what the compiled modules
// say of themselves. Nothing is called but the constants; what the functions do is tested by the kernels' own tests.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { releaseBase64, scalarBase64 } from "../../src/core/binary.js";
import { CORE_CONSTANTS, CORE_FUNCTIONS } from "../../src/core/exports.js";
import { coreModule } from "../../src/core/module.js";
import { ROOT } from "../tidy/sources.js";

/** Exports that TypeScript does not ask for, each with its reason. */
const UNLISTED: Readonly<Record<string, string>> = {
  memory: "the engine makes its views of it",
  HAS_SIMD: "tells the binaries apart, for tests and benches",
  STATUS_NONE: "any negative slot says it",
  COLUMN_CPU_ALLOCATABLE: "reached through allocatableColumn",
  COLUMN_CPU_REQUESTED: "reached through requestedColumn",
  COLUMN_MEMORY_ALLOCATABLE: "reached through allocatableColumn",
  COLUMN_MEMORY_REQUESTED: "reached through requestedColumn",
  COLUMN_STATE: "which slots hold a node TypeScript knows itself",
  STATE_FREE: "which slots hold a node TypeScript knows itself",
  VERDICT_NO_NODE: "which slots hold a node TypeScript knows itself",
  stateAt: "which slots hold a node TypeScript knows itself",
  COLUMN_ROOM: "kept by nodesRefresh and nodesOccupy",
  COLUMN_CPU_NONZERO: "kept by nodesOccupy",
  COLUMN_MEMORY_NONZERO: "kept by nodesOccupy",
  COLUMN_BALANCE: "kept by nodesRefresh and nodesOccupy",
  COLUMN_SCRATCH: "scratch of a cycle",
  HOT_COLUMNS: "addresses are computed by the module alone",
  TILE_SHIFT: "addresses are computed by the module alone",
  FIXED_COLUMNS: "columnAdd gives out the further ones",
  STATE_REGULAR: "which kernels take a node is the module's choice",
  STATE_IRREGULAR: "which kernels take a node is the module's choice",
  EXTRA_FIELDS: "TypeScript appends whole entries, the module steps over them",
  PORT_FIELDS: "TypeScript appends whole entries, the module steps over them",
  FIT_FIELDS: "TypeScript appends whole entries, the module steps over them",
  BALANCED_FIELDS: "TypeScript appends whole entries, the module steps over them",
  SHAPE_FIELDS: "TypeScript appends whole entries, the module steps over them",
  INFEASIBLE: "no node is told by STATUS_NONE",
  SPREAD_MIN: "scratch of the kernels",
  SPREAD_WEIGHT: "scratch of the kernels",
  MAX_EXACT_QUOTIENT: "the module chooses the kernel by it",
};

const BINARIES = [
  { name: "release", module: coreModule(), base64: releaseBase64, file: "core.wasm", hasSimd: 1 },
  { name: "scalar", module: coreModule({ scalar: true }), base64: scalarBase64, file: "core.scalar.wasm", hasSimd: 0 },
] as const;

type Exports = Readonly<Record<string, unknown>>;

function exportsOf(module: WebAssembly.Module): Exports {
  return new WebAssembly.Instance(module, { env: { abort: () => undefined } }).exports;
}

/** Names with their kinds, and numbers of parameters where they are functions. */
function signaturesOf(module: WebAssembly.Module): string[] {
  const exports = exportsOf(module);
  return WebAssembly.Module.exports(module)
    .map(({ name, kind }) => `${kind} ${name}${kind === "function" ? `/${arityOf(exports, name)}` : ""}`)
    .sort();
}

const arityOf = (exports: Exports, name: string): unknown => (exports[name] as { length: number } | undefined)?.length;
const numberOf = (exports: Exports, name: string): unknown => (exports[name] as WebAssembly.Global).value;

describe.each(BINARIES)("the $name binary", ({ module, base64, file, hasSimd }) => {
  const exports = exportsOf(module);
  const kinds = new Map(WebAssembly.Module.exports(module).map(({ name, kind }) => [name, kind]));

  test("exports every function that TypeScript calls, with as many parameters", () => {
    const text = readFileSync(join(ROOT, "src/core/exports.ts"), "utf8");
    const declared = [...text.matchAll(/^ {2}(\w+)\(([^)]*)\): (?:number|void);$/gm)].map(
      ([, name = "", list = ""]) => `${name}/${list.match(/\w+:/g)?.length ?? 0}`,
    );
    const exported = Object.keys(CORE_FUNCTIONS).map((name) => `${name}/${arityOf(exports, name)}`);
    expect(Object.keys(CORE_FUNCTIONS).filter((name) => kinds.get(name) !== "function")).toEqual([]);
    expect(exported.sort()).toEqual(declared.sort());
  });

  test("exports every identifier that TypeScript asks for, as a number", () => {
    expect(CORE_CONSTANTS.filter((name) => kinds.get(name) !== "global")).toEqual([]);
    expect(CORE_CONSTANTS.filter((name) => !Number.isInteger(numberOf(exports, name)))).toEqual([]);
  });

  test("exports nothing that is neither listed nor left out for a reason", () => {
    const known = [...Object.keys(CORE_FUNCTIONS), ...CORE_CONSTANTS, ...Object.keys(UNLISTED)].sort();
    expect([...kinds.keys()].sort()).toEqual(known);
  });

  test("imports nothing but abort", () => {
    const imports = WebAssembly.Module.imports(module).map(({ module: from, name }) => `${from}.${name}`);
    expect(imports.filter((name) => name !== "env.abort")).toEqual([]);
  });

  test("is the one that the build left in build/", () => {
    expect(readFileSync(join(ROOT, "build", file)).equals(Buffer.from(base64, "base64"))).toBe(true);
    expect(numberOf(exports, "HAS_SIMD")).toBe(hasSimd);
  });
});

describe("the two binaries", () => {
  test("export the same names, of the same kinds, with the same parameters", () => {
    const [release, scalar] = BINARIES.map(({ module }) => signaturesOf(module));
    expect(scalar).toEqual(release);
  });

  test("give the same numbers to the same identifiers, the version of the interface among them", () => {
    const [release = {}, scalar = {}] = BINARIES.map(({ module }) => {
      const exports = exportsOf(module);
      return Object.fromEntries(CORE_CONSTANTS.map((name) => [name, numberOf(exports, name)]));
    });
    expect(scalar).toEqual(release);
    expect(release.ABI_VERSION).toBeGreaterThanOrEqual(1);
  });

  test("never give one number to two columns, fields, statuses, strategies or bits", () => {
    const exports = exportsOf(BINARIES[0].module);
    for (const prefix of ["COLUMN_", "STATUS_", "STATIC_", "STRATEGY_", "RESOURCE_", "POD_", "CLASS_", "SCORE_"]) {
      const names = Object.keys(exports).filter((name) => name.startsWith(prefix));
      const numbers = names.map((name) => numberOf(exports, name));
      expect(names.length, prefix).toBeGreaterThan(1);
      expect(new Set(numbers).size, prefix).toBe(names.length);
    }
  });
});
