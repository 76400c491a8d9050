/**
 * Published as `stowage/testing`: the promises of a plugin, as checks for any test runner. The built-in plugins pass
 * the same checks.
 */

import { StowageError } from "./errors.js";
import type { NodeInput, PodInput } from "./kube/plain.js";
import type { Scores } from "./scheduler/decision.js";
import { type Answers, enlist, type PluginSubject, type Standing, Trial } from "./testing/trial.js";
import { worldsOf } from "./testing/worlds.js";

export type { PluginSubject } from "./testing/trial.js";

export interface ConformanceOptions {
  /** Nodes to add to the clusters that the plugin is tried on, with what it looks at: labels, dimensions. */
  readonly nodes?: readonly NodeInput[];
  /** Pods to decide beside the suite's own. */
  readonly pods?: readonly PodInput[];
  /** Of the suite's clusters. An integer. Default 1. */
  readonly seed?: number;
}

export interface RunOptions extends ConformanceOptions {
  /** The runner's `test` or `it`: of vitest, jest, mocha, `node:test`. Without it all checks run at once. */
  readonly test?: (name: string, body: () => void) => unknown;
}

/** One promise of a plugin. `run` throws a StowageError ERR_PLUGIN that names plugin, cluster and pod where it is broken. */
export interface PluginCheck {
  readonly name: string;
  run(): void;
}

type Inspect = (trial: Trial, pod: PodInput) => void;

/** A check that tries every pod in every world. */
interface Promised {
  readonly name: string;
  readonly standings: readonly Standing[];
  readonly inspect: Inspect;
}

/** Behind all others a plugin sees pods for which no node is left. */
const EVERYWHERE = ["alone", "first", "last"] as const;

const PROMISES: readonly Promised[] = [
  { name: "answers at once, without promises and without throwing", standings: EVERYWHERE, inspect: answers },
  { name: "answers the same when asked twice", standings: ["alone"], inspect: answersTheSameTwice },
  { name: "changes neither cluster, nodes nor pods", standings: ["alone"], inspect: changesNothing },
  { name: "rejects feasible nodes only, each with a reason", standings: EVERYWHERE, inspect: rejects },
  { name: "scores in integers, 0 to 100 once normalized", standings: EVERYWHERE, inspect: scores },
  { name: "lets reserve take note of a placement, and change nothing", standings: ["alone"], inspect: reserves },
];

/**
 * The checks of a plugin, to run or to leave out one by one: on clusters of 0, 1, 3 and 40 nodes and one that is full,
 * with pods that request nothing, pods that fit nowhere, and one for each thing that the built-in plugins look at. A
 * function that makes the plugin anew is called for every cluster, so that nothing the plugin remembers goes from one to
 * the next; a name stands for a built-in plugin.
 */
export function pluginChecks(subject: PluginSubject, options: ConformanceOptions = {}): readonly PluginCheck[] {
  const { seed = 1, nodes = [], pods = [] } = options;
  const worlds = () => worldsOf(seed, { nodes, pods });
  const promised = PROMISES.map(({ name, standings, inspect }) => ({
    name,
    run: () => {
      for (const standing of standings) {
        for (const world of worlds()) {
          using trial = new Trial(subject, world, standing, seed);
          for (const pod of trial.pods) inspect(trial, pod);
        }
      }
    },
  }));
  return [
    { name: "is an object with a name that is not taken", run: () => hasNameOfItsOwn(subject, seed) },
    ...promised,
    {
      name: "answers the same on an equal cluster",
      run: () => {
        for (const [index, world] of worlds().entries()) {
          using trial = new Trial(subject, world, "alone", seed);
          using twin = new Trial(subject, worlds()[index] ?? world, "alone", seed);
          for (const [at, pod] of trial.pods.entries())
            compare(trial, pod, trial.ask(pod), twin.ask(twin.pods[at] ?? pod));
        }
      },
    },
    {
      name: "finds the same nodes first and last among the built-in filters",
      run: () => {
        for (const world of worlds()) {
          using first = new Trial(subject, world, "first", seed);
          using last = new Trial(subject, world, "last", seed);
          for (const pod of first.pods) findsTheSame(first, last, pod);
        }
      },
    },
  ];
}

/**
 * Checks a plugin: each promise becomes one test of the runner, or, without a runner, all are checked now.
 *
 *     describe("Spread", () => runPluginConformance(() => spread(), { test }));
 *
 * @throws StowageError ERR_PLUGIN, without `test`: names the plugin and every broken promise
 */
export function runPluginConformance(subject: PluginSubject, options: RunOptions = {}): void {
  const { test, ...others } = options;
  const checks = pluginChecks(subject, others);
  if (test !== undefined) {
    for (const { name, run } of checks) test(name, run);
    return;
  }
  const broken = checks.flatMap(({ name, run }) => {
    try {
      run();
      return [];
    } catch (error) {
      if (!(error instanceof StowageError) || error.code !== "ERR_PLUGIN") throw error;
      return [{ plugin: error.details.plugin ?? "", reason: `${name}: ${error.details.reason}` }];
    }
  });
  const [first] = broken;
  if (first === undefined) return;
  const reason = `breaks ${broken.length} of ${checks.length} promises: ${broken.map((each) => each.reason).join("; ")}`;
  throw new StowageError("ERR_PLUGIN", { plugin: first.plugin, reason });
}

function hasNameOfItsOwn(subject: PluginSubject, seed: number): void {
  const [{ name }, again] = [enlist(subject), enlist(subject)];
  if (again.name !== name) {
    throw new StowageError("ERR_PLUGIN", { plugin: name, reason: `made anew, its name is ${again.name}` });
  }
  // The scheduler refuses names that are taken.
  new Trial(subject, { name: "0 nodes", nodes: [], residents: [], pods: [] }, "alone", seed)[Symbol.dispose]();
}

function answers(trial: Trial, pod: PodInput): void {
  trial.ask(pod);
  trial.placeAndForget(pod);
}

function answersTheSameTwice(trial: Trial, pod: PodInput): void {
  compare(trial, pod, trial.ask(pod), trial.ask(pod));
}

function compare(trial: Trial, pod: PodInput, before: Answers, after: Answers): void {
  for (const part of ["fit", "scores"] as const) {
    const [first, second] = [JSON.stringify(before[part]), JSON.stringify(after[part])];
    if (first !== second) throw trial.failure(pod, `asked twice, its ${part} are ${first} and then ${second}`);
  }
}

function changesNothing(trial: Trial, pod: PodInput): void {
  requireUnchanged(trial, pod, () => trial.ask(pod));
}

function reserves(trial: Trial, pod: PodInput): void {
  requireUnchanged(trial, pod, () => trial.placeAndForget(pod));
}

function requireUnchanged(trial: Trial, pod: PodInput, action: () => void): void {
  const before = trial.snapshot(pod);
  action();
  if (trial.snapshot(pod) !== before) throw trial.failure(pod, "it changed a node or the pod");
}

/** The scheduler itself refuses to reject what is not feasible; a node is feasible or rejected, and never both. */
function rejects(trial: Trial, pod: PodInput): void {
  const { feasible, rejected } = trial.ask(pod).fit;
  for (const { node, plugin, reasons } of rejected) {
    const isWorded = reasons.length > 0 && reasons.every((reason) => reason.trim() !== "");
    if (!isWorded) throw trial.failure(pod, `${plugin} rejects node ${node} without a reason`);
  }
  const names = new Set([...feasible, ...rejected.map(({ node }) => node)]);
  const { nodeCount } = trial.cluster;
  if (names.size === nodeCount && feasible.length + rejected.length === nodeCount) return;
  throw trial.failure(pod, `of ${nodeCount} nodes ${feasible.length} are feasible and ${rejected.length} rejected`);
}

function scores(trial: Trial, pod: PodInput): void {
  for (const { node, parts } of trial.ask(pod).scores.nodes) {
    const part = parts[trial.plugin];
    if (part === undefined) continue;
    const problem = scoreProblem(part);
    if (problem !== undefined) throw trial.failure(pod, `on node ${node} ${problem}`);
  }
}

function scoreProblem({ raw, normalized }: Scores["nodes"][number]["parts"][string]): string | undefined {
  if (!Number.isSafeInteger(raw)) return `its raw score is ${raw}, which is not an integer`;
  const isInRange = Number.isInteger(normalized) && normalized >= 0 && normalized <= 100;
  return isInRange ? undefined : `its score is ${normalized}, which is not an integer of 0 to 100`;
}

function findsTheSame(first: Trial, last: Trial, pod: PodInput): void {
  const [before, after] = [first, last].map((trial) => trial.ask(pod).fit.feasible.join(", ") || "none");
  if (before === after) return;
  throw first.failure(pod, `feasible nodes are ${before} when it runs first, and ${after} when it runs last`);
}
