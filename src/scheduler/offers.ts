/** Nodes that another scheduler offers for a pod, judged and scored by columns: for callers with thousands of them. */

import { NO_SLOT } from "../cluster/node-record.js";
import type { Version } from "./compat.js";
import type { PreFilterStatus } from "./decision.js";
import { codeOf, type GivenRejection } from "./explain.js";
import { filterNominated } from "./nominated.js";
import { preScoreError, runPreFilters } from "./pre-phases.js";
import type { SearchContext } from "./search.js";
import type { Subject } from "./subject.js";

/** What the filters say of a slot; undefined: it passes. Valid until the scheduler or the cluster is used again. */
export type Judge = (slot: number) => GivenRejection | undefined;

export class Offers {
  readonly #search: SearchContext;
  readonly #subject: Subject;
  readonly #version: Version;

  constructor(search: SearchContext, subject: Subject, version: Version) {
    this.#search = search;
    this.#subject = subject;
    this.#version = version;
  }

  /** Runs the profile's filters. An error of a filter or of PreFilter is a rejection with the code "Error". */
  judge(): Judge {
    const { phases, profile, state } = this.#search;
    const subject = this.#subject;
    const preFilter = runPreFilters(subject, profile);
    if (preFilter !== undefined) return () => wholeRejection(preFilter);
    if (profile.filter.length === 0 && subject.podClass.statics.nodeSet === undefined) return passing;
    phases.filter(subject);
    filterNominated(this.#search, subject);
    const { engine } = state;
    const verdicts = engine.bytesOf(engine.ids.COLUMN_VERDICT).slice();
    const codes = engine.bytesOf(engine.ids.COLUMN_UNRESOLVABLE).slice();
    return (slot) => {
      const verdict = verdicts[slot] ?? 0;
      if (verdict === 0) return undefined;
      return { ...phases.rejectionOf(subject, verdict, slot), code: codeOf(codes[slot] ?? 0) };
    };
  }

  /**
   * The weighted totals of these slots, in their order; 0 where there is no node.
   *
   * @returns a sentence where a PreScore plugin fails
   */
  totals(slots: Int32Array): Float64Array | string {
    const { phases, profile, state } = this.#search;
    const error = preScoreError(this.#subject, profile, this.#version);
    if (error !== undefined) return error;
    phases.restrictToSlots(slots);
    phases.score(this.#subject);
    const { engine } = state;
    const bySlot = engine.doublesOf(engine.ids.COLUMN_TOTAL);
    const totals = new Float64Array(slots.length);
    for (let index = 0; index < slots.length; index++) {
      const slot = slots[index]!;
      if (slot !== NO_SLOT) totals[index] = bySlot[slot] ?? 0;
    }
    return totals;
  }
}

/** Of a profile without filters. */
const passing: Judge = () => undefined;

function wholeRejection({ plugin, code, reasons }: PreFilterStatus): GivenRejection {
  return { plugin, code, reasons };
}
