// The built command line, run as a user runs it: `stowage config check` on files, folders and standard input.
// What is printed as JSON is held against its published schema by ajv, in every case.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import type { ConfigReport } from "../../src/cli/config-report.js";
import { type Run, root, useCommandLine } from "../helpers/command-line.js";

const schema = JSON.parse(readFileSync(join(root, "schema/config-check.v1.json"), "utf8")) as object;
const isReport = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true }).compile(schema);

const commandLine = useCommandLine("config");

function check(args: readonly string[], stdin = "", env: NodeJS.ProcessEnv = {}): Promise<Run> {
  return commandLine.run(["config", "check", ...args], { stdin, env });
}

function file(name: string, text: string): string {
  writeFileSync(join(commandLine.folder, name), text);
  return name;
}

function reportOf({ stdout }: Run): ConfigReport {
  const document: unknown = JSON.parse(stdout);
  expect(isReport(document) || isReport.errors).toBe(true);
  return document as ConfigReport;
}

const HEAD = "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n";
const PACKING = `${HEAD}parallelism: 4
percentageOfNodesToScore: 70
profiles:
  - schedulerName: packing
    plugins:
      score:
        enabled: [{name: ImageLocality, weight: 5}]
        disabled: [{name: TaintToleration}]
      permit:
        enabled: [{name: GangScheduling}]
    pluginConfig:
      - name: NodeResourcesFit
        args: {scoringStrategy: {type: MostAllocated}}
      - name: VolumeBinding
        args: {bindTimeoutSeconds: 60}
`;
const BAD = `${HEAD}paralelism: 4
profiles:
  - schedulerName: a
    pluginConfig:
      - name: InterPodAffinity
        args: {hardPodAffinityWeight: 101}
  - schedulerName: a
    plugins:
      filter: {enabled: [{name: NodeAffinty}]}
`;

describe("stowage config check", () => {
  test("says of kube-scheduler's default that it changes nothing", async () => {
    const run = await check([file("default.yaml", HEAD)]);
    expect([run.code, run.stderr]).toEqual([0, ""]);
    expect(run.stdout).toContain("Profile default-scheduler: as kube-scheduler's default.\n");
    const [report] = reportOf(await check(["default.yaml", "-o", "json"])).files;
    expect(report).toMatchObject({ file: "default.yaml", valid: true, issues: [], noEffect: [] });
    expect(report?.profiles).toMatchObject([{ plugins: [], order: [], percentageOfNodesToScore: null }]);
  });

  test("shows plugins, weights, args, order, and what has no effect", async () => {
    const run = await check([file("packing.yaml", PACKING)]);
    expect(run.code).toBe(0);
    for (const row of [
      /^Profile packing: 5 plugins differ, another order at 1 extension point, percentageOfNodesToScore 70\.$/m,
      /^TaintToleration +3 → - +-score$/m,
      /^ImageLocality +1 → 5 +the same$/m,
      /^GangScheduling +- +\+permit$/m,
      /^NodeResourcesFit +scoringStrategy\.type +LeastAllocated +MostAllocated$/m,
      /^VolumeBinding +bindTimeoutSeconds +600 +60$/m,
      /^score +ImageLocality 9 → 1$/m,
      /^3 +parallelism$/m,
      /^17 +profiles\[0\]\.pluginConfig\[1\]\.args\.bindTimeoutSeconds$/m,
    ]) {
      expect(run.stdout).toMatch(row);
    }
    expect(run.stdout).toContain("Not run here: GangScheduling (pods with spec.schedulingGroup");
    expect(run.stderr).toMatch(/^warning: packing\.yaml:4: percentageOfNodesToScore: pods of packing .* 70 % /);
    expect((await check(["-q", "packing.yaml"])).stderr).toBe("");
  });

  test("gives the same facts as JSON and as YAML, and the same bytes for the same input", async () => {
    file("packing.yaml", PACKING);
    const json = await check(["packing.yaml", "-o", "json"]);
    expect(reportOf(json).files[0]?.profiles[0]?.plugins.map(({ name }) => name)).toEqual([
      "TaintToleration",
      "NodeResourcesFit",
      "VolumeBinding",
      "ImageLocality",
      "GangScheduling",
    ]);
    const yaml = await check(["packing.yaml", "-o", "yaml"]);
    expect(yaml.stdout).toContain("schemaVersion: stowage/config-check.v1\n");
    expect(yaml.stdout.match(/schedulerName|addedPoints/g)).toEqual(json.stdout.match(/schedulerName|addedPoints/g));
    expect(await check(["packing.yaml", "-o", "json"])).toEqual(json);
  });

  test("reads standard input beside files, and JSON as well as YAML", async () => {
    const json = JSON.stringify({ apiVersion: "kubescheduler.config.k8s.io/v1", kind: "KubeSchedulerConfiguration" });
    const run = await check(["-", file("config.json", json), "-o", "json"], HEAD);
    expect(run.code).toBe(0);
    expect(reportOf(run).files.map((one) => [one.file, one.valid])).toEqual([
      ["<stdin>", true],
      ["config.json", true],
    ]);
  });

  test("reads the files of a folder, and names each where there are several", async () => {
    mkdirSync(join(commandLine.folder, "configs"));
    file("configs/a.yaml", HEAD);
    file("configs/b.yaml", PACKING);
    const run = await check(["-q", "configs"]);
    expect(run.code).toBe(0);
    expect(run.stdout.match(/^configs\/.*$/gm)).toEqual(["configs/a.yaml", "configs/b.yaml"]);
  });

  test("knows the plugins of a user's module, and says which of them no profile enables", async () => {
    const plugin = file(
      "plugin.mjs",
      'export default [{ name: "Licences", filter: () => undefined }, { name: "Idle", score: () => undefined }];\n',
    );
    const text = `${HEAD}profiles: [{plugins: {filter: {enabled: [{name: Licences}]}}}]\n`;
    const run = await check([file("mine.yaml", text), "--plugin", plugin]);
    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(/^Licences +- +\+filter$/m);
    expect(run.stderr).toContain("none enables the plugin Idle");
    expect((await check(["mine.yaml"])).stderr).toContain('FilterPlugin "Licences" does not exist');
  });

  test("reads files as another version does, and holds them against that version's default", async () => {
    const shape = "{name: VolumeBinding, args: {shape: [{utilization: 0}, {utilization: 100, score: 10}]}}";
    file("shape.yaml", `${HEAD}profiles: [{pluginConfig: [${shape}]}]\n`);
    const before = await check(["shape.yaml"]);
    expect([before.code, before.stdout]).toEqual([2, ""]);
    expect(before.stderr).toContain("unexpected field `shape`");
    const after = await check(["shape.yaml", "--compat", "1.37"]);
    expect([after.code, after.stderr]).toEqual([0, ""]);
    expect(after.stdout).toMatch(/^VolumeBinding +shape/m);
    const reports = await Promise.all(
      ["1.36", "1.37"].map((compat) => check([file("default.yaml", HEAD), "--compat", compat, "-o", "json"])),
    );
    expect(reports.map(reportOf)).toMatchObject(
      ["1.36", "1.37"].map((compat) => ({ compat, files: [{ valid: true, profiles: [{ plugins: [], order: [] }] }] })),
    );
  });

  test("keeps to ASCII where the locale is not UTF-8", async () => {
    const run = await check([file("packing.yaml", PACKING)], "", { LANG: "C" });
    expect(run.stdout).toContain("3 -> -");
    expect(run.stdout).not.toMatch(/[^\n\x20-\x7e]/);
  });

  test("has help with examples and exit codes", async () => {
    const help = await check(["--help"]);
    expect([help.code, help.stderr]).toEqual([0, ""]);
    expect(help.stdout).toContain("stowage config check scheduler.yaml");
    expect(help.stdout).toMatch(
      /--compat +The version of kube-scheduler .*\n?.*\[choices: "1\.36", "1\.37"\] \[default: "1\.36"\]/,
    );
    expect(help.stdout).toMatch(/2 {2}wrong usage or a bad file/);
  });
});

describe("exit code 2", () => {
  test("with every problem at once, by line, with path and kube-scheduler's sentence", async () => {
    const run = await check([file("bad.yaml", BAD)]);
    expect([run.code, run.stdout]).toEqual([2, ""]);
    expect(run.stderr.trimEnd().split("\n")).toEqual([
      'bad.yaml:3: paralelism: unknown field "paralelism"',
      "bad.yaml:8: profiles[0].pluginConfig[0].args.hardPodAffinityWeight: Invalid value: 101: not in valid range [0, 100]",
      "bad.yaml:9: profiles[1].schedulerName: Duplicate value: {}: the name is that of profiles[0]",
      'bad.yaml:11: profiles[1].plugins.filter.enabled[0].name: FilterPlugin "NodeAffinty" does not exist',
      "stowage: 4 problems in the input",
    ]);
  });

  test("with the problems in the data too, beside what the good files change", async () => {
    const run = await check([file("bad.yaml", BAD), file("packing.yaml", PACKING), "gone.yaml", "-o", "json"]);
    expect(run.code).toBe(2);
    const { files } = reportOf(run);
    expect(files.map((one) => [one.file, one.valid, one.profiles.length])).toEqual([
      ["gone.yaml", false, 0],
      ["bad.yaml", false, 0],
      ["packing.yaml", true, 1],
    ]);
    expect(files[1]?.issues.map(({ line }) => line)).toEqual([3, 8, 9, 11]);
    expect(run.stderr).toContain("gone.yaml: no such file or directory\n");
  });

  test.each([
    ["an empty file", "", "holds 0 objects where one KubeSchedulerConfiguration should be"],
    ["two configurations", `${HEAD}---\n${HEAD}`, "holds 2 objects where one KubeSchedulerConfiguration should be"],
    ["another object", "apiVersion: v1\nkind: Pod\n", 'no kind "Pod" is registered for version "v1"'],
    ["an older version", HEAD.replace("/v1", "/v1beta3"), "kube-scheduler no longer reads v1beta3"],
    ["a key that stands twice", `${HEAD}parallelism: 1\nparallelism: 2\n`, 'key "parallelism" stands here twice'],
    ["no YAML", "a: [", ":1: "],
  ])("for %s", async (_, text, message) => {
    const run = await check([file("wrong.yaml", text)]);
    expect([run.code, run.stdout]).toEqual([2, ""]);
    expect(run.stderr).toContain(message);
    expect(run.stderr).toMatch(/^wrong\.yaml/);
    expect(run.stderr).not.toMatch(/\n\s+at /);
  });

  test.each([
    [[], "Not enough non-option arguments"],
    [["-o", "xml", "x.yaml"], 'Argument: output, Given: "xml"'],
    [["-o", "json", "-o", "yaml", "x.yaml"], "--output is given more than once"],
    [["x.yaml", "--plugins", "y.mjs"], "Unknown argument: plugins"],
    [["x.yaml", "--compat", "1.35"], 'Argument: compat, Given: "1.35"'],
  ])("for the arguments %j, naming the help", async (args, message) => {
    const run = await check(args);
    expect([run.code, run.stdout]).toEqual([2, ""]);
    expect(run.stderr).toContain(message);
    expect(run.stderr).toContain("stowage config check --help");
  });
});
