/**
 * What a pod has to do with other pods: topology spread constraints and inter-pod affinity, in both directions, ready for
 * the core. Built once for all pods that agree in what matters, and again when nodes, terms or objects change.
 */

import { AgingMap } from "../cluster/aging-map.js";
import { firstOf } from "../cluster/kinship.js";
import { isEqual } from "../cluster/shape-content.js";
import { Siblings } from "../cluster/siblings.js";
import type { ClusterState } from "../cluster/state.js";
import { checkRelations } from "../kube/misread.js";
import type { Pod } from "../kube/objects.js";
import { controllerOf, namespaceOf } from "../kube/objects.js";
import { AffinityBlocks, ownTerms } from "./affinity-blocks.js";
import { KEPT_ALONE, type Keeping } from "./cache-limit.js";
import type { Quirks } from "./compat.js";
import { Holdings, type SharedColumns } from "./holdings.js";
import type { Profile } from "./profile.js";
import { SelectingServices } from "./selecting-services.js";
import { writeSpreadBlock } from "./spread-block.js";
import {
  defaultConstraints,
  hasSpreadingController,
  ownConstraints,
  SPREADING_KINDS,
  type SpreadConstraint,
  type SpreadingSelectors,
  spreadConstraintsOf,
  spreadsByDefault,
} from "./spread-constraints.js";

/** Blocks of the core by pointer, 0 = the plugin skips the pod there; and what does not parse, in upstream's words. */
export interface PodRelations {
  readonly spreadFilter: number;
  readonly spreadScore: number;
  readonly affinityFilter: number;
  readonly affinityScore: number;
  /** The constraints of `spreadFilter`, in its order. */
  readonly hardConstraints: readonly SpreadConstraint[];
  readonly spreadPreFilterError?: string;
  readonly spreadPreScoreError?: string;
  readonly affinityError?: string;
}

/** Of a pod that has nothing to do with others. */
export const NO_RELATIONS: PodRelations = {
  spreadFilter: 0,
  spreadScore: 0,
  affinityFilter: 0,
  affinityScore: 0,
  hardConstraints: [],
};

interface Built {
  readonly relations: PodRelations;
  readonly holdings: Holdings;
  /** All versions of objects and nodes that it was built from, added up. */
  stamp: number;
  /** The terms of pods here that are about the pod, as they were at `termsVersion`. */
  readonly bearing: string;
  termsVersion: number;
  /** Of the core's memory. */
  readonly bytes: number;
}

/** A tally, which pods of several kinds may share: whoever is left with it may not have made it. */
const LEAST_BYTES_A_NODE = 4;
const MAX_BUILT = 65_536;

export class Relations {
  readonly #state: ClusterState;
  readonly #profile: Profile;
  readonly #affinityBlocks: AffinityBlocks;
  readonly #spreads: boolean;
  readonly #hasDefaults: boolean;
  readonly #selectors: SpreadingSelectors;
  readonly #affines: boolean;
  readonly #built = new AgingMap<string, Built>();
  readonly #columns: SharedColumns = new Map();
  /** Contents of pods, with their texts. */
  readonly #keys = new Siblings<{ readonly content: readonly unknown[]; readonly key: string }>();

  readonly #keeping: Keeping<PodRelations>;
  #bytes = 0;

  constructor(state: ClusterState, profile: Profile, quirks: Quirks, keeping: Keeping<PodRelations> = KEPT_ALONE) {
    this.#state = state;
    this.#keeping = keeping;
    this.#profile = profile;
    const { InterPodAffinity, PodTopologySpread } = profile.args;
    this.#affinityBlocks = new AffinityBlocks(state, InterPodAffinity, quirks.leakedNamespaceSelector);
    const { preFilter, filter, preScore, score } = profile;
    const runs = new Set([...preFilter, ...filter, ...preScore, ...score.map(({ name }) => name)]);
    this.#spreads = runs.has("PodTopologySpread");
    this.#hasDefaults = this.#spreads && defaultConstraints(PodTopologySpread).length > 0;
    this.#affines = runs.has("InterPodAffinity");
    this.#selectors = { objects: state.objects, services: new SelectingServices(state.objects) };
  }

  /** Whether a pod has nothing to do with others, seen at a glance; false may also stand for "not sure". */
  isFree(pod: Pod): boolean {
    return !this.#maySpread(pod) && !this.#mayAffine(pod);
  }

  /** The relations of a pod, up to date with this moment. */
  of(pod: Pod): PodRelations {
    const spreads = this.#maySpread(pod);
    const affines = this.#mayAffine(pod);
    if (!spreads && !affines) return NO_RELATIONS;
    const key = this.#keyOf(pod, spreads, affines);
    const stamp = this.#stamp();
    const known = this.#built.get(key);
    if (known?.stamp === stamp && this.#hasSameTerms(known, pod)) return known.relations;
    if (known !== undefined && this.#isStillNothing(known, pod)) {
      known.stamp = stamp;
      return NO_RELATIONS;
    }
    const built = this.#build(pod, spreads, affines, stamp);
    // The old one goes last, so that tallies which both need are not counted again.
    if (known !== undefined) {
      this.#built.delete(key);
      this.#release(known);
    }
    this.#makeRoom(built);
    this.#built.add(key, built);
    return built.relations;
  }

  /** For one more; the oldest of the others go when that is too much. */
  #makeRoom({ bytes }: Built): void {
    this.#bytes += bytes;
    const isFull = (): boolean => this.#bytes > this.#keeping.cacheBytes || this.#built.size >= MAX_BUILT;
    this.#built.makeRoomWhile(isFull, (oldest) => this.#release(oldest));
  }

  #keyOf(pod: Pod, spreads: boolean, affines: boolean): string {
    const content = contentOf(pod, spreads, affines);
    const family = familyOf(pod);
    const sibling = this.#keys.find(family, (known) => isEqual(known.content, content));
    if (sibling !== undefined) return sibling.key;
    checkRelations(pod);
    const key = JSON.stringify(content);
    this.#keys.note(family, { content, key });
    return key;
  }

  #release({ relations, holdings, bytes }: Built): void {
    this.#bytes -= bytes;
    this.#keeping.onEnd(relations);
    holdings.release();
  }

  #maySpread(pod: Pod): boolean {
    if (!this.#spreads) return false;
    if (ownConstraints(pod).length > 0) return true;
    const { objects, services } = this.#selectors;
    return this.#hasDefaults && (hasSpreadingController(pod, objects) || services.isSelected(pod));
  }

  #mayAffine({ spec }: Pod): boolean {
    if (!this.#affines) return false;
    if (this.#state.kinship.hasTerms) return true;
    const affinity = spec?.affinity;
    return Boolean(affinity?.podAffinity ?? affinity?.podAntiAffinity);
  }

  /** All versions only grow, and so does their sum with each of them. */
  #stamp(): number {
    const { specVersion, objects } = this.#state;
    let sum = specVersion + objects.version("Namespace");
    for (const kind of SPREADING_KINDS) sum += objects.version(kind);
    return sum;
  }

  /** Whether no term about the pod came or went: those about others are no reason to build anew. */
  #hasSameTerms(built: Built, pod: Pod): boolean {
    const { termsVersion } = this.#state.kinship;
    if (built.termsVersion === termsVersion) return true;
    if (built.bearing !== this.#affinityBlocks.bearingKey(pod)) return false;
    built.termsVersion = termsVersion;
    return true;
  }

  /**
   * Whether a pod that had nothing to do with others still has not: where a node changed that is no question, and where an
   * object did, only whether it is about the pod.
   */
  #isStillNothing(known: Built, pod: Pod): boolean {
    if (known.relations !== NO_RELATIONS || ownConstraints(pod).length > 0) return false;
    if (this.#spreads && spreadsByDefault(pod, this.#selectors)) return false;
    if (known.bearing !== this.#affinityBlocks.bearingKey(pod)) return false;
    known.termsVersion = this.#state.kinship.termsVersion;
    return true;
  }

  #build(pod: Pod, spreads: boolean, affines: boolean, stamp: number): Built {
    const { core } = this.#state.engine;
    const before = core.arenaBytes();
    const holdings = new Holdings(this.#state, this.#columns);
    const parts = {
      ...(spreads ? this.#spread(pod, holdings) : {}),
      ...(affines ? this.#affinity(pod, holdings) : {}),
    };
    const isNothing = Object.values(parts).every((part) => part === 0 || (Array.isArray(part) && part.length === 0));
    const relations = isNothing ? NO_RELATIONS : { ...NO_RELATIONS, ...parts };
    const { termsVersion } = this.#state.kinship;
    const bytes = isNothing ? 0 : Math.max(core.arenaBytes() - before, core.nodesCapacity() * LEAST_BYTES_A_NODE);
    return { relations, holdings, stamp, bearing: this.#affinityBlocks.bearingKey(pod), termsVersion, bytes };
  }

  #spread(pod: Pod, holdings: Holdings): Partial<PodRelations> {
    const isOwn = ownConstraints(pod).length > 0;
    const words = isOwn ? "obtaining pod's" : "setting default";
    const args = this.#profile.args.PodTopologySpread;
    const requiresAll = isOwn || args.defaultingType !== "System";
    const hard = spreadConstraintsOf(pod, "DoNotSchedule", args, this.#selectors);
    const soft = spreadConstraintsOf(pod, "ScheduleAnyway", args, this.#selectors);
    const write = (constraints: readonly SpreadConstraint[], requires: boolean) =>
      constraints.length === 0 ? 0 : writeSpreadBlock(this.#state, pod, constraints, requires, holdings);
    return {
      ...(hard.ok
        ? { spreadFilter: write(hard.constraints, true), hardConstraints: hard.constraints }
        : {
            spreadPreFilterError: `get constraints from pod: ${words} hard topology spread constraints: ${hard.error}`,
          }),
      ...(soft.ok
        ? { spreadScore: write(soft.constraints, requiresAll) }
        : {
            spreadPreScoreError: `calculating preScoreState: ${words} soft topology spread constraints: ${soft.error}`,
          }),
    };
  }

  #affinity(pod: Pod, holdings: Holdings): Partial<PodRelations> {
    const own = ownTerms(pod);
    if (!own.ok) return { affinityError: own.error };
    return {
      affinityFilter: this.#affinityBlocks.writeFilter(pod, own, holdings),
      affinityScore: this.#affinityBlocks.writeScore(pod, own, holdings),
    };
  }
}

/** What pods with equal relations have in common, quickly told: the first of their labels, and of what they spread among. */
function familyOf(pod: Pod): string {
  const [{ topologyKey, labelSelector } = {}] = ownConstraints(pod);
  return `${firstOf(pod.metadata?.labels)} ${topologyKey} ${firstOf(labelSelector?.matchLabels)}`;
}

/** Everything of a pod that its relations are built from. */
function contentOf(pod: Pod, spreads: boolean, affines: boolean): readonly unknown[] {
  const { metadata, spec = {} } = pod;
  const { nodeAffinity, podAffinity, podAntiAffinity } = spec.affinity ?? {};
  return [
    namespaceOf(pod),
    metadata?.labels,
    affines ? [podAffinity, podAntiAffinity] : 0,
    spreads ? [spec.topologySpreadConstraints, spec.nodeSelector, nodeAffinity, spec.tolerations] : 0,
    spreads ? controllerOf(pod) : 0,
  ];
}
