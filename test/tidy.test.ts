// The house rules, read off the sources with regular expressions: arrows between rooms, lengths, words. What breaks one
// is printed as file:line: rule: what to do instead. The rules themselves are tried on small files that break them.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { transformSync } from "esbuild";
import { describe, expect, test } from "vitest";
import { arrowViolations } from "./tidy/arrows.js";
import { lengthViolations, lineViolations } from "./tidy/lines.js";
import { formatViolations, isCode, ROOT, readSources, type Source, sourceOf, type Violation } from "./tidy/sources.js";

const sources = readSources();
const entries = publishedEntries();

describe("the sources", () => {
  test("keep to the arrows between rooms, have no cycles and no dead files", () => {
    expect(formatViolations(arrowViolations(sources, entries))).toBe("");
  });

  test("have short files and short functions", () => {
    expect(formatViolations(lengthViolations(sources))).toBe("");
  });

  test("say nothing that a rule forbids", () => {
    expect(formatViolations(lineViolations(sources))).toBe("");
  });

  test("await nothing at the top level, so that require() can load them", () => {
    expect(formatViolations(sources.filter((source) => isCode(source, ["src"])).flatMap(topLevelAwaits))).toBe("");
  });
});

describe("the rules", () => {
  const found = (rule: (files: Source[]) => Violation[], files: Record<string, string>): string =>
    formatViolations(rule(Object.entries(files).map(([path, text]) => sourceOf(path, text))));
  const arrows = (files: Record<string, string>): string =>
    found((all) => arrowViolations(all, ["src/index.ts"]), files);

  test("see an import against an arrow, of types too", () => {
    expect(
      arrows({ "src/kube/a.ts": 'import type { B } from "../cluster/b.js";\n', "src/cluster/b.ts": "" }),
    ).toContain("src/kube/a.ts:1: kube does not import cluster: kube may import errors");
    expect(arrows({ "src/attic/a.ts": 'import "../errors.js";\n', "src/errors.ts": "" })).toContain(
      "add attic to MAY_IMPORT",
    );
    expect(arrows({ "src/core/a.ts": 'import { x } from "../../assembly/x";\n', "assembly/x.ts": "" })).toContain(
      "assembly imports assembly only",
    );
  });

  test("see the binaries and the packages in the wrong place, broken over lines and dynamic", () => {
    const text =
      '\nimport {\n  a,\n  b,\n} from "yargs/helpers";\nawait import("left-pad");\nexport * from "./c.js";\n';
    const report = arrows({ "src/cli/a.ts": text, "src/cli/c.ts": 'import "../core/binary.js";\n' });
    expect(report).toContain("src/cli/a.ts:2: yargs is used in src/cli/main.ts only");
    expect(report).toContain("src/cli/a.ts:6: every package has its place: add left-pad");
    expect(report).toContain("src/cli/a.ts:7: only entries re-export: import from src/cli/c.ts");
    expect(report).toContain("src/cli/c.ts:1: the binaries are core's");
    expect(arrows({ "src/index.ts": 'import type { Options } from "yargs";\n' })).toContain(
      "the library depends on nothing",
    );
  });

  test("see a cycle once and a dead file", () => {
    const [a, b] = ['import { b } from "./b.js";\n', 'import { a } from "./a.js";\n'];
    const report = arrows({ "src/kube/a.ts": a, "src/kube/b.ts": b });
    expect(report).toContain("break src/kube/a.ts -> src/kube/b.ts -> src/kube/a.ts");
    expect(report.match(/cycle/g)).toHaveLength(1);
    const lonely = [sourceOf("src/kube/a.ts", ""), sourceOf("src/index.ts", "")];
    expect(formatViolations(arrowViolations(lonely, ["src/index.ts"]))).toContain("src/kube/a.ts:1: no dead files");
  });

  test("measure functions of every form, from the head to the closing bracket", () => {
    const body = (count: number, indent: number): string => `${" ".repeat(indent)}x();\n`.repeat(count);
    const report = found(lengthViolations, {
      "src/a.ts": `export function a() {\n${body(69, 2)}}\n`,
      "src/b.ts": `class B {\n  async #b<T>(x: T): Promise<T> {\n${body(69, 4)}  }\n}\n`,
      "src/c.ts": `function c({\n  x,\n}: {\n  x: number;\n}): void {\n${body(69, 2)}}\n`,
      "src/d.ts": `const d = (\n  x: number,\n) => {\n${body(69, 2)}};\n`,
      "src/e.ts": `function e() {\n${body(68, 2)}}\n`,
      "test/f.test.ts": `describe("f", () => {\n${body(69, 2)}});\n`,
      "src/g.ts": body(501, 0),
    });
    expect(report.split("\n").map((line) => line.replace(/ lines \(this one (\d+)\).*/, " $1"))).toEqual([
      "src/a.ts:1: a function has at most 70 71",
      "src/b.ts:2: a function has at most 70 71",
      "src/c.ts:1: a function has at most 70 75",
      "src/d.ts:1: a function has at most 70 73",
      "src/g.ts:501: a file has at most 500 lines: it has two subjects: split it",
    ]);
  });

  test("see forbidden lines in code, and leave comments and allowed places alone", () => {
    const clock = "/* Date.now() */ const url = 'https://x'; // performance\nconst t = Date.now();\n";
    expect(found(lineViolations, { "src/kube/a.ts": clock })).toMatch(
      /^src\/kube\/a\.ts:2: decisions read no clock.*$/,
    );
    expect(found(lineViolations, { "src/cli/a.ts": clock })).toBe("");
    expect(found(lineViolations, { "src/kube/a.ts": "new WebAssembly.Module(x);\n" })).toContain(
      "only src/core compiles",
    );
    expect(found(lineViolations, { "src/kube/a.ts": "let module: WebAssembly.Module;\n" })).toBe("");
    expect(
      found(lineViolations, { "test/a.test.ts": `test.${"only"}("x", f);\ncontext.skip("no browser");\n` }),
    ).toContain("test/a.test.ts:1: no test is left out silently");
    expect(found(lineViolations, { "README.md": `fine\n${"TO"}DO\n` })).toContain(
      "README.md:2: nothing is left for later",
    );
    expect(topLevelAwaits(sourceOf("src/a.ts", "export {};\nfor await (const x of y) z(x);\n"))).toHaveLength(1);
  });
});

/** esbuild refuses a top-level await where it is to write CommonJS, which has none. */
function topLevelAwaits({ path, text }: Source): Violation[] {
  try {
    transformSync(text, { loader: "ts", format: "cjs", logLevel: "silent" });
    return [];
  } catch (error) {
    const { errors } = error as { errors: readonly { text: string; location: { line: number } | null }[] };
    return errors.map(({ text: rule, location }) => ({
      path,
      line: location?.line ?? 1,
      rule: `no top-level await (${rule})`,
      instead: "do it lazily, inside a function",
    }));
  }
}

/** Sources of the files that package.json's exports and bin name. */
function publishedEntries(): string[] {
  const { exports, bin } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
    readonly bin: Readonly<Record<string, string>>;
  };
  return [...Object.values(exports), ...Object.values(bin)]
    .map((target) => (typeof target === "string" ? target : target.default))
    .filter((target) => target.endsWith(".js"))
    .map((target) => target.replace("./dist/", "src/").replace(/\.js$/, ".ts"));
}
