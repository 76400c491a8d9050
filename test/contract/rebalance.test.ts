// `stowage rebalance`, built and run as a user runs it: what is printed as JSON is held against its published schema by ajv, and
// the script is run by bash with a kubectl that writes down how it is called.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { load as parseYaml } from "js-yaml";
import { expect, test } from "vitest";
import type { Rebalance } from "../../src/planning/rebalancing.js";
import { type Run, root, useCommandLine } from "../helpers/command-line.js";

const schema = JSON.parse(readFileSync(join(root, "schema/rebalance.v1.json"), "utf8")) as object;
const isRebalance = new Ajv2020({ strict: true, allErrors: true }).compile(schema);
const commandLine = useCommandLine("rebalance");

const deployment = (name: string, replicas: number, more = ""): string =>
  `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: shop}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: c, image: i, resources: {requests: {cpu: 500m, memory: 1Gi}}}]${more}}
`;

function rebalanceRun(...args: string[]): Promise<Run> {
  const path = join(commandLine.folder, "shop.yaml");
  const database = deployment("db", 1, ", volumes: [{name: data, emptyDir: {}}]");
  writeFileSync(path, [deployment("web", 4), deployment("api", 2), database].join("---\n"));
  return commandLine.run(["rebalance", "-f", path, "--nodes", "3x4cpu,16Gi", ...args]);
}

function planOf({ stdout }: Run): Rebalance {
  const document: unknown = JSON.parse(stdout);
  expect(isRebalance(document) || isRebalance.errors).toBe(true);
  return document as Rebalance;
}

test("says which nodes can be emptied, by which moves, and what stays", async () => {
  const json = await rebalanceRun("-o", "json");
  expect([json.code, json.stderr]).toEqual([0, ""]);
  const plan = planOf(json);
  expect([plan.before.nodesUsed, plan.after.nodesUsed, plan.emptied.length]).toEqual([3, 1, 2]);
  expect(plan.kept.map(({ why }) => why)).toEqual(["keeps data on its node, in the volume data"]);
  expect(parseYaml((await rebalanceRun("-o", "yaml")).stdout)).toEqual(plan);
  for (const format of ["table", "wide", "markdown"]) {
    const { stdout } = await rebalanceRun("-o", format);
    for (const { pod, to } of plan.moves) expect([stdout.includes(pod), stdout.includes(to)]).toEqual([true, true]);
    expect(stdout).toContain(`${plan.moves.length} moves: 3 to 1 nodes in use, ${plan.emptied.join(", ")} empty`);
  }
  expect((await rebalanceRun("-o", "json")).stdout).toBe(json.stdout);
});

test("every goal, a surge and the limits are said in the document", async () => {
  expect(planOf(await rebalanceRun("-o", "json", "--surge"))).toMatchObject({ isSurge: true });
  expect(planOf(await rebalanceRun("-o", "json", "--goal", "stranding"))).toMatchObject({ goal: "stranding" });
  const cut = planOf(await rebalanceRun("-o", "json", "--max-moves", "1"));
  expect([cut.stoppedBy, cut.moves.length]).toEqual(["moves", 0]);
  expect(planOf(await rebalanceRun("-o", "json", "--min-gain", "1")).moves).toEqual([]);
  expect(planOf(await rebalanceRun("-o", "json", "--budget", "0")).stoppedBy).toBe("budget");
  expect((await rebalanceRun("--min-gain", "1")).stdout).toContain("No move helps.\n");
  const none = await rebalanceRun("--max-moves", "0");
  expect(none.stdout).toContain("No move helps; more would take more moves than --max-moves allows.");
});

test.each([
  ["evicts", [] as string[]],
  ["surges", ["--surge"]],
])("the script %s pod by pod in the order of the plan, once the nodes are cordoned", async (_what, flags) => {
  const { moves, emptied } = planOf(await rebalanceRun("-o", "json", ...flags));
  const script = join(commandLine.folder, "moves.sh");
  writeFileSync(script, (await rebalanceRun("-o", "script", ...flags)).stdout);
  const calls = callsOf(script);
  expect(calls.filter((call) => call.startsWith("cordon"))).toEqual(emptied.map((name) => `cordon ${name}`));
  const isMove = flags.length === 0 ? /\/eviction / : /^annotate/;
  const moved = calls
    .filter((call) => isMove.test(call))
    .map((call) => /(?:pods?\/)(web|api)-\d/.exec(call)?.[0].split("/")[1]);
  expect(moved).toEqual(moves.map(({ pod }) => pod.split("/")[1]));
  expect(calls.findIndex((call) => isMove.test(call))).toBeGreaterThanOrEqual(emptied.length);
  const waited = calls.filter((call) => (flags.length === 0 ? /^rollout status/ : /readyReplicas.*=3/).test(call));
  expect(waited).toHaveLength(moves.length);
});

test("a node is cordoned while a pod of it moves for less stranding, and one that was before stays so", async () => {
  const nodes = ["a", "b"].map((name) => ({
    apiVersion: "v1",
    kind: "Node",
    metadata: { name },
    spec: { unschedulable: name === "b" },
    status: { allocatable: { cpu: "8", memory: "8Gi", pods: "20" } },
  }));
  const running = (name: string, nodeName: string, cpu: number, memory: string) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "rs", uid: "1", controller: true }],
    },
    spec: { nodeName, containers: [{ name: "c", image: "i", resources: { requests: { cpu, memory } } }] },
  });
  const pods = [
    running("a-0", "a", 3, "1Gi"),
    running("a-1", "a", 3, "1Gi"),
    running("b-0", "b", 1, "3Gi"),
    running("b-1", "b", 1, "3Gi"),
  ];
  const scriptFor = async (items: readonly object[]): Promise<string[]> => {
    const path = join(commandLine.folder, "cluster.json");
    writeFileSync(path, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
    const { stdout } = await commandLine.run(["rebalance", "-f", path, "--goal", "stranding", "-o", "script"]);
    return stdout.split("\n").filter((line) => /^(kubectl|evict \w)/.test(line));
  };
  const open = nodes.map((node) => ({ ...node, spec: {} }));
  const move = (pod: string): string[] => ["kubectl cordon a", `evict default ${pod}`, "kubectl uncordon a"];
  expect(await scriptFor([...open, ...pods])).toEqual([...move("a-0"), ...move("a-1")]);
  expect(await scriptFor([...nodes, ...pods])).toEqual(["evict default b-0", "evict default b-1"]);
});

/** Runs the script; kubectl writes its arguments down, and says 2 when it is asked for replicas. */
function callsOf(script: string): string[] {
  const folder = join(commandLine.folder, "bin");
  const log = join(commandLine.folder, "calls.txt");
  mkdirSync(folder, { recursive: true });
  writeFileSync(log, "");
  const kubectl = join(folder, "kubectl");
  writeFileSync(kubectl, `#!/usr/bin/env bash\nprintf '%s\\n' "$*" >>'${log}'\n[ "$1" = get ] && echo 2\ntrue\n`);
  chmodSync(kubectl, 0o755);
  execFileSync("bash", ["-n", script]);
  execFileSync("bash", [script], { env: { PATH: `${folder}:${process.env.PATH}` } });
  return readFileSync(log, "utf8").trimEnd().split("\n");
}

test("refuses what makes no sense, all of it at once", async () => {
  const { code, stdout, stderr } = await rebalanceRun(
    "--max-moves",
    "few",
    "--min-gain",
    "-1",
    "--budget",
    "1.5",
    "--goal",
    "cost",
  );
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toBe(
    [
      "--max-moves few: is not a whole number",
      "--min-gain -1: is not a number from 0 on",
      "--budget 1.5: is not a whole number",
      "--goal cost: needs prices; give them by --price TYPE=AMOUNT\n",
    ].join("\n"),
  );
});
