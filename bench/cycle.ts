/** API boundary: JavaScript objects in, Decision objects out, with the promise of room that `place` makes. */

import { strictEqual } from "node:assert/strict";
import type { Decision, Token } from "../src/index.js";
import type { Pod } from "../src/kube/objects.js";
import { batchOf } from "./kernels.js";
import type { Figure } from "./report.js";
import { type Budget, decisionFigure, sample, type Work } from "./sampling.js";
import { type Stage, schedulerOf } from "./stage.js";
import { type Family, worldPods } from "./worlds.js";

/** Pods that a run of fresh objects parses at a time; the parsing is not timed. */
const FRESH = 128;

/** `place` on pods whose specs the cluster has seen: what is left is the cycle, the books and the Decision. */
export function measureKnownPods(stage: Stage, family: Family, budget: Budget): Figure {
  const batch = batchOf(family, stage.nodes.length);
  const pods = worldPods(family, 0, batch, stage.seed);
  const places = new Places(stage, family);
  const throughput = sample(`place ${family.name}`, places.batch(pods), budget);
  const latency = sample(
    `place ${family.name}, one`,
    places.single(() => pods),
    budget,
  );
  places.forget();
  return decisionFigure(
    `place, known specs: ${family.name}`,
    "api",
    stage.nodes.length,
    throughput.meanNs / batch,
    latency,
  );
}

/** `place` on pods as JSON.parse gives them: every object is new, so each spec is compared by content. */
export function measureFreshPods(stage: Stage, family: Family, budget: Budget): Figure {
  const text = JSON.stringify(worldPods(family, 0, FRESH, stage.seed));
  const parse = (): Pod[] => JSON.parse(text) as Pod[];
  const places = new Places(stage, family);
  let pods: Pod[] = [];
  const many = places.batch(() => pods);
  const parseAll = (): void => {
    pods = parse();
  };
  const throughput = sample(`place fresh ${family.name}`, { ...many, before: parseAll }, budget);
  const latency = sample(`place fresh ${family.name}, one`, places.single(parse), budget);
  places.forget();
  return decisionFigure(
    `place, fresh objects: ${family.name}`,
    "api",
    stage.nodes.length,
    throughput.meanNs / FRESH,
    latency,
  );
}

/** Placing by one scheduler and taking back, so that every sample finds the same cluster. */
class Places {
  readonly #stage: Stage;
  readonly #family: Family;
  readonly #tokens: Token[] = [];
  readonly #place: (pod: Pod) => Decision;

  constructor(stage: Stage, family: Family) {
    const scheduler = schedulerOf(stage, family);
    this.#stage = stage;
    this.#family = family;
    this.#place = (pod) => scheduler.place(pod);
  }

  /** All pods of a list in one sample. */
  batch(pods: readonly Pod[] | (() => readonly Pod[])): Work {
    const listOf = typeof pods === "function" ? pods : () => pods;
    return {
      run: () => {
        for (const pod of listOf()) this.#note(this.#place(pod));
      },
      after: () => this.forget(),
    };
  }

  /** One pod a sample; `next` gives the pods for the samples that follow. */
  single(next: () => readonly Pod[]): Work {
    let pods: readonly Pod[] = [];
    let turn = 0;
    let decision: Decision | undefined;
    return {
      before: () => {
        if (turn < pods.length) return;
        this.forget();
        pods = next();
        turn = 0;
      },
      run: () => {
        decision = this.#place(pods[turn++]!);
      },
      after: () => {
        if (decision !== undefined) this.#note(decision);
        if (turn === pods.length) this.forget();
      },
    };
  }

  #note(decision: Decision): void {
    if (decision.status === "placed") this.#tokens.push(decision.token!);
    else strictEqual(decision.status, this.#family.outcome);
  }

  /** Takes back what is placed. */
  forget(): void {
    for (const token of this.#tokens) this.#stage.cluster.forget(token);
    this.#tokens.length = 0;
  }
}
