// `stowage compare`, built and run as a user runs it: what is printed as JSON is held against its published schema by ajv,
// --fail-on against what a check in continuous integration relies on.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { load as parseYaml } from "js-yaml";
import { expect, test } from "vitest";
import type { Comparison } from "../../src/planning/comparison.js";
import { type Run, root, useCommandLine } from "../helpers/command-line.js";

const example = join(root, "examples/three-servers");
const schema = JSON.parse(readFileSync(join(root, "schema/compare.v1.json"), "utf8")) as object;
const isComparison = new Ajv2020({ strict: true, allErrors: true }).compile(schema);
const commandLine = useCommandLine("compare");

const run = (...args: string[]): Promise<Run> => commandLine.run(["compare", ...args]);

function comparisonOf({ stdout }: Run): Comparison {
  const document: unknown = JSON.parse(stdout);
  expect(isComparison(document) || isComparison.errors).toBe(true);
  return document as Comparison;
}

function file(name: string, text: string): string {
  const path = join(commandLine.folder, name);
  writeFileSync(path, text);
  return path;
}

/** Pods of nobody, which nothing spreads. */
const web = (name: string, pods: number): string =>
  file(
    name,
    Array.from(
      { length: pods },
      (_, at) =>
        `apiVersion: v1\nkind: Pod\nmetadata: {name: web-${at}}\nspec: {containers: [{name: c, image: i, resources: {requests: {cpu: 1, memory: 1Gi}}}]}\n`,
    ).join("---\n"),
  );

test("compares all strategies of the example where nothing else is asked for", async () => {
  const json = await run("-f", example, "-o", "json");
  expect([json.code, json.stderr]).toEqual([0, ""]);
  const comparison = comparisonOf(json);
  expect(comparison.variants.map(({ name, pending, moved }) => [name, pending, moved > 0])).toEqual([
    ["least", 4, false],
    ["most", 4, true],
    ["balanced", 4, true],
  ]);
  for (const { variant, pod, from, to } of comparison.moves)
    expect([variant, pod, from === to]).toEqual([variant, pod, false]);
  expect(parseYaml((await run("-f", example, "-o", "yaml")).stdout)).toEqual(comparison);
  for (const format of ["table", "wide", "markdown"]) {
    const { stdout } = await run("-f", example, "-o", format);
    for (const word of ["least", "most", "balanced", "nodes used", "NodeResourcesFit"]) expect(stdout).toContain(word);
  }
  expect((await run("-f", example, "-o", "json")).stdout).toBe(json.stdout);
});

test("compares one configuration with the default, two with one another, and refuses one twice", async () => {
  const packing = file(
    "packing.yaml",
    "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\nprofiles: [{pluginConfig: [{name: NodeResourcesFit, args: {scoringStrategy: {type: MostAllocated}}}]}]\n",
  );
  const named = async (...args: string[]) =>
    comparisonOf(await run("-f", example, "-o", "json", ...args)).variants.map(({ name }) => name);
  expect(await named("--config", packing)).toEqual(["default", packing]);
  expect(await named("--strategy", "balanced", "--config", packing)).toEqual(["balanced", packing]);
  const twice = await run("-f", example, "--strategy", "most", "--strategy", "most");
  expect([twice.code, twice.stderr]).toEqual([2, "most: is given twice\n"]);
});

test("compares two inputs, and exits 4 when something of --fail-on comes true", async () => {
  const [four, six] = [web("four.yaml", 4), web("six.yaml", 6)];
  const inputs = ["-f", four, "--to", six, "--nodes", "6x2cpu,4Gi", "--strategy", "most"];
  const { variants } = comparisonOf(await run(...inputs, "-o", "json"));
  expect(variants.map(({ name, nodesUsed, added }) => [name, nodesUsed, added])).toEqual([
    ["before", 2, 0],
    ["after", 3, 2],
  ]);
  const conditions: Readonly<Record<string, boolean>> = {
    "nodes>+0": true,
    "nodes>+1": false,
    "nodes>3": false,
    "nodes>=3": true,
    "nodes>+40%": true,
    "nodes>+50%": false,
    "pending>0": false,
    "requested.cpu>+1999m": true,
    "requested.memory>+2Gi": false,
    "free.cpu<2": false,
    "free.cpu<=2": true,
    "deviation.cpu>-1": true,
    "stranded.cpu>0": false,
  };
  const flagsOf = (names: readonly string[]): string[] => names.flatMap((name) => ["--fail-on", name]);
  const [all, comeTrue] = [Object.keys(conditions), Object.keys(conditions).filter((name) => conditions[name])];
  const failed = await run(...inputs, ...flagsOf(all));
  expect(failed.code).toBe(4);
  expect(failed.stdout.split("\n").filter((line) => line.startsWith("failed: "))).toEqual(
    comeTrue.map((name) => `failed: after: ${name}`),
  );
  expect((await run(...inputs, ...flagsOf(all.filter((name) => !conditions[name])))).code).toBe(0);
});

test("adds up costs by instance type", async () => {
  const nodes = ["--nodes", "2x2cpu,4Gi,label.node.kubernetes.io/instance-type=small"];
  const args = ["-f", web("two.yaml", 2), ...nodes, "--price", "small=0.05"];
  const { variants } = comparisonOf(await run(...args, "-o", "json"));
  expect(variants.map(({ name, cost }) => [name, cost])).toEqual([
    ["least", 0.1],
    ["most", 0.05],
    ["balanced", 0.1],
  ]);
  expect((await run(...args, "--fail-on", "cost<-40%")).code).toBe(4);
});

test("refuses what makes no sense, all of it at once", async () => {
  const args = ["-f", example, "--price", "small", "--price", "a=1", "--price", "a=2"];
  const bad = ["nodes", "nodes>", "nodes>x", "wishes>1", "stranded>1", "free.cpu<1Q", "nodes>5%", "nodes>+Infinity"];
  const { code, stdout, stderr } = await run(...args, ...bad.flatMap((one) => ["--fail-on", one]));
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr.split("\n")).toHaveLength(bad.length + 3);
  expect(stderr).toContain("--price small: is not TYPE=AMOUNT");
  expect(stderr).toContain("--price a=2: a is given twice");
  expect(stderr).toContain("--fail-on wishes>1: there is no such metric; there are nodes, pending, moved");
  const costless = await run("-f", example, "--fail-on", "cost>+5%");
  expect([costless.code, costless.stderr]).toEqual([
    2,
    "--fail-on cost>+5%: needs prices; give them by --price TYPE=AMOUNT\n",
  ]);
  const both = await run("-f", example, "--to", example, "--strategy", "least", "--strategy", "most");
  expect([both.code, both.stderr.includes("compares two inputs in one way")]).toEqual([2, true]);
});
