/**
 * How fast the real kube-scheduler binds pods with stowage behind it, and with an extender that lets everything through:
 *
 *     npm run bench:e2e
 *     npm run bench:e2e -- --nodes 1000 --pods 2000 --pairs 5
 *
 * Both are asked in turn, in one run, in pairs: what the machine does beside it meets both of a pair, and so a ratio within a
 * pair says more than rates do. Before the first pair all pods are bound once and nothing is counted, for the caches of the API
 * server and etcd are cold then. The pods wait before kube-scheduler starts; a rate is counted between the first and the last
 * Binding that a watch shows. A pod that had to be tried again after a backoff would show as a gap in which none came. That
 * every pod is on a node with room for it is checked before a rate is believed.
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

/** By side, in the order of the pairs. */
type Rounds = Readonly<Record<Side, readonly Round[]>>;

interface Round {
  readonly side: Side;
  readonly podsPerSecond: number;
  readonly longestGapMs: number;
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
      pairs: { type: "string", default: "5" },
    },
  });
  return { nodes: count(values.nodes), pods: count(values.pods), pairs: count(values.pairs) };
}

async function measure(plane: ControlPlane, folder: string, settings: Settings): Promise<Rounds> {
  await plane.api.createAll(
    NODES,
    named("n", settings.nodes).map((name) => nodeOf(name)),
  );
  await freshRound(plane, folder, SIDES[0], "warm-up", settings);
  const rounds: Record<Side, Round[]> = { "pass-through": [], stowage: [] };
  for (let pair = 0; pair < settings.pairs; pair++) {
    // Whoever goes second meets a larger etcd, so they take turns at that too.
    for (const side of pair % 2 === 0 ? SIDES : SIDES.toReversed()) {
      const round = await freshRound(plane, folder, side, `p${pair}-${side}`, settings);
      console.log(`pair ${pair + 1}, ${side}: ${round.podsPerSecond.toFixed(0)} pods/s`);
      rounds[side].push(round);
    }
  }
  return rounds;
}

/** Pods of this round alone, bound and deleted again. */
async function freshRound(
  plane: ControlPlane,
  folder: string,
  side: Side,
  prefix: string,
  settings: Settings,
): Promise<Round> {
  await plane.api.createAll(
    PODS,
    named(`${prefix}-`, settings.pods).map((name) => podOf(name)),
  );
  const round = await bindAll(plane, folder, side, settings.pods);
  await plane.api.delete(PODS);
  await eventually("no pods", async () => (await plane.api.list(`${PODS}?limit=1`)).items.length === 0);
  return round;
}

function named(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => prefix + index);
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
    const { boundPerSecond: podsPerSecond, longestGapMs } = observer;
    return { side, podsPerSecond, longestGapMs, extenderCpuMs, schedulerCpuMs };
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

function tell(rounds: Rounds, { nodes, pods, pairs }: Settings): void {
  const { runtime, cpu, cores, commit, date } = environmentOf("none", "npm run bench:e2e");
  const heading = `${nodes} nodes, ${pods} pods, names, ${pairs} pairs; ${runtime}; ${cores} x ${cpu}; ${date}, commit ${commit}`;
  console.log(`\n${heading}\n\n${pairTable(rounds)}\n\n${cpuTable(rounds)}\n`);
  const ratios = ratiosOf(rounds, ({ podsPerSecond }) => podsPerSecond);
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)].map((ratio) => ratio.toFixed(2));
  const median = medianOf(ratios).toFixed(2);
  console.log(
    `stowage binds ${median} times the pods/s of the pass-through extender: the median of ${least} to ${most}`,
  );
}

/** A row a pair. */
function pairTable(rounds: Rounds): string {
  const rates = ratiosOf(rounds, ({ podsPerSecond }) => podsPerSecond);
  const costs = ratiosOf(rounds, ({ extenderCpuMs }) => extenderCpuMs);
  const both = (pair: number, pick: (round: Round) => string): string[] =>
    SIDES.map((side) => pick(rounds[side][pair]!));
  const rows = rates.map((rate, pair) => [
    `${pair + 1}`,
    ...both(pair, ({ podsPerSecond }) => podsPerSecond.toFixed(0)),
    rate.toFixed(2),
    ...both(pair, ({ extenderCpuMs }) => extenderCpuMs.toFixed(2)),
    costs[pair]!.toFixed(2),
    both(pair, ({ longestGapMs }) => longestGapMs.toFixed(0)).join(", "),
  ]);
  const head = [
    "pair",
    "pass-through, pods/s",
    "stowage",
    "ratio",
    "pass-through, CPU ms/pod",
    "stowage",
    "ratio",
    "longest gaps, ms",
  ];
  return markdownTable([head, ...rows], { align: head.map(() => "r") });
}

/** What the extender and kube-scheduler cost, by the extender. */
function cpuTable(rounds: Rounds): string {
  const rows = SIDES.map((side) => {
    const median = (pick: (round: Round) => number): number => medianOf(rounds[side].map(pick));
    const rate = median(({ podsPerSecond }) => podsPerSecond).toFixed(0);
    const [own, scheduler] = [median((round) => round.extenderCpuMs), median((round) => round.schedulerCpuMs)];
    return [side, rate, own.toFixed(2), scheduler.toFixed(2)];
  });
  const head = ["medians", "pods/s", "its CPU ms/pod", "kube-scheduler's"];
  return markdownTable([head, ...rows], { align: ["l", "r", "r", "r"] });
}

/** stowage's share of the pass-through extender's, by pair. */
function ratiosOf(rounds: Rounds, pick: (round: Round) => number): number[] {
  return rounds.stowage.map((round, pair) => pick(round) / pick(rounds["pass-through"][pair]!));
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
