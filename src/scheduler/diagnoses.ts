/**
 * Why pods of a class fit nowhere (assembly/diagnosis): what rejects each node is kept from decision to decision, so that only
 * the nodes that changed are asked again, and told again only when it changed. The words are those of the phases.
 *
 * For classes whom no other pod can reject. A diagnosis lives as long as the class; the oldest go under a budget.
 */

import { AgingMap } from "../cluster/aging-map.js";
import type { ClusterState } from "../cluster/state.js";
import { cacheLimit } from "./cache-limit.js";
import type { ReasonCount } from "./decision.js";
import { countReasons, fitErrorText, type RejectionGroup, type SlotRejection } from "./explain.js";
import type { Phases } from "./phases.js";
import type { PodClass } from "./pod-class.js";
import type { Subject } from "./subject.js";

/** The words of a decision that no node takes the pod. */
export interface Verdict {
  readonly message: string;
  readonly reasons: readonly ReasonCount[];
}

interface Entry {
  readonly podClass: PodClass;
  /** Where the diagnosis lies. */
  readonly pointer: number;
  /** Of each kind, once it had a node: kinds keep their numbers. */
  readonly words: (SlotRejection | undefined)[];
  /** What was told last, the latest first: where nodes come and go, the same is often true again. */
  readonly told: Told[];
}

interface Told {
  /** How many nodes each kind of rejection had. */
  readonly counts: readonly number[];
  readonly verdict: Verdict;
}

/** One byte a node, beside 4 KiB of kinds. */
const BYTES_A_NODE = 1;
const MAX_DIAGNOSES = 4_096;
const MAX_TOLD = 4;

export class Diagnoses {
  readonly #state: ClusterState;
  readonly #phases: Phases;
  readonly #cacheBytes: number;
  readonly #entries = new AgingMap<PodClass, Entry>();

  constructor(state: ClusterState, phases: Phases, cacheBytes: number) {
    this.#state = state;
    this.#phases = phases;
    this.#cacheBytes = cacheBytes;
  }

  /** Why a pod that the core can decide fits nowhere now; undefined where only the phases can tell. */
  of(subject: Subject): Verdict | undefined {
    const { podClass, relations } = subject;
    if (relations.spreadFilter !== 0 || relations.affinityFilter !== 0) return undefined;
    const { engine } = this.#state;
    const { core, ids } = engine;
    const entry = this.#entries.get(podClass) ?? this.#make(podClass);
    const kinds = engine.check(core.diagnosisRun(entry.pointer));
    if (kinds < 0) {
      this.dropClass(podClass);
      return undefined;
    }
    const counts: number[] = [];
    const table = core.diagnosisKinds(entry.pointer);
    const bytes = ids.KIND_WORDS * Uint32Array.BYTES_PER_ELEMENT;
    for (let kind = 1; kind <= kinds; kind++) counts.push(engine.wordAt(table + kind * bytes));
    return entry.told.find((told) => isEqual(told.counts, counts))?.verdict ?? this.#tell(entry, counts, subject);
  }

  /** The class ends: call it before its columns are freed. */
  dropClass(podClass: PodClass): void {
    const entry = this.#entries.get(podClass);
    if (entry === undefined) return;
    this.#entries.delete(podClass);
    this.#state.engine.core.diagnosisFree(entry.pointer);
  }

  #make(podClass: PodClass): Entry {
    const { engine } = this.#state;
    const { core, ids } = engine;
    this.#entries.makeRoom(cacheLimit(engine, BYTES_A_NODE, MAX_DIAGNOSES, this.#cacheBytes), ({ pointer }) =>
      core.diagnosisFree(pointer),
    );
    const steps = this.#phases.steps();
    const fields = new Array<number>(ids.PLAN_LIST + ids.STEP_FIELDS * steps.length).fill(0);
    fields[ids.PLAN_CLASS] = podClass.block;
    fields[ids.PLAN_STEPS] = steps.length;
    for (const [index, { kernel, code, bits }] of steps.entries()) {
      const step = ids.PLAN_LIST + ids.STEP_FIELDS * index;
      fields[step + ids.STEP_KERNEL] = ids[kernel];
      fields[step + ids.STEP_CODE] = code;
      fields[step + ids.STEP_BITS] = bits.reduce((sum, bit) => sum | ids[bit], 0);
    }
    const plan = engine.alloc(fields.length * Float64Array.BYTES_PER_ELEMENT);
    engine.doublesAt(plan, fields.length).set(fields);
    const pointer = core.diagnosisAdd(plan);
    if (pointer === 0) engine.check(ids.STATUS_NO_MEMORY);
    const entry: Entry = { podClass, pointer, words: [], told: [] };
    this.#entries.add(podClass, entry);
    return entry;
  }

  #tell({ pointer, words, told }: Entry, counts: readonly number[], subject: Subject): Verdict {
    const groups: RejectionGroup[] = [];
    for (const [index, nodes] of counts.entries()) {
      if (nodes === 0) continue;
      const rejection = words[index] ?? this.#wordsOf(pointer, index + 1, subject);
      words[index] = rejection;
      groups.push({ ...rejection, nodes });
    }
    const reasons = countReasons(groups);
    const verdict = { message: fitErrorText(this.#state.nodeCount, reasons), reasons };
    told.unshift({ counts, verdict });
    if (told.length > MAX_TOLD) told.pop();
    return verdict;
  }

  #wordsOf(pointer: number, kind: number, subject: Subject): SlotRejection {
    const { core, ids } = this.#state.engine;
    const at = core.diagnosisKinds(pointer) + kind * ids.KIND_WORDS * Uint32Array.BYTES_PER_ELEMENT;
    const [, code = 0, low = 0, high = 0] = this.#state.engine.wordsAt(at, ids.KIND_WORDS);
    return this.#phases.rejectionBy(subject, code, { low, high });
  }
}

/** Whether each kind has as many nodes; kinds that are new since had none. */
function isEqual(before: readonly number[], now: readonly number[]): boolean {
  for (let index = 0; index < now.length; index++) if ((before[index] ?? 0) !== now[index]) return false;
  return true;
}
