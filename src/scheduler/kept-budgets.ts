/**
 * PodDisruptionBudgets as somebody last saw them, and to whom their changes matter: to a node on which a budget covers two
 * pods it makes no difference whether it lets 5 go or 4, as controllers say with each pod that goes.
 */

import type { PodRecord } from "../cluster/node-record.js";
import type { ClusterObjects } from "../cluster/objects.js";
import { type Budget, budgetsOf, isCharged } from "./disruption.js";

/** A budget lets more or fewer pods go. */
export interface BudgetChange {
  /** Its place in the list. */
  readonly at: number;
  /** The smaller of the two counts: where it covers no more pods, all of them may go before and after. */
  readonly least: number;
}

/** How many pods of a node a budget covers. */
export interface Coverage {
  readonly at: number;
  readonly pods: number;
}

export class KeptBudgets {
  #list: readonly Budget[] = [];
  #version = -1;

  get list(): readonly Budget[] {
    return this.#list;
  }

  /** Looks again. Returns what changed in how many pods may go; undefined where more than that changed. */
  catchUp(objects: ClusterObjects): readonly BudgetChange[] | undefined {
    const version = objects.version("PodDisruptionBudget");
    if (version === this.#version) return [];
    const before = this.#list;
    this.#version = version;
    this.#list = budgetsOf(objects.list("PodDisruptionBudget"));
    const coversAlike =
      before.length === this.#list.length && before.every((each, at) => isAlike(each, this.#list[at]!));
    if (!coversAlike) return undefined;
    return before.flatMap(({ left }, at): BudgetChange[] => {
      const [was, is] = [Math.max(left, 0), Math.max(this.#list[at]!.left, 0)];
      return was === is ? [] : [{ at, least: Math.min(was, is) }];
    });
  }

  /** Which budgets cover any of the pods. */
  coverageOf(pods: readonly PodRecord[]): readonly Coverage[] {
    return this.#list.flatMap((budget, at): Coverage[] => {
      const covered = pods.filter(({ pod }) => isCharged(budget, pod)).length;
      return covered === 0 ? [] : [{ at, pods: covered }];
    });
  }
}

/** Whether two budgets cover the same pods, whatever these are. */
function isAlike(left: Budget, right: Budget): boolean {
  return left.namespace === right.namespace && coverOf(left) === coverOf(right);
}

function coverOf({ object, disruptedPods }: Budget): string {
  return JSON.stringify([object.spec?.selector, [...disruptedPods]]);
}
