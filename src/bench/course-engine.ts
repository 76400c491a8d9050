/**
 * The engine boundary of families in which more happens than placements. On the clock, for each pod: asking what changed and
 * following it, reading the pod's claims and their volumes, deciding and occupying in the core by one call, and, where it fits
 * nowhere, what rejects each node, with counts and words. Not on the clock: the changes between pods, what pods have in common
 * that are equal but for names and volumes, and the books of pods by name.
 */

import type { Cluster } from "../cluster/cluster.js";
import type { PodRecord } from "../cluster/node-record.js";
import type { PodShape } from "../cluster/shapes.js";
import { namespacedName, type Pod } from "../kube/objects.js";
import { VERSIONS, type Version } from "../scheduler/compat.js";
import { prepareNodeFilters } from "../scheduler/node-plugins.js";
import { decidedEarly } from "../scheduler/pre-enqueue.js";
import { type ReadyProfile, readyProfiles } from "../scheduler/profiles.js";
import { Scheduler } from "../scheduler/scheduler.js";
import type { Subject } from "../scheduler/subject.js";
import { nowUs } from "./clock.js";
import { applyChange } from "./course-run.js";
import type { Turn } from "./turns.js";
import { named } from "./worlds.js";

export interface CourseEngineFigures {
  /** Whether the core answered from indexes. Where it did not, the times end there. */
  readonly isIndexed: boolean;
  readonly pods: number;
  /** How many of them have a node. */
  readonly placed: number;
  /** Making the indexes, with what is kept of volumes, which is not in the times. Microseconds. */
  readonly makingUs: number;
  /** Time of each turn, microseconds; 0 where the pod waits at a gate, so that nothing is decided. */
  readonly times: readonly number[];
}

/** What pods have in common that are equal but for their names and volumes. */
interface Handle {
  /** The first of them. */
  readonly pod: Pod;
  readonly shape: PodShape;
  /** Where the core reads what to place. */
  readonly order: number;
  /** A pod of the kind that has a node; undefined where none fits. */
  readonly like: PodRecord | undefined;
  /** As it was brought up to date last, and in which turn. */
  subject: Subject | undefined;
  turn: number;
}

const NOWHERE = -1;
const RESULT_BYTES = 16;
const NO_STATES: Subject["states"] = new Map();

/** Takes turns one after the other, until there are no more, there is no room left, or so many microseconds have gone by. */
export function measureCourseEngine(cluster: Cluster, turns: readonly Turn[], mostUs: number): CourseEngineFigures {
  const run = new CourseEngine(cluster);
  const handles = turns.map(({ pod }) => run.handleOf(pod));
  const making = nowUs();
  run.make();
  const makingUs = nowUs() - making;
  const times: number[] = [];
  let [placed, passed] = [0, 0];
  for (const [index, { changes, pod, isHopeless }] of turns.entries()) {
    if (passed > mostUs || !run.isIndexed) break;
    for (const change of changes) applyChange(cluster, change);
    if (changes.length > 0) run.turn++;
    const handle = handles[index];
    const start = nowUs();
    const slot = handle === undefined ? NOWHERE : run.decide(handle, pod);
    const us = handle === undefined ? 0 : nowUs() - start;
    if (slot === NOWHERE && !isHopeless) break;
    if (slot !== NOWHERE) run.note(handle!, pod, slot);
    times.push(us);
    passed += us;
    placed += Number(slot !== NOWHERE);
  }
  return { isIndexed: run.isIndexed, pods: times.length, placed, makingUs, times };
}

class CourseEngine {
  readonly #cluster: Cluster;
  readonly #version: Version;
  readonly #ready: ReadyProfile;
  readonly #scheduler: Scheduler;
  readonly #handles = new Map<string, Handle>();
  readonly #results: number;
  isIndexed = true;
  /** Grows with the changes: what was followed before is to be asked about again. */
  turn = 0;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#version = VERSIONS[cluster.compat];
    this.#ready = readyProfiles(cluster, undefined, [], this.#version).get("default-scheduler")!;
    this.#scheduler = new Scheduler(cluster);
    this.#results = cluster.state.engine.alloc(RESULT_BYTES);
    // What nodes have attached is counted with the loading, as in the real one's first snapshot.
    prepareNodeFilters(
      cluster.state,
      { spec: { volumes: [{ name: "none" }] } },
      this.#ready.profile,
      this.#version,
      true,
    );
  }

  /** Of the first pod of a kind one like it stays, without volumes. Undefined where the pod waits at a gate. */
  handleOf(pod: Pod): Handle | undefined {
    if (decidedEarly(pod, this.#ready.profile) !== undefined) return undefined;
    const { volumes: _, ...spec } = pod.spec ?? {};
    const key = JSON.stringify([spec, pod.metadata?.labels]);
    const known = this.#handles.get(key);
    if (known !== undefined) return known;
    const { engine, shapes, pods } = this.#cluster.state;
    const { ids } = engine;
    const like = named({ ...pod, spec }, `like-${this.#handles.size}`);
    this.#scheduler.place(like);
    const shape = shapes.of(like);
    // Classes and relations are there before the clock runs, as in the families of placements alone.
    this.#ready.classes.of(shape);
    this.#ready.relations.of(like);
    const order = engine.alloc(ids.ORDER_FIELDS * Uint32Array.BYTES_PER_ELEMENT);
    const fields = engine.wordsAt(order, ids.ORDER_FIELDS);
    fields[ids.ORDER_OCCUPANCY] = shape.occupancy.block;
    fields[ids.ORDER_SLOTS] = this.#results;
    fields[ids.ORDER_TOTALS] = this.#results + RESULT_BYTES / 2;
    const handle = { pod, shape, order, like: pods.get(namespacedName(like)), subject: undefined, turn: NOWHERE };
    this.#handles.set(key, handle);
    return handle;
  }

  /** Makes the index of the first pod of each kind. */
  make(): void {
    for (const handle of this.#handles.values()) this.follow(handle, handle.pod);
  }

  /** Returns a slot. */
  decide(handle: Handle, pod: Pod): number {
    const { engine } = this.#cluster.state;
    if (handle.turn !== this.turn || pod.spec?.volumes !== undefined) this.follow(handle, pod);
    if (!this.isIndexed) return NOWHERE;
    if (engine.core.indexPlace(handle.order, 1) === 1) return engine.wordAt(this.#results);
    this.isIndexed = this.#ready.diagnoses.of(handle.subject!) !== undefined;
    return NOWHERE;
  }

  /** Brings class, relations and index up to date, all three as a scheduler does. */
  follow(handle: Handle, pod: Pod): void {
    const { state } = this.#cluster;
    const { engine } = state;
    const { classes, relations: ofPods, indexes, profile } = this.#ready;
    const nodeFilters = prepareNodeFilters(state, pod, profile, this.#version, true);
    const podClass = classes.of(handle.shape, nodeFilters.closed);
    const relations = ofPods.of(pod);
    // A plain class gets its index when it is asked about for the second time.
    const index = indexes.find(podClass, relations) || indexes.find(podClass, relations);
    engine.setWord(handle.order, engine.ids.ORDER_INDEX, index);
    engine.setWord(handle.order, engine.ids.ORDER_TALLIES, handle.like?.kin?.list ?? 0);
    handle.subject = { pod, podClass, relations, nodeFilters, removed: [], states: NO_STATES };
    handle.turn = this.turn;
    const isKnown = nodeFilters.closed !== undefined || nodeFilters.filters.size === 0;
    this.isIndexed &&= isKnown && index !== 0;
  }

  /** Enters a pod that the core has placed into the books. */
  note({ like }: Handle, pod: Pod, slot: number): void {
    const next = () => ({ key: namespacedName(pod), pod });
    this.#cluster.reservations.makeCounted(like!, Uint32Array.of(slot), next, {});
  }
}
