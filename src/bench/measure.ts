/** One family at one size: answers compared, then timed. */

import { compareAnswers } from "./answers.js";
import { measureEngine } from "./engine.js";
import { classPods } from "./family-worlds.js";
import { type Setting, settle } from "./setting.js";

export interface FamilyFigures {
  readonly family: string;
  readonly boundary: "engine";
  readonly nodes: number;
  readonly classes: number;
  /** Whether the core answered from an index. */
  readonly by: "index" | "scan";
  /** How many were placed when the throughput was taken. */
  readonly pods: number;
  /** Making the indexes included. Null where nothing was timed. */
  readonly podsPerSecond: number | null;
  /** One decision, microseconds. */
  readonly p50Us: number | null;
  readonly p99Us: number | null;
  /** Median of one decision that looks at every node: objects in, decisions out. */
  readonly scanUs: number;
  /** Of the core's memory, for one class. */
  readonly bytesAClass: number | null;
}

/**
 * Measures a family.
 *
 * @param most pods that are placed for the throughput
 * @throws StowageError ERR_INTERNAL where index and scan differ
 */
export function measureFamily(setting: Setting, most: number): FamilyFigures {
  const { world, nodes, classes } = setting;
  using cluster = settle(setting);
  const pods = classPods(world, classes);
  const scanUs = compareAnswers(cluster, pods);
  const { isIndexed, pods: placed, podsPerSecond, p50Us, p99Us, bytesAClass } = measureEngine(cluster, pods, most);
  return {
    family: world.name,
    boundary: "engine",
    nodes,
    classes,
    by: isIndexed ? "index" : "scan",
    pods: placed,
    podsPerSecond: known(podsPerSecond),
    p50Us: known(p50Us),
    p99Us: known(p99Us),
    scanUs,
    bytesAClass: isIndexed ? bytesAClass : null,
  };
}

function known(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
