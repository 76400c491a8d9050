/**
 * How fast the real kube-scheduler binds pods with stowage behind it, and with an extender that lets everything through:
 *
 *     npm run bench:e2e
 *     npm run bench:e2e -- --nodes 1000 --pods 2000 --pairs 3
 *
 * Both are asked in turn, in one run. The pods wait before kube-scheduler starts; a rate is counted between the first and
 * the last Binding that a watch shows. That every pod is on a node with room for it is checked before a rate is believed.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { markdownTable } from "markdown-table";
import { environmentOf } from "../../../bench/report.js";
import { type ApiNode, eventually, NODES, PODS } from "./api.js";
import { buildControlPlane, controlPlaneMissing } from "./binaries.js";
import type { Child } from "./child.js";
import { ControlPlane } from "./control-plane.js";
import { nodeOf, podOf } from "./objects.js";
import { Observer } from "./observer.js";
import { startPassThrough } from "./pass-through.js";
import { extenderAt } from "./scheduler-config.js";
import { Stowage } from "./stowage.js";

const SIDES = ["pass-through", "stowage"] as const;
type Side = (typeof SIDES)[number];

interface Settings {
  readonly nodes: number;
  readonly pods: number;
  readonly pairs: number;
}

interface Round {
  readonly side: Side;
  readonly podsPerSecond: number;
  /** Milliseconds of CPU a pod, while the pods were bound. */
  readonly extenderCpuMs: number;
  readonly schedulerCpuMs: number;
}

async function main(): Promise<void> {
  const missing = controlPlaneMissing();
  if (missing !== undefined) {
    console.log(`skipped: ${missing}`);
    return;
  }
  const settings = readSettings();
  await buildControlPlane(console.log);
  const folder = mkdtempSync(join(tmpdir(), "stowage-bench-"));
  const plane = await ControlPlane.start(folder);
  try {
    const rounds = await measure(plane, folder, settings);
    tell(rounds, settings);
  } finally {
    await plane.stop();
    rmSync(folder, { recursive: true });
  }
}

function readSettings(): Settings {
  const count = (value: string): number => {
    if (!/^[1-9]\d*$/.test(value)) throw new Error(`${value} is not a count`);
    return Number(value);
  };
  const { values } = parseArgs({
    options: {
      nodes: { type: "string", default: "1000" },
      pods: { type: "string", default: "2000" },
      pairs: { type: "string", default: "3" },
    },
  });
  return { nodes: count(values.nodes), pods: count(values.pods), pairs: count(values.pairs) };
}

async function measure(plane: ControlPlane, folder: string, settings: Settings): Promise<Round[]> {
  const named = (prefix: string, count: number): string[] =>
    Array.from({ length: count }, (_, index) => prefix + index);
  await plane.api.createAll(
    NODES,
    named("n", settings.nodes).map((name) => nodeOf(name)),
  );
  const rounds: Round[] = [];
  for (let pair = 0; pair < settings.pairs; pair++) {
    // Whoever goes second meets a larger etcd, so they take turns at that too.
    for (const side of pair % 2 === 0 ? SIDES : SIDES.toReversed()) {
      const pods = named(`p${rounds.length}-`, settings.pods).map((name) => podOf(name));
      await plane.api.createAll(PODS, pods);
      const round = await bindAll(plane, folder, side, settings.pods);
      console.log(`${side}: ${round.podsPerSecond.toFixed(0)} pods/s`);
      rounds.push(round);
      await plane.api.delete(PODS);
      await eventually("no pods", async () => (await plane.api.list(`${PODS}?limit=1`)).items.length === 0);
    }
  }
  return rounds;
}

async function bindAll(plane: ControlPlane, folder: string, side: Side, podCount: number): Promise<Round> {
  const observer = await Observer.start(plane.api);
  const extender = await startSide(plane, folder, side);
  try {
    const before = extender.child.cpuSeconds;
    const scheduler = await plane.startScheduler({ extenders: [extenderAt(extender.url)] });
    await observer.untilBound(podCount, 300_000);
    const extenderCpuMs = ((extender.child.cpuSeconds - before) * 1000) / podCount;
    const schedulerCpuMs = (scheduler.cpuSeconds * 1000) / podCount;
    const { items } = await plane.api.list<ApiNode>(NODES);
    const problems = observer.violations(items);
    if (problems.length > 0) throw new Error(`${side}: ${problems.join("; ")}`);
    return { side, podsPerSecond: observer.boundPerSecond, extenderCpuMs, schedulerCpuMs };
  } finally {
    await plane.stopScheduler();
    await extender.child.stop();
    await observer.stop();
  }
}

async function startSide(plane: ControlPlane, folder: string, side: Side): Promise<{ child: Child; url: string }> {
  if (side === "stowage") return Stowage.start({ folder, kubeconfig: plane.kubeconfig("stowage") });
  const { child, port } = await startPassThrough(folder);
  return { child, url: `http://127.0.0.1:${port}` };
}

function tell(rounds: readonly Round[], { nodes, pods, pairs }: Settings): void {
  const rows = SIDES.map((side) => {
    const own = rounds.filter((round) => round.side === side);
    const median = (pick: (round: Round) => number): number => medianOf(own.map(pick));
    return { side, rate: median((round) => round.podsPerSecond), own, median };
  });
  const table = rows.map(({ side, rate, own, median }) => [
    side,
    rate.toFixed(0),
    own.map(({ podsPerSecond }) => podsPerSecond.toFixed(0)).join(", "),
    median((round) => round.extenderCpuMs).toFixed(2),
    median((round) => round.schedulerCpuMs).toFixed(2),
  ]);
  const head = ["extender", "pods/s, median", "each round", "its CPU ms/pod", "kube-scheduler's"];
  const [passThrough = Number.NaN, stowage = Number.NaN] = rows.map(({ rate }) => rate);
  const { runtime, cpu, cores, commit, date } = environmentOf("none", "npm run bench:e2e");
  console.log(
    `\n${nodes} nodes, ${pods} pods, names, ${pairs} pairs; ${runtime}; ${cores} x ${cpu}; ${date}, commit ${commit}\n`,
  );
  console.log(markdownTable([head, ...table], { align: ["l", "r", "l", "r", "r"] }));
  console.log(`\nstowage binds ${(stowage / passThrough).toFixed(2)} times the pods/s of the pass-through extender`);
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
