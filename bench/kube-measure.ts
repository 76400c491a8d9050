/** One family at one size, by the real scheduler and by ours: first the answers, then the times, in turns. */

import { median, quantile, undisturbed } from "../src/bench/clock.js";
import { type Course, courseOf } from "../src/bench/course.js";
import type { measureCourseEngine } from "../src/bench/course-engine.js";
import type { measureCourse } from "../src/bench/course-run.js";
import type { measureEngine } from "../src/bench/engine.js";
import type { Setting, settle } from "../src/bench/setting.js";
import { boundaryOf, classPods } from "../src/bench/worlds.js";
import type { Cluster } from "../src/index.js";
import { type BenchDifference, compareChoices } from "../test/kubernetes/bench-check.js";
import { askBench } from "../test/kubernetes/bench-oracle.js";
import { AS_IT_COMES, benchWorld, EVERY_NODE } from "../test/kubernetes/bench-world.js";
import type { Built } from "./built.js";
import { type Floor, floorOf } from "./kube-floors.js";

/** Decisions of the real scheduler that are timed together, as many as of ours. */
const CHUNK = 32;
/** Where answers are compared, time decides nothing: it only ends what hangs. */
const CHECK_LIMIT_SECONDS = 3_600;
const US_A_SECOND = 1e6;
const NS_A_US = 1e3;

/** Of our side what is timed, from the built package. */
export interface Ours extends Pick<Built, "library"> {
  readonly settle: typeof settle;
  readonly measureEngine: typeof measureEngine;
  readonly measureCourse: typeof measureCourse;
  readonly measureCourseEngine: typeof measureCourseEngine;
}

export interface KubeEffort {
  /** Pods that are compared. */
  readonly checked: number;
  /** Times that each side is timed; 0 only compares. */
  readonly rounds: number;
  /** Pods that the real scheduler places in a round at most, and the seconds that it may take for them. */
  readonly realPods: number;
  readonly limitSeconds: number;
  /** Pods that we place in a round at most; where they take turns with changes, the same limit of seconds counts. */
  readonly pods: number;
}

/** Of the round in the middle. */
export interface SideFigures {
  readonly pods: number;
  readonly podsPerSecond: number;
  /** One pod. */
  readonly p50Us: number;
  readonly p99Us: number;
}

export interface KubeRow {
  readonly family: string;
  readonly nodes: number;
  readonly classes: number;
  /** What the real one runs on, as in "go1.26.8". */
  readonly go: string;
  /** How many pods were compared, and on how many both agree. */
  readonly checked: number;
  readonly agreed: number;
  readonly difference?: BenchDifference;
  readonly real?: SideFigures;
  /** Missing where a family preempts. */
  readonly engine?: SideFigures;
  readonly api?: SideFigures;
  readonly floor?: Floor;
}

/** @throws Error when the oracle fails */
export async function measureBoth(ours: Ours, setting: Setting, effort: KubeEffort): Promise<KubeRow> {
  const { world, nodes, classes } = setting;
  const floor = floorOf(world.name, nodes);
  const checked = await check(ours, setting, effort);
  const isTimed = checked.difference === undefined && effort.rounds > 0;
  const figures = isTimed ? await time(ours, setting, effort) : {};
  return { family: world.name, nodes, classes, ...checked, ...figures, ...(floor && { floor }) };
}

async function check(ours: Ours, setting: Setting, { checked }: KubeEffort) {
  const course = courseOf(setting, checked);
  using cluster = stage(ours, setting, course);
  const world = benchWorld(setting, cluster, course, EVERY_NODE);
  const { pods, go } = await askBench(world, cluster.compat, CHECK_LIMIT_SECONDS);
  const scheduler = new ours.library.Scheduler(cluster);
  return { go, checked, ...compareChoices(cluster, scheduler, course.turns, pods) };
}

/** Real, ours, real, ours, so that neither has the quieter machine. */
async function time(ours: Ours, setting: Setting, effort: KubeEffort) {
  const real: SideFigures[] = [];
  const engine: SideFigures[] = [];
  const api: SideFigures[] = [];
  for (let round = 0; round < effort.rounds; round++) {
    real.push(await timeReal(ours, setting, effort));
    if (boundaryOf(setting.world) === "engine") engine.push(timeEngine(ours, setting, effort));
    api.push(timeApi(ours, setting, effort));
  }
  const inMiddle = middle(engine);
  return { real: middle(real)!, ...(inMiddle && { engine: inMiddle }), api: middle(api)! };
}

function middle(figures: readonly SideFigures[]): SideFigures | undefined {
  return [...figures].sort((a, b) => a.podsPerSecond - b.podsPerSecond)[figures.length >> 1];
}

async function timeReal(ours: Ours, setting: Setting, { realPods, limitSeconds }: KubeEffort): Promise<SideFigures> {
  const course = courseOf(setting, realPods);
  using cluster = stage(ours, setting, course);
  const world = benchWorld(setting, cluster, course, AS_IT_COMES);
  const { pods } = await askBench(world, cluster.compat, limitSeconds);
  // As our side it ends where there is no room left.
  const end = pods.findIndex(({ node }, turn) => node === undefined && !course.turns[turn]!.isHopeless);
  return figuresOf(pods.slice(0, end === -1 ? pods.length : end).map(({ ns }) => ns / NS_A_US));
}

function timeEngine(ours: Ours, setting: Setting, effort: KubeEffort): SideFigures {
  return setting.world.turnOf === undefined
    ? timePlacements(ours, setting, effort)
    : timeCourseEngine(ours, setting, effort);
}

function timePlacements(ours: Ours, setting: Setting, effort: KubeEffort): SideFigures {
  using cluster = ours.settle(setting);
  const pods = classPods(setting.world, setting.classes);
  const { pods: placed, podsPerSecond, p50Us, p99Us } = ours.measureEngine(cluster, pods, effort.pods);
  return { pods: placed, podsPerSecond, p50Us, p99Us };
}

/** @throws Error where the core has no index: then there is nothing to time at this boundary */
function timeCourseEngine(ours: Ours, setting: Setting, { pods, limitSeconds }: KubeEffort): SideFigures {
  const course = courseOf(setting, pods);
  using cluster = stage(ours, setting, course);
  const { isIndexed, makingUs, times } = ours.measureCourseEngine(cluster, course.turns, limitSeconds * US_A_SECOND);
  if (!isIndexed) throw new Error(`${setting.world.name}: the core has no index for a pod`);
  return figuresOf(times, makingUs);
}

function timeApi(ours: Ours, setting: Setting, { pods, limitSeconds }: KubeEffort): SideFigures {
  const course = courseOf(setting, pods);
  using cluster = stage(ours, setting, course);
  const { times } = ours.measureCourse(cluster, course.turns, limitSeconds * US_A_SECOND);
  return figuresOf(times);
}

/** Of the microseconds of each pod, and those beside; the throughput as it is taken of the engine, see {@link undisturbed}. */
function figuresOf(times: readonly number[], besideUs = 0): SideFigures {
  const size = Math.max(1, Math.min(CHUNK, times.length));
  const chunks: number[] = [];
  for (let start = 0; start + size <= times.length; start += size) {
    chunks.push(times.slice(start, start + size).reduce((sum, us) => sum + us, 0));
  }
  const podsPerSecond = (chunks.length * size * US_A_SECOND) / (besideUs + undisturbed(chunks));
  return { pods: times.length, podsPerSecond, p50Us: median(times), p99Us: quantile(times, 0.99) };
}

/** A cluster to which the course's pods can come. */
function stage({ settle }: Ours, setting: Setting, { objects }: Course): Cluster {
  const cluster = settle(setting);
  for (const object of objects) cluster.upsertObject(object);
  return cluster;
}
