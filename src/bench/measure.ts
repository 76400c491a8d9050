/** One family at one size: answers compared, then timed. */

import type { Cluster } from "../cluster/cluster.js";
import { compareAnswers } from "./answers.js";
import { median, quantile } from "./clock.js";
import { courseOf } from "./course.js";
import { measureCourseEngine } from "./course-engine.js";
import { measureCourse } from "./course-run.js";
import { measureEngine } from "./engine.js";
import { type Setting, settle } from "./setting.js";
import type { Turn } from "./turns.js";
import { type Boundary, boundaryOf, classPods } from "./worlds.js";

export interface FamilyFigures {
  readonly family: string;
  readonly boundary: Boundary;
  readonly nodes: number;
  readonly classes: number;
  /** Whether the core answered from an index. Null at the API boundary, where each pod may be answered in another way. */
  readonly by: "index" | "scan" | null;
  /** How many were decided when the throughput was taken. */
  readonly pods: number;
  /** How many of them have a node. */
  readonly placed: number;
  /** Making the indexes included. Null where nothing was timed. */
  readonly podsPerSecond: number | null;
  /** One decision, or one turn at the API boundary; microseconds. */
  readonly p50Us: number | null;
  readonly p99Us: number | null;
  /** Median of one turn, objects in and decisions out, where every node is looked at. */
  readonly scanUs: number;
  /** Of the core's memory, for one class. Null also where pods take turns with changes. */
  readonly bytesAClass: number | null;
}

export interface Effort {
  /** Families that can only be measured at the API boundary are measured there also where the engine is asked for. */
  readonly boundary: Boundary;
  /** Pods that are placed for the throughput at most. */
  readonly pods: number;
  /** Time that turns, where there is more to them than a placement, take for it at most. */
  readonly seconds: number;
}

/** Turns whose answers are compared, where a family says nothing else. */
const COMPARED = 60;
const US_A_SECOND = 1e6;

/** @throws StowageError ERR_INTERNAL where index and scan differ */
export function measureFamily(setting: Setting, { boundary, pods, seconds }: Effort): FamilyFigures {
  const { world, nodes, classes } = setting;
  const compared = world.compared ?? COMPARED;
  const isApi = boundary === "api" || boundaryOf(world) === "api";
  const isCourse = isApi || world.turnOf !== undefined;
  const course = courseOf(setting, isCourse ? Math.max(pods, compared) : compared);
  using cluster = settle(setting);
  for (const object of course.objects) cluster.upsertObject(object);
  const scanUs = compareAnswers(cluster, course.turns.slice(0, compared));
  const base = { family: world.name, nodes, classes, scanUs };
  if (!isCourse) return { ...base, ...engineFigures(cluster, setting, pods) };
  const turns = course.turns.slice(0, pods);
  return { ...base, ...(isApi ? apiFigures : courseFigures)(cluster, turns, seconds) };
}

type Timed = Omit<FamilyFigures, "family" | "nodes" | "classes" | "scanUs">;

function engineFigures(cluster: Cluster, { world, classes }: Setting, most: number): Timed {
  const { isIndexed, ...figures } = measureEngine(cluster, classPods(world, classes), most);
  const { pods, podsPerSecond, p50Us, p99Us, bytesAClass } = figures;
  return {
    boundary: "engine",
    by: isIndexed ? "index" : "scan",
    pods,
    placed: pods,
    podsPerSecond: known(podsPerSecond),
    p50Us: known(p50Us),
    p99Us: known(p99Us),
    bytesAClass: isIndexed ? bytesAClass : null,
  };
}

function apiFigures(cluster: Cluster, turns: readonly Turn[], seconds: number): Timed {
  const { pods, placed, times } = measureCourse(cluster, turns, seconds * US_A_SECOND);
  return {
    boundary: "api",
    by: null,
    pods,
    placed,
    podsPerSecond: (pods * US_A_SECOND) / times.reduce((sum, us) => sum + us, 0),
    p50Us: median(times),
    p99Us: quantile(times, 0.99),
    bytesAClass: null,
  };
}

function courseFigures(cluster: Cluster, turns: readonly Turn[], seconds: number): Timed {
  const { isIndexed, makingUs, ...figures } = measureCourseEngine(cluster, turns, seconds * US_A_SECOND);
  const { pods, placed, times } = figures;
  const us = times.reduce((sum, each) => sum + each, makingUs);
  return {
    boundary: "engine",
    by: isIndexed ? "index" : "scan",
    pods,
    placed,
    podsPerSecond: isIndexed ? (pods * US_A_SECOND) / us : null,
    p50Us: isIndexed ? median(times) : null,
    p99Us: isIndexed ? quantile(times, 0.99) : null,
    bytesAClass: null,
  };
}

function known(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
