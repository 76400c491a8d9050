// `stowage bench`, built and run as a user runs it: what is printed as JSON is held against its published schema by ajv. Figures
// are not looked at: no time decides a test.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { load as parseYaml } from "js-yaml";
import { expect, test } from "vitest";
import { FAMILIES } from "../../src/bench/families.js";
import type { BenchReport } from "../../src/cli/print/bench.js";
import { type Run, root, useCommandLine } from "../helpers/command-line.js";

const schema = JSON.parse(readFileSync(join(root, "schema/bench.v1.json"), "utf8")) as object;
const isReport = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true }).compile(schema);
const commandLine = useCommandLine("bench");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };

const bench = (...args: string[]): Promise<Run> => commandLine.run(["bench", ...args]);

function reportOf({ stdout }: Run): BenchReport {
  const document: unknown = JSON.parse(stdout);
  expect(isReport(document) || isReport.errors).toBe(true);
  return document as BenchReport;
}

test("measures every family in a small cluster, and in each pods find nodes", async () => {
  const run = await bench("--nodes", "40", "--pods", "200", "--classes", "2", "-o", "json");
  expect([run.code, run.stderr]).toEqual([0, ""]);
  const report = reportOf(run);
  expect([report.version, report.seed]).toEqual([version, 1]);
  expect(report.families.map(({ family }) => family)).toEqual(FAMILIES.map(({ name }) => name));
  for (const { family, nodes, classes, boundary, by, placed } of report.families) {
    expect([family, nodes, classes, placed > 0]).toEqual([family, 40, 2, true]);
    expect([family, by]).toEqual([family, boundary === "engine" ? "index" : null]);
  }
});

test("takes sizes and classes in turns, smaller clusters first, and any family at the API boundary", async () => {
  const flags = ["--nodes", "8,20", "--classes", "1,3", "--pods", "20", "--boundary", "api", "--seed", "7"];
  const run = await bench("--family", "PodAntiAffinity", ...flags, "-o", "json");
  const { families, seed } = reportOf(run);
  expect(seed).toBe(7);
  expect(families.map(({ nodes, classes, pods, boundary }) => [nodes, classes, pods, boundary])).toEqual([
    // Each class has its like on all 8 nodes but those that a resident of a fifth of them stands on.
    [8, 1, 7, "api"],
    [8, 3, 20, "api"],
    [20, 1, 16, "api"],
    [20, 3, 20, "api"],
  ]);
});

test("prints the same in every format", async () => {
  const flags = ["--family", "SchedulingBasic", "--nodes", "10", "--classes", "1", "--pods", "32"];
  for (const format of ["table", "markdown"]) {
    const { stdout } = await bench(...flags, "-o", format);
    for (const word of ["FAMILY", "SchedulingBasic", "engine", "index", `stowage ${version}`]) {
      expect(stdout).toContain(word);
    }
  }
  const csv = (await bench(...flags, "-o", "csv")).stdout.split("\n");
  expect(csv[0]).toBe("family,boundary,nodes,classes,by,pods,placed,podsPerSecond,p50Us,p99Us,scanUs,bytesAClass");
  expect(csv[1]).toMatch(/^SchedulingBasic,engine,10,1,index,32,32,[\d.]+,/);
  const yaml = parseYaml((await bench(...flags, "-o", "yaml")).stdout);
  expect(isReport(yaml) || isReport.errors).toBe(true);
});

test("says what each family is about, in the words of the documentation", async () => {
  const { code, stdout } = await bench("--list");
  expect(code).toBe(0);
  const docs = readFileSync(join(root, "docs/bench.md"), "utf8").split("\n");
  for (const { name, about, zones } of FAMILIES) {
    expect(stdout).toMatch(new RegExp(`^${name} +(?:engine|api) +\\S`, "m"));
    expect(docs.filter((line) => line.startsWith(`| ${name} | ${about} | ${zones} | `))).toHaveLength(1);
  }
});

test("exits 2 with the list of families for one that there is not, and for numbers that are none, all at once", async () => {
  const run = await bench("--family", "Basic", "--nodes", "40,x", "--pods", "0", "--classes", "1,,2");
  expect([run.code, run.stdout]).toEqual([2, ""]);
  expect(run.stderr.trimEnd().split("\n")).toEqual([
    '--nodes 40,x: "x" is not a whole number from 1 to 1000000',
    '--classes 1,,2: "" is not a whole number from 1 to 10000',
    '--pods 0: "0" is not a whole number from 1 to 10000000',
    `--family Basic: is none of ${FAMILIES.map(({ name }) => name).join(", ")}`,
  ]);
});
