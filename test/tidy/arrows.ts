/** The rooms of the house and the arrows between them: who may import whom. */

import { cyclesOf, type Import, importsOf, reachableFrom } from "./imports.js";
import { isCode, type Source, type Violation } from "./sources.js";

/** Rooms of `src`: its folders, and the files beside them by their names. Each may import itself and these. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  kube: ["errors"],
  core: ["errors"],
  cluster: ["core", "kube", "errors"],
  scheduler: ["cluster", "core", "kube", "errors"],
  packages: ["errors"],
  extender: ["scheduler", "cluster", "core", "kube", "errors"],
  live: ["scheduler", "cluster", "kube", "packages", "errors"],
  packing: ["errors"],
  planning: ["packing", "scheduler", "cluster", "kube", "errors"],
  highs: ["packing"],
  bench: ["packing", "scheduler", "cluster", "kube", "errors"],
  doctor: ["scheduler", "kube", "errors"],
  manifests: ["cluster", "kube", "errors"],
  testing: ["scheduler", "cluster", "kube", "errors"],
  index: ["planning", "packing", "scheduler", "cluster", "kube", "errors"],
  cli: [
    ...["bench", "doctor", "extender", "highs", "live", "manifests", "packages", "packing", "planning"],
    ...["scheduler", "cluster", "kube", "errors"],
  ],
};

/** Packages and Node's own modules, and the files that may import them at run time: folders or single files. */
const MAY_USE: Readonly<Record<string, string | readonly string[]>> = {
  yargs: "src/cli/main.ts",
  "js-yaml": "src/kube/yaml.ts",
  yaml: "src/",
  "cli-table3": "src/cli/print/",
  "csv-stringify": "src/cli/print/",
  "markdown-table": "src/cli/print/",
  "cli-progress": "src/cli/progress.ts",
  fastify: "src/extender/server.ts",
  "prom-client": "src/extender/metrics.ts",
  pino: "src/cli/commands/extender.ts",
  "@kubernetes/client-node": "src/live/kubeconfig.ts",
  highs: "src/highs.ts",
  "node:": ["src/cli/", "src/doctor/", "src/live/", "src/extender/server.ts", "src/extender/tls.ts"],
};

const BINARY = "src/core/binary.ts";
const LIBRARY = ["src/index.ts", "src/testing.ts", "src/extender.ts"];
const MODULE_ENTRY = "assembly/index.ts";

/** @param entries the source files of what package.json publishes */
export function arrowViolations(sources: readonly Source[], entries: readonly string[]): Violation[] {
  const imports = importsOf(sources);
  return [
    ...imports.flatMap((one) => [roomArrow(one), packageUse(one), binaryUse(one), barrel(one, entries)].flat()),
    ...libraryPackages(imports),
    ...cyclesOf(imports).map(({ closing, way }) =>
      broken(closing, "no import cycles", `break ${way.join(" -> ")}: move what both need into a file of its own`),
    ),
    ...deadFiles(sources, imports, entries),
  ];
}

function roomArrow(one: Import): Violation[] {
  if (!one.isOurs) return [];
  const [from, to] = [roomOf(one.from), roomOf(one.to)];
  if (from === to) return [];
  if (from === "assembly" || to === "assembly") {
    return [broken(one, "assembly imports assembly only", "ask the module for it through src/core")];
  }
  const allowed = MAY_IMPORT[from];
  if (allowed === undefined) {
    return [broken(one, "every room has its arrows", `add ${from} to MAY_IMPORT in test/tidy/arrows.ts`)];
  }
  if (allowed.includes(to)) return [];
  const may = allowed.length === 0 ? "nothing of ours" : allowed.join(", ");
  return [
    broken(one, `${from} does not import ${to}`, `${from} may import ${may}; move the noun to where both see it`),
  ];
}

function packageUse(one: Import): Violation[] {
  if (one.isOurs || one.isType) return [];
  const name = Object.keys(MAY_USE).find(
    (key) => one.to === key || one.to.startsWith(key.endsWith(":") ? key : `${key}/`),
  );
  if (name === undefined) {
    return [
      broken(one, "every package has its place", `add ${one.to} to MAY_USE in test/tidy/arrows.ts, or do without`),
    ];
  }
  const places = [MAY_USE[name] ?? []].flat();
  return places.some((place) => one.from.startsWith(place))
    ? []
    : [broken(one, `${name} is used in ${places.join(" and ")} only`, "call what that place offers")];
}

function binaryUse(one: Import): Violation[] {
  if (one.to !== BINARY || roomOf(one.from) === "core") return [];
  return [broken(one, "the binaries are core's", "call coreModule of src/core/module.ts")];
}

function barrel(one: Import, entries: readonly string[]): Violation[] {
  if (!one.isReexport || one.from === MODULE_ENTRY || entries.includes(one.from)) return [];
  return [broken(one, "only entries re-export", `import from ${one.to} where it is used`)];
}

/** The library runs where there are no packages and no Node, so its declarations may not name them either. */
function libraryPackages(imports: readonly Import[]): Violation[] {
  const library = reachableFrom(LIBRARY, imports, true);
  return imports
    .filter(({ from, isOurs }) => !isOurs && library.has(from))
    .map((one) => broken(one, "the library depends on nothing", `what needs ${one.to} belongs to cli or manifests`));
}

function deadFiles(sources: readonly Source[], imports: readonly Import[], entries: readonly string[]): Violation[] {
  const known = new Set(sources.map(({ path }) => path));
  const alive = reachableFrom([...entries, MODULE_ENTRY], imports, true);
  const missing = entries.filter((entry) => !known.has(entry));
  const dead = sources.filter((source) => isCode(source, ["src", "assembly"]) && !alive.has(source.path));
  return [
    ...missing.map((path) => ({
      path,
      line: 1,
      rule: "every entry has a source",
      instead: "package.json publishes it: write it",
    })),
    ...dead.map(({ path }) => ({
      path,
      line: 1,
      rule: "no dead files",
      instead: "no entry reaches it: use it or delete it",
    })),
  ];
}

function roomOf(path: string): string {
  const [top = "", name = ""] = path.split("/");
  return top === "assembly" ? top : name.replace(/\.ts$/, "");
}

function broken({ from, line }: Import, rule: string, instead: string): Violation {
  return { path: from, line, rule, instead };
}
