/** Engine boundary: the core's full scan and one occupation a decision, on class blocks that are already written. */

import { deepStrictEqual } from "node:assert/strict";
import type { CoreFunctions } from "../src/core/exports.js";
import type { Decision } from "../src/index.js";
import { VERSIONS } from "../src/scheduler/compat.js";
import type { Counter, Figure } from "./report.js";
import { type Budget, decisionFigure, sample, type Work } from "./sampling.js";
import { SCHEDULER_SEED, type Stage, schedulerOf } from "./stage.js";
import { configOf, type Family, TEMPLATES, templatePods } from "./worlds.js";

/** What one decision needs: pointers into the core's memory. */
interface Prepared {
  readonly classBlock: number;
  readonly podBlock: number;
}

/** Decisions of one throughput sample: enough to drown the timer, few enough to leave the cluster as it is. */
export function batchOf(family: Family, nodeCount: number): number {
  if (family.outcome === "unschedulable") return 1;
  return Math.max(1, Math.min(32, Math.floor(400_000 / nodeCount)));
}

/** More decisions than are ever made between two undoings. */
const MOST_HELD = 64;

/** Deciding and occupying in the core alone, with what was occupied kept for taking it back. Allocates nothing. */
export class RawCycles {
  readonly #core: CoreFunctions;
  readonly #prepared: readonly Prepared[];
  readonly #isRandom: number;
  readonly #slots = new Int32Array(MOST_HELD);
  readonly #podBlocks = new Int32Array(MOST_HELD);
  #held = 0;
  #decisions = 0;

  constructor({ built, cluster, seed }: Pick<Stage, "built" | "cluster" | "seed">, family: Family) {
    const profiles = built.profiles.readyProfiles(cluster, configOf(family), [], VERSIONS["1.36"]);
    const ready = profiles.get("default-scheduler")!;
    this.#core = cluster.state.engine.core;
    this.#isRandom = Number(family.tieBreak === "random");
    this.#prepared = templatePods(family, seed).map((pod) => {
      const shape = cluster.state.shapes.of(pod);
      return { classBlock: ready.classes.of(shape).block, podBlock: shape.occupancy.block };
    });
  }

  /** Decisions that hold room now. */
  get held(): number {
    return this.#held;
  }

  /** One decision and its occupation. Returns the slot, or a negative number. */
  decide(): number {
    const { classBlock, podBlock } = this.#prepared[this.#decisions % TEMPLATES]!;
    const slot = this.#core.cycleRun(classBlock, this.#isRandom, SCHEDULER_SEED, this.#decisions++);
    if (slot < 0) return slot;
    this.#core.nodesOccupy(slot, podBlock, 1);
    this.#slots[this.#held] = slot;
    this.#podBlocks[this.#held++] = podBlock;
    return slot;
  }

  /** Takes back everything; the decision number goes on. */
  undo(): void {
    while (this.#held > 0) {
      this.#held--;
      this.#core.nodesOccupy(this.#slots[this.#held]!, this.#podBlocks[this.#held]!, -1);
    }
  }
}

/** Figures of one family on one stage, once its first raw slots have been found to be the scheduler's nodes. */
export function measureEngine(stage: Stage, family: Family, budget: Budget): Figure {
  assertRaw(stage, family);
  const batch = batchOf(family, stage.nodes.length);
  const cycles = new RawCycles(stage, family);
  const many: Work = {
    run: () => {
      for (let turn = 0; turn < batch; turn++) cycles.decide();
    },
    after: () => cycles.undo(),
  };
  const one: Work = {
    run: () => void cycles.decide(),
    after: () => {
      if (cycles.held >= batch) cycles.undo();
    },
  };
  const throughput = sample(`engine ${family.name}`, many, budget);
  const latency = sample(`engine ${family.name}, one`, one, budget);
  cycles.undo();
  const meanNs = throughput.meanNs / batch;
  return decisionFigure(family.name, "engine", stage.nodes.length, meanNs, latency);
}

function assertRaw(stage: Stage, family: Family): void {
  const { cluster } = stage;
  const pods = templatePods(family, stage.seed);
  const scheduler = schedulerOf(stage, family);
  const expected = pods.map((pod) => nodeOf(scheduler.place(pod)));
  for (const pod of pods) cluster.removePod(pod);
  const cycles = new RawCycles(stage, family);
  const found = pods.map(() => cluster.state.bySlot[cycles.decide()]?.name);
  cycles.undo();
  deepStrictEqual(found, expected, `raw cycles of ${family.name} at ${stage.nodes.length} nodes`);
}

function nodeOf(decision: Decision): string | undefined {
  return decision.status === "placed" ? decision.node : undefined;
}

/** A scan of bounds computes only rows that may win; measured 4 to 22, by far more when bounds grow loose. */
const MOST_ROWS = 64;
/** Below this, rows that win one after the other are a large part of all. */
const MANY_NODES = 1_000;

/** How many rows a decision computes exactly, on average over the templates; none where the module does not count. */
export function countRows(stage: Stage, family: Family): Counter[] {
  const core: CoreFunctions & { readonly cycleRunRows?: () => number } = stage.cluster.state.engine.core;
  if (core.cycleRunRows === undefined) return [];
  const nodes = stage.nodes.length;
  const cycles = new RawCycles(stage, family);
  let rows = 0;
  for (let turn = 0; turn < TEMPLATES; turn++) {
    cycles.decide();
    rows += core.cycleRunRows();
  }
  cycles.undo();
  const isLimited = nodes >= MANY_NODES && family.path === "bounds" && family.tieBreak !== "random";
  const counter = { name: `rows computed exactly a decision, ${family.name}`, nodes, value: rows / TEMPLATES };
  return [isLimited ? { ...counter, limit: MOST_ROWS } : counter];
}
