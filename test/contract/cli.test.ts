// The built command line, run as a user runs it: arguments, files and pipes in; output, messages and exit codes out.
// What is printed as JSON is held against its published schema by ajv.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import type { Plan } from "../../src/planning/plan.js";
import { type Run, type RunOptions, root, useCommandLine } from "../helpers/command-line.js";

const example = join(root, "examples/three-servers");
const manifests = join(root, "../shared/data/manifests");
const schema = JSON.parse(readFileSync(join(root, "schema/plan.v1.json"), "utf8")) as object;
const isPlan = new Ajv2020({ strict: true, allErrors: true }).compile(schema);

const commandLine = useCommandLine("cli");
const stowage = (args: readonly string[], options?: RunOptions) => commandLine.run(args, options);

function file(name: string, text: string): string {
  const path = join(commandLine.folder, name);
  writeFileSync(path, text);
  return path;
}

function planOf({ stdout }: Run): Plan {
  const document: unknown = JSON.parse(stdout);
  expect(isPlan(document) || isPlan.errors).toBe(true);
  return document as Plan;
}

const podText = (name: string, cpu: string): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec: {containers: [{name: c, image: i, resources: {requests: {cpu: ${cpu}}}}]}\n`;

describe("stowage plan", () => {
  test("says for the example which of its 40 containers goes where, and exits 3 for what is left over", async () => {
    const run = await stowage(["plan", "-f", example, "-o", "json"]);
    const plan = planOf(run);
    expect(run.code).toBe(3);
    expect(run.stderr).toBe("");
    expect(plan.summary).toMatchObject({ nodes: 3, nodesUsed: 3, pods: 35, placed: 31, unschedulable: 4, existing: 0 });
    const left = plan.decisions.filter((decision) => decision.status === "unschedulable");
    expect(left.flatMap(({ reasons }) => (reasons ?? []).map(({ plugin }) => plugin))).toEqual(
      expect.arrayContaining(["NodeResourcesFit", "TaintToleration", "NodeAffinity"]),
    );
    const table = await stowage(["plan", "-f", example, "--exit-zero"]);
    expect(table.code).toBe(0);
    expect(table.stdout).toContain("31 of 35 pods placed (36 of 40 containers)");
  });

  test("gives the same bytes for the same input", async () => {
    for (const format of ["table", "json", "markdown"]) {
      const args = ["plan", "-f", example, "-o", format, "--tie-break", "random", "--seed", "7"];
      const [one, other] = [await stowage(args), await stowage(args)];
      expect(one.stdout.length).toBeGreaterThan(100);
      expect(other).toEqual(one);
    }
  });

  test("exits 0 when everything has a node", async () => {
    const run = await stowage(["plan", "-f", "-", "--nodes", "1x1cpu,1Gi", "-o", "json"], { stdin: podText("a", "1") });
    expect([run.code, run.stderr]).toEqual([0, ""]);
    expect(planOf(run).decisions).toMatchObject([{ pod: "default/a", status: "placed", node: "server-1" }]);
  });

  test("keeps quantities and names as they are written, and takes files one after the other", async () => {
    const [a, b] = [file("1.yaml", podText('"007"', "500m")), file("2.yaml", podText('"1e3"', "250m"))];
    const run = await stowage(["plan", "-f", a, b, "--nodes", "1x1cpu,1Gi,label.x=01", "-n", "default", "-o", "json"]);
    expect(planOf(run).decisions.map(({ pod }) => pod)).toEqual(["default/007", "default/1e3"]);
  });

  test("places only the pods that are asked for, while pods with a node count in any case", async () => {
    const bound = podText("bound", "600m").replace("spec: {", "spec: {nodeName: server-1, ");
    const stdin = [
      bound,
      podText("a", "300m"),
      podText("b", "300m").replace("{name: b}", "{name: b, labels: {tier: web}}"),
    ];
    const args = ["plan", "-f", "-", "--nodes", "1x1cpu,1Gi", "-o", "json", "-l", "tier in (web,db)"];
    const run = await stowage(args, { stdin: stdin.join("---\n") });
    expect(planOf(run).decisions).toMatchObject([
      { pod: "default/bound", status: "existing", node: "server-1" },
      { pod: "default/b", status: "placed" },
    ]);
    expect(run.stderr).toContain("note: 1 pod is not in the plan, by --namespace or --selector");
  });

  test("chooses by the strategy or the configuration that is given", async () => {
    const bound = podText("bound", "1").replace("spec: {", "spec: {nodeName: server-2, ");
    const stdin = `${bound}---\n${podText("a", "1")}`;
    const nodeFor = async (...args: string[]): Promise<string | undefined> => {
      const run = await stowage(["plan", "-f", "-", "--nodes", "2x4cpu,8Gi", "-o", "json", ...args], { stdin });
      return planOf(run).decisions.at(-1)?.node;
    };
    const config = file(
      "config.yaml",
      "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\nprofiles: [{schedulerName: default-scheduler, pluginConfig: [{name: NodeResourcesFit, args: {scoringStrategy: {type: MostAllocated, resources: [{name: cpu, weight: 1}]}}}]}]\n",
    );
    expect(await nodeFor()).toBe("server-1");
    expect(await nodeFor("--strategy", "least")).toBe("server-1");
    expect(await nodeFor("--strategy", "most")).toBe("server-2");
    expect(await nodeFor("--config", config)).toBe("server-2");
  });

  test("evicts pods only when --preempt says so, and begins with whom", async () => {
    const bound = podText("batch", "800m").replace("spec: {", "spec: {nodeName: server-1, priority: -1, ");
    const urgent = podText("urgent", "500m").replace("spec: {", "spec: {priority: 5, ");
    const run = (...args: string[]): Promise<Run> =>
      stowage(["plan", "-f", "-", "--nodes", "1x1cpu,1Gi", ...args], {
        stdin: [bound, urgent, podText("late", "600m")].join("---\n"),
      });
    const without = planOf(await run("-o", "json"));
    expect(without).not.toHaveProperty("evictions");
    expect(without.decisions.map(({ status }) => status)).toEqual(["existing", "unschedulable", "unschedulable"]);
    const asked = await run("--preempt", "-o", "json");
    const made = planOf(asked);
    expect(asked.code).toBe(3);
    expect(made.evictions).toMatchObject([{ pod: "default/batch", node: "server-1", by: "default/urgent" }]);
    expect(made.decisions).toMatchObject([
      { pod: "default/batch", status: "evicted", node: "server-1", by: "default/urgent" },
      { pod: "default/urgent", status: "placed", node: "server-1" },
      { status: "unschedulable", postFilterMessage: expect.stringContaining("preemption: 0/1 nodes are available") },
    ]);
    expect((await run("--preempt")).stdout).toMatch(
      /^EVICTED +BY +FROM\n[^\n]+\ndefault\/batch +default\/urgent +server-1\n/,
    );
  });

  test("gives claims a volume anywhere where the input says nothing of storage, and says so", async () => {
    const set =
      "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\nspec: {replicas: 2, selector: {matchLabels: {a: b}}, " +
      "template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}, volumeClaimTemplates: " +
      "[{metadata: {name: data}, spec: {storageClassName: fast, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]}\n";
    const run = (stdin: string, ...args: string[]): Promise<Run> =>
      stowage(["plan", "-f", "-", "--nodes", "1x1cpu,1Gi", "-o", "json", ...args], { stdin });
    const made = await run(set);
    expect([made.code, planOf(made).summary.placed]).toEqual([0, 2]);
    expect(made.stderr.split("\n")).toEqual([
      "note: PersistentVolumeClaim taken to exist: 2 for the volumeClaimTemplates of StatefulSets",
      "note: StorageClass taken to exist: 1 to give claims a volume on any node, for the input says nothing of storage",
      "",
    ]);
    const other =
      "---\napiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: slow}\nprovisioner: example.com/disk\n";
    for (const refused of [await run(set, "--no-assume-storage"), await run(set + other)]) {
      expect([refused.code, planOf(refused).summary.unschedulable]).toEqual([3, 2]);
      expect(refused.stderr).not.toContain("StorageClass");
    }
  });

  test("decides as the version and breaks ties the way that it is told to", async () => {
    const args = ["plan", "-f", "-", "--nodes", "1x1cpu,1Gi", "--preempt", "-o", "json"];
    const message = async (...more: string[]): Promise<string> =>
      planOf(await stowage([...args, ...more], { stdin: podText("a", "2") })).decisions[0]?.postFilterMessage ?? "";
    const ends = "preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.";
    expect(await message()).toBe(`no new claims to deallocate, ${ends}`);
    expect(await message("--compat", "1.37", "--tie-break", "heap")).toBe(ends);
  });

  test("asks the plugins of a user's module", async () => {
    const plugin = file(
      "plugin.mjs",
      'export default { name: "NotTheFirst", filter: (cycle) => cycle.eachNode((node) => node.name === "server-1" ? "node(s) were first" : undefined) };\n',
    );
    const args = ["plan", "-f", "-", "--nodes", "2x1cpu,1Gi", "--plugin", plugin, "-o", "json"];
    const run = await stowage(args, { stdin: `${podText("a", "1")}---\n${podText("b", "1")}` });
    expect(run.code).toBe(3);
    expect(planOf(run).decisions).toMatchObject([
      { node: "server-2" },
      { message: "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) were first." },
    ]);
  });

  test("says so when there is nothing to plan, as after a pipe whose other end failed", async () => {
    const run = await stowage(["plan", "-f", "-", "--nodes", "1x1cpu,1Gi"]);
    expect([run.code, run.stderr]).toEqual([0, "note: the input has no pods\n"]);
  });

  test("sorts by a column, fullest first with a minus", async () => {
    const args = ["plan", "-f", "-", "--nodes", "3x4cpu,8Gi", "-o", "json", "--sort", "-name"];
    const run = await stowage(args, { stdin: podText("a", "1") });
    expect(planOf(run).nodes.map(({ name }) => name)).toEqual(["server-3", "server-2", "server-1"]);
  });
});

test("the schema takes what earlier versions printed, and holds each status to its fields", () => {
  const decision = { pod: "a/b", status: "placed", node: "n", score: 1 };
  const counts = {
    nodes: 1,
    nodesUsed: 1,
    pods: 1,
    existing: 0,
    placed: 1,
    unschedulable: 0,
    unsupported: 0,
    gated: 0,
  };
  const of = (one: object): object => {
    const summary = { ...counts, resources: {} };
    return { schemaVersion: "stowage/plan.v1", summary, nodes: [], decisions: [one] };
  };
  expect(isPlan(of(decision))).toBe(true);
  expect(isPlan(of({ ...decision, by: "a/c" }))).toBe(false);
  expect(isPlan(of({ pod: "a/b", status: "evicted", node: "n" }))).toBe(false);
  expect(isPlan(of({ pod: "a/b", status: "evicted", node: "n", by: "a/c" }))).toBe(true);
  expect(isPlan({ ...of(decision), evictions: [{ pod: "a/b" }] })).toBe(false);
});

describe("exit code 2 and nothing on standard output", () => {
  test.each([
    [["plan"], "Missing required argument: filename"],
    [["plan", "-f", "x.yaml", "--node", "3x4cpu,16Gi"], "Unknown argument: node"],
    [["plan", "-f", "x.yaml", "-o", "xml"], 'Invalid values:\n  Argument: output, Given: "xml"'],
    [["plan", "-f", "x.yaml", "--compat", "1.35"], 'Argument: compat, Given: "1.35", Choices: "1.36", "1.37"'],
    [["plan", "-f", "x.yaml", "-o", "json", "-o", "yaml"], "--output is given more than once"],
    [["plan", "-f", "x.yaml", "--strategy", "most", "--config", "c.yaml"], "are mutually exclusive"],
    [["paln"], "Did you mean plan?"],
    [[], "Name a command."],
  ])("%j", async (args, message) => {
    const run = await stowage(args);
    expect([run.code, run.stdout]).toEqual([2, ""]);
    expect(run.stderr).toContain(message);
    expect(run.stderr).toContain("stowage plan --help");
  });

  test("for flags that make no sense, all of them at once", async () => {
    const flags = [
      "--nodes",
      "3x4cpu",
      "--seed",
      "x",
      "-l",
      "a in b",
      "--max-yaml-bytes",
      "1e6",
      "--plugin",
      "none.mjs",
    ];
    const run = await stowage(["plan", "-f", "-", ...flags]);
    expect([run.code, run.stdout]).toEqual([2, ""]);
    const lines = run.stderr.trimEnd().split("\n");
    for (const flag of [
      "--nodes 3x4cpu: ",
      "--seed x: ",
      "--selector a in b: ",
      "--max-yaml-bytes 1e6: ",
      "none.mjs: ",
    ]) {
      expect(lines.filter((line) => line.startsWith(flag))).toHaveLength(1);
    }
  });

  test("for a bad configuration, with file, line and path", async () => {
    const config = file(
      "bad-config.yaml",
      "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\npercentageOfNodesToScore: 101\nprofiles:\n  - schedulerNane: x\n",
    );
    const run = await stowage(["plan", "-f", "-", "--nodes", "1x1cpu,1Gi", "--config", config]);
    expect([run.code, run.stdout]).toEqual([2, ""]);
    expect(run.stderr).toMatch(/bad-config\.yaml:3: .*percentageOfNodesToScore/);
    expect(run.stderr).toMatch(/bad-config\.yaml:5: .*profiles\[0\]\.schedulerNane/);
  });

  test("for a configuration that the version to decide as does not take, and not when it does", async () => {
    const shape = "[{utilization: 0}, {utilization: 100, score: 10}]";
    const args = `pluginConfig: [{name: VolumeBinding, args: {shape: ${shape}}}]`;
    const config = file(
      "newer-config.yaml",
      `apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\nprofiles:\n  - ${args}\n`,
    );
    const flags = ["plan", "-f", "-", "--nodes", "1x1cpu,1Gi", "--config", config];
    const stdin = podText("a", "1");
    const older = await stowage(flags, { stdin });
    expect([older.code, older.stdout]).toEqual([2, ""]);
    expect(older.stderr).toContain("unexpected field `shape`");
    const newer = await stowage([...flags, "--compat", "1.37"], { stdin });
    expect(newer.code).toBe(0);
  });

  test("for input without nodes, with the line to add", async () => {
    const run = await stowage(["plan", "-f", "-"], { stdin: podText("a", "1") });
    expect([run.code, run.stdout]).toEqual([2, ""]);
    expect(run.stderr).toContain("--nodes 3x4cpu,16Gi");
  });

  test("for bad input, every problem with file, line and path, and no stack trace", async () => {
    const bad = file("bad.yaml", `${podText("a", "1x")}---\n${podText("b", "[1]")}---\na: [\n`);
    const gone = join(commandLine.folder, "gone.yaml");
    const run = await stowage(["plan", "-f", bad, "-f", gone, "--nodes", "1x1cpu,1Gi"]);
    expect([run.code, run.stdout]).toEqual([2, ""]);
    expect(run.stderr).toMatch(/bad\.yaml:4: .*spec\.containers\[0\]\.resources\.requests\.cpu/);
    expect(run.stderr).toMatch(/bad\.yaml:9: .*spec\.containers\[0\]\.resources\.requests\.cpu/);
    expect(run.stderr).toMatch(/bad\.yaml:1[0-9]: /);
    expect(run.stderr).toContain("gone.yaml: no such file or directory");
    expect(run.stderr).not.toMatch(/\n\s+at /);
  });

  test("for more problems than are listed, with the number of all", async () => {
    const items = Array.from({ length: 10_003 }, (_, i) => ({ kind: "Pod", metadata: { name: `p${i}` }, spec: 1 }));
    const stdin = JSON.stringify({ apiVersion: "v1", kind: "List", items });
    const run = await stowage(["plan", "-f", "-", "--nodes", "1x1cpu,1Gi"], { stdin });
    expect([run.code, run.stdout]).toEqual([2, ""]);
    expect(run.stderr).toContain("and 3 more of this kind");
    expect(run.stderr.trimEnd().split("\n").at(-1)).toBe("stowage: 10003 problems in the input");
  });

  test("but the rest of bad input is planned with --keep-going", async () => {
    const stdin = `${podText("a", "1x")}---\n${podText("b", "1")}`;
    const run = await stowage(["plan", "-f", "-", "--nodes", "1x1cpu,1Gi", "--keep-going", "-o", "json"], { stdin });
    expect(run.code).toBe(2);
    expect(planOf(run).decisions).toMatchObject([{ pod: "default/b", status: "placed" }]);
  });
});

describe("the manners of a command", () => {
  test("--version is that of the package, and loads no YAML parser, table printer or progress bar", async () => {
    const coverage = join(commandLine.folder, "coverage");
    const run = await stowage(["--version"], { env: { NODE_V8_COVERAGE: coverage } });
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    expect(run).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
    const loaded = readdirSync(coverage)
      .map((name) => readFileSync(join(coverage, name), "utf8"))
      .join();
    expect(loaded).toContain("node_modules/yargs/");
    expect(loaded).not.toMatch(/node_modules\/(yaml|js-yaml|cli-table3|csv-stringify|markdown-table|cli-progress)\//);
    expect(loaded).not.toContain("dist/core/");
  });

  test("--help has examples and the exit codes", async () => {
    const run = await stowage(["plan", "--help"]);
    expect([run.code, run.stderr]).toEqual([0, ""]);
    expect(run.stdout).toContain("helm template shop ./chart | stowage plan -f - --nodes 3x4cpu,16Gi");
    expect(run.stdout).toMatch(/3 {2}pods are left over, unsupported or evicted for good \(0 with --exit-zero\)/);
  });

  test("completes for bash and zsh", async () => {
    const bash = await stowage(["completion"], { env: { SHELL: "/bin/bash" } });
    const zsh = await stowage(["completion"], { env: { SHELL: "/bin/zsh", ZSH_NAME: "zsh" } });
    expect(bash.stdout).toContain("complete -o bashdefault -o default -F _stowage_yargs_completions stowage");
    expect(zsh.stdout).toContain("compdef _stowage_yargs_completions stowage");
    const words = await stowage(["--get-yargs-completions", "stowage", "plan", "--str"]);
    expect(words.stdout).toContain("--strategy");
  });

  test("colours only when forced to where nobody looks, and --no-color has the last word", async () => {
    const color = async (args: string[], env: NodeJS.ProcessEnv): Promise<boolean> =>
      (await stowage(["plan", "-f", example, ...args], { env })).stdout.includes("\u001b[");
    expect(await color([], {})).toBe(false);
    expect(await color([], { FORCE_COLOR: "1" })).toBe(true);
    expect(await color([], { FORCE_COLOR: "0" })).toBe(false);
    expect(await color([], { NO_COLOR: "1" })).toBe(false);
    expect(await color(["--no-color"], { FORCE_COLOR: "1" })).toBe(false);
  });

  test("shows what a terminal would obey, on both streams and in any format, and JSON stays the same", async () => {
    const name = "a\u001b]0;title\u0007\u009b2J";
    const stdin = `{"kind": "Pod", "metadata": {"name": ${JSON.stringify(name)}},
      "spec": {"priorityClassName": "\\u001b[1m", "containers": [{"name": "c"}]}}`;
    for (const format of ["table", "json", "yaml", "csv"]) {
      const run = await stowage(["plan", "-f", "-", "--nodes", "1x1cpu,1Gi", "-o", format], {
        stdin,
        env: { FORCE_COLOR: "1" },
      });
      expect(run.stderr).toContain("Pod default/a\\u001b]0;title\\u0007\\u009b2J: spec.priorityClassName");
      const styles = [34, 39].map((code) => `\u001b[${code}m`);
      const text = styles.reduce((left, style) => left.replaceAll(style, ""), `${run.stderr}${run.stdout}`);
      expect(text).not.toMatch(/[^\P{Cc}\n]/u);
      if (format === "json") expect(planOf(run).decisions[0]?.pod).toBe(`default/${name}`);
    }
  });

  test("is quiet when the reader of its output goes away", async () => {
    const child = commandLine.start(["plan", "-f", example, "--nodes", "2000x4cpu,16Gi", "-o", "json"]);
    let stderr = "";
    child.stderr.on("data", (text) => {
      stderr += text;
    });
    child.stdout.destroy();
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect([code, stderr]).toEqual([141, ""]);
  });

  test.skipIf(!existsSync("/dev/full"))("says so where its output finds no room, and calls it no bug", async () => {
    const main = join(root, "dist/cli/main.js");
    const script = 'exec "$1" "$2" plan -f "$3" -o json > /dev/full';
    const child = spawnSync("sh", ["-c", script, "sh", process.execPath, main, example], { encoding: "utf8" });
    expect([child.status, child.stderr]).toEqual([
      2,
      "stowage: standard output cannot be written: ENOSPC: no space left on device, write\n",
    ]);
  });

  test("takes names behind --, and passes over none", async () => {
    const named = await stowage(["explain", "-f", example, "--", "deployment/checkout"]);
    expect([named.code, named.stdout.split(" ", 1)[0]]).toEqual([0, "shop/checkout-1"]);
    const unknown = await stowage(["plan", "-f", example, "--", "more.yaml"]);
    expect([unknown.code, unknown.stdout]).toEqual([2, ""]);
    expect(unknown.stderr).toContain("stowage: Unknown argument: more.yaml\n");
    const eaten = await stowage(["explain", "-f", example, "deployment/checkout"]);
    expect([eaten.code, eaten.stderr.split("\n")[1]]).toEqual([
      2,
      "Names go before options, of which some take all that follows, or behind --.",
    ]);
  });

  test("reads standard input wherever - stands among files, and refuses to read it twice", async () => {
    const path = file("beside.yaml", podText("beside", "1"));
    const nodes = ["--nodes", "1x4cpu,4Gi", "-o", "json"];
    const both = planOf(await stowage(["plan", "-f", path, "-", ...nodes], { stdin: podText("piped", "1") }));
    expect(both.decisions.map(({ pod }) => pod)).toEqual(["default/beside", "default/piped"]);
    const other = await stowage(["compare", "-f", path, "--to", "-", ...nodes], { stdin: podText("piped", "1") });
    expect(JSON.parse(other.stdout)).toMatchObject({ variants: [{ name: "before" }, { name: "after", added: 1 }] });
    const twice = await stowage(["compare", "-f", "-", "--to", "-", ...nodes], { stdin: podText("piped", "1") });
    expect(twice).toEqual({ code: 2, stdout: "", stderr: "--to -: standard input is read once, and -f reads it\n" });
  });

  test("refuses an option whose value is missing", async () => {
    for (const args of [["--namespace"], ["--seed"], ["--config", "-q"], ["--nodes="]]) {
      const run = await stowage(["plan", "-f", example, ...args]);
      const [option = ""] = args[0]!.slice(2).split("=");
      expect([run.code, run.stderr.split("\n")[0]]).toEqual([2, `stowage: Not enough arguments following: ${option}`]);
    }
  });

  test("exits 130 on an interrupt", async () => {
    const plugin = file("ready.mjs", 'process.stderr.write("ready");\nexport default [];\n');
    const child = commandLine.start(["plan", "-f", "-", "--plugin", plugin]);
    child.stderr.once("data", () => child.kill("SIGINT"));
    expect(await new Promise((resolve) => child.on("close", resolve))).toBe(130);
  });

  test("calls an unexpected failure its own bug in one line, with a stack only on request", async () => {
    const plugin = file(
      "broken.mjs",
      'process.stdout.write = () => { throw new Error("boom"); };\nexport default [];\n',
    );
    const args = ["plan", "-f", "-", "--nodes", "1x1cpu,1Gi", "--plugin", plugin];
    const run = await stowage(args, { stdin: podText("a", "1") });
    expect(run).toEqual({ code: 1, stdout: "", stderr: "stowage: this is a bug in stowage: boom\n" });
    const debug = await stowage(args, { stdin: podText("a", "1"), env: { STOWAGE_DEBUG: "1" } });
    expect(debug.stderr).toMatch(/^stowage: this is a bug in stowage: boom\nError: boom\n\s+at /);
  });
});

describe("manifests that people have", () => {
  if (!existsSync(manifests)) console.warn(`skipped: there are no manifests in ${manifests}`);

  test.skipIf(!existsSync(manifests))("online-boutique, from a file and from standard input", async () => {
    const path = join(manifests, "online-boutique.yaml");
    const args = ["--nodes", "3x4cpu,16Gi", "-o", "json"];
    const run = await stowage(["plan", "-f", path, ...args]);
    expect([run.code, planOf(run).summary.placed]).toEqual([0, 12]);
    const piped = await stowage(["plan", "-f", "-", ...args], { stdin: readFileSync(path, "utf8") });
    expect(piped.stdout).toBe(run.stdout);
  });

  test.skipIf(!existsSync(manifests))("kube-prometheus, a directory with custom resources", async () => {
    const args = ["plan", "-f", join(manifests, "kube-prometheus"), "--nodes", "3x4cpu,16Gi", "-o", "json"];
    const run = await stowage(args);
    const plan = planOf(run);
    expect(plan.decisions.filter(({ pod }) => pod.includes("node-exporter"))).toHaveLength(3);
    expect(run.stderr).toContain("Prometheus");
    expect(run.stderr).toContain("Alertmanager");
  });
});
