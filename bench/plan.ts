/** End to end: `stowage plan` on JSON files as a process of its own, from start to exit, and `npm start`. */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Pod } from "../src/kube/objects.js";
import type { Plan } from "../src/planning/plan.js";
import { type Built, builtPath } from "./built.js";
import { type Measured, run, runNode } from "./child.js";
import type { Figure } from "./report.js";
import { sampledOfRuns } from "./sampling.js";
import { PLAIN, worldNodes, worldPods } from "./worlds.js";

export interface PlanSize {
  readonly nodes: number;
  readonly pods: number;
  readonly runs: number;
}

const EXAMPLE = ["plan", "-f", "examples/three-servers", "--exit-zero"];

/** Whole runs of `stowage plan -o json`, after comparing every placement with the library's. @throws AssertionError */
export async function measurePlan(built: Built, size: PlanSize, seed: string): Promise<Figure> {
  const nodes = worldNodes(size.nodes, "plain", seed);
  const pods = worldPods(PLAIN, 0, size.pods, seed);
  const folder = mkdtempSync(join(tmpdir(), "stowage-bench-"));
  try {
    writeFileSync(join(folder, "nodes.json"), listOf(nodes));
    writeFileSync(join(folder, "pods.json"), listOf(pods));
    const runs: Measured[] = [];
    for (let turn = 0; turn < size.runs; turn++) {
      runs.push(await runNode([builtPath("cli/main.js"), "plan", "-f", folder, "-o", "json"]));
    }
    await assertPlan(built, nodes, pods, runs[0]!);
    return figureOf(`stowage plan, ${size.pods} pods of JSON`, size.nodes, runs, size.pods);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function listOf(items: readonly unknown[]): string {
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}

async function assertPlan(
  { library }: Built,
  nodes: ReturnType<typeof worldNodes>,
  pods: readonly Pod[],
  { stdout, exitCode }: Measured,
): Promise<void> {
  strictEqual(exitCode, 0);
  using cluster = new library.Cluster();
  for (const node of nodes) cluster.upsertNode(node);
  const decisions = await new library.Scheduler(cluster).placeAll(pods);
  const expected = decisions.map((decision) => [decision.key, decision.status === "placed" ? decision.node : ""]);
  const plan = JSON.parse(stdout) as Plan;
  deepStrictEqual(
    plan.decisions.map(({ pod, node = "" }) => [pod, node]),
    expected,
  );
}

/** The README's first command, as Node runs it and as npm does. */
export async function measureStart(runs: number): Promise<Figure[]> {
  const direct: Measured[] = [];
  const byNpm: number[] = [];
  for (let turn = 0; turn < runs; turn++) {
    direct.push(await runNode([builtPath("cli/main.js"), ...EXAMPLE]));
    const { exitCode, wallMs } = await run("npm", ["start", "--silent"]);
    strictEqual(exitCode, 0);
    byNpm.push(wallMs);
  }
  for (const { exitCode } of direct) strictEqual(exitCode, 0);
  const { p50Ns, p99Ns, samples } = sampledOfRuns(byNpm);
  return [
    figureOf("stowage plan, examples/three-servers", 3, direct),
    { name: "npm start", boundary: "end to end", nodes: 3, p50Ns, p99Ns, samples },
  ];
}

function figureOf(name: string, nodes: number, runs: readonly Measured[], pods?: number): Figure {
  const { meanNs, p50Ns, p99Ns, samples } = sampledOfRuns(runs.map(({ wallMs }) => wallMs));
  return {
    name,
    boundary: "end to end",
    nodes,
    ...(pods === undefined ? {} : { perSecond: (pods * 1e9) / meanNs }),
    p50Ns,
    p99Ns,
    samples,
    userCpuMs: Math.max(...runs.map(({ userCpuMs }) => userCpuMs)),
    peakRssBytes: Math.max(...runs.map(({ peakRssBytes }) => peakRssBytes)),
  };
}
