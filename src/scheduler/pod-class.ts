/**
 * Pod classes: pods of one shape under one profile, with all that a cycle needs of them written into the core's memory.
 * A class is brought up to date when it is asked for, and the oldest go when their columns grow beyond a budget.
 */

import { AgingMap } from "../cluster/aging-map.js";
import { amountIn } from "../cluster/occupancies.js";
import type { Amounts } from "../cluster/resources.js";
import type { PodShape } from "../cluster/shapes.js";
import type { ClusterState } from "../cluster/state.js";
import type { CoreConstants } from "../core/exports.js";
import { isExtendedResource, isPodLevelResource, podRequest } from "../kube/pod-request.js";
import { KEPT_ALONE, type Keeping } from "./cache-limit.js";
import type { Version } from "./compat.js";
import type { Profile } from "./profile.js";
import type { ResourceSpec } from "./resource-args.js";
import {
  buildStaticColumns,
  closeNodes,
  freeStaticColumns,
  isUnchoosy,
  type StaticColumns,
  type StaticNeeds,
  staticBytesANode,
} from "./static-columns.js";
import { updateStaticColumns } from "./static-rows.js";
import type { ClosedNodes } from "./volumes/closed-nodes.js";

export interface PodClass {
  readonly shape: PodShape;
  /** Where the class block lies. */
  readonly block: number;
  /** What block and columns take of the core's memory. */
  readonly bytes: number;
  readonly statics: StaticColumns;
  /** It sees no difference between nodes without taints, and there were none with taints that it minds. */
  readonly isUnchoosy: boolean;
  /** The pod requests nothing of the resources that NodeResourcesBalancedAllocation balances. */
  readonly isBestEffort: boolean;
  /** That plugin's PreScore skips it therefore; without a PreScore it scores 0. */
  readonly skipsBalance: boolean;
  /** Up to which change of nodes the columns are right. */
  specVersion: number;
  /** The nodes that the volumes of the class close to it, if it has volumes that can be known; and up to which change. */
  readonly closed: ClosedNodes | undefined;
  closedVersion: number;
  readonly portsVersion: number;
  /** A count of names; a new one may be a resource that the profile scores. */
  readonly resources: number;
}

const MAX_CLASSES = 65_536;

/** Totals must be integers below 2^24 for f32 bounds; a larger sum of weights takes the scalar path. */
const MAX_PLAIN_WEIGHTS = 100_000;

const STRATEGY_IDS = {
  LeastAllocated: "STRATEGY_LEAST_ALLOCATED",
  MostAllocated: "STRATEGY_MOST_ALLOCATED",
  RequestedToCapacityRatio: "STRATEGY_REQUESTED_TO_CAPACITY_RATIO",
} as const satisfies Record<string, keyof CoreConstants>;

export class PodClasses {
  readonly #state: ClusterState;
  readonly #profile: Profile;
  readonly #needs: StaticNeeds;
  readonly #weights: ReadonlyMap<string, number>;
  readonly #isFitScoreOfContainers: boolean;
  /** By shape, or by what stands for a shape with such volumes. */
  readonly #classes = new AgingMap<object, PodClass>();
  readonly #keeping: Keeping<PodClass>;
  /** Of all classes that are kept. */
  #bytes = 0;

  constructor(
    state: ClusterState,
    profile: Profile,
    { countsVolumeImages, containersOnlyFitScore }: Version,
    keeping: Keeping<PodClass> = KEPT_ALONE,
  ) {
    this.#state = state;
    this.#keeping = keeping;
    this.#isFitScoreOfContainers = containersOnlyFitScore;
    this.#profile = profile;
    this.#weights = new Map(profile.score.map(({ name, weight }) => [name, weight]));
    this.#needs = {
      filters: new Set(profile.filter),
      preFilters: new Set(profile.preFilter),
      preScores: new Set(profile.preScore),
      scores: new Set(this.#weights.keys()),
      addedAffinity: profile.args.NodeAffinity.addedAffinity,
      countsVolumeImages,
    };
  }

  /**
   * The class of a shape, up to date with the nodes of this moment.
   *
   * @param volumes which nodes the pod's volumes close to it, up to date too, where that is known
   */
  of(shape: PodShape, volumes?: ClosedNodes): PodClass {
    // Only where nodes are followed may what moves with pods take part in what is kept.
    const closed = this.#keeping.follows === true ? volumes : undefined;
    const key = closed === undefined ? shape : closed.keyOf(shape);
    const known = this.#classes.get(key);
    if (known !== undefined && this.#isCurrent(known)) return known;
    if (known !== undefined) {
      this.#classes.delete(key);
      this.#free(known);
    }
    const podClass = this.#build(shape, closed);
    this.#bytes += podClass.bytes;
    const isFull = (): boolean => this.#classes.size >= MAX_CLASSES || this.#bytes > this.#keeping.cacheBytes;
    this.#classes.makeRoomWhile(isFull, (oldest) => this.#free(oldest));
    this.#classes.add(key, podClass);
    return podClass;
  }

  #isCurrent(known: PodClass): boolean {
    const { ports, specVersion } = this.#state;
    if (known.shape.ports.length > 0 && known.portsVersion !== ports.version) return false;
    if (known.specVersion !== specVersion && !this.#followNodes(known)) return false;
    return known.closed === undefined || this.#followClosed(known, known.closed);
  }

  /** Takes note of the nodes that volumes have closed or opened; false when the class must be built anew. */
  #followClosed(known: PodClass, closed: ClosedNodes): boolean {
    const { version } = closed.changes;
    if (known.closedVersion === version) return true;
    const slots = closed.changes.since(known.closedVersion);
    if (slots === undefined) return false;
    closeNodes(this.#state, known.statics, closed, slots);
    this.#noteStatics(known);
    known.closedVersion = version;
    return true;
  }

  /** The fused cycle puts verdict and static scores together again. */
  #noteStatics({ block }: PodClass): void {
    const { engine } = this.#state;
    engine.setDouble(block, engine.ids.CLASS_BASE_TAINTS_MAX, Number.NaN);
  }

  /** Looks at the nodes again that changed, one by one; false when the class must be built anew. */
  #followNodes(known: PodClass): boolean {
    const state = this.#state;
    const { resources, specChanges, images } = state;
    if (this.#keeping.follows !== true || known.resources !== resources.names.length) return false;
    if (known.isUnchoosy && images.isEmpty && state.taintsVersion <= known.specVersion) {
      known.specVersion = specChanges.version;
      return true;
    }
    const slots = specChanges.since(known.specVersion);
    if (slots === undefined) return false;
    if (!updateStaticColumns(state, known.shape.spec, this.#needs, known.statics, slots)) return false;
    if (known.closed !== undefined) closeNodes(state, known.statics, known.closed, slots);
    this.#noteStatics(known);
    known.specVersion = specChanges.version;
    return true;
  }

  #free(podClass: PodClass): void {
    this.#bytes -= podClass.bytes;
    this.#keeping.onEnd(podClass);
    freeStaticColumns(this.#state, podClass.statics);
    this.#state.engine.core.arenaFree(podClass.block);
  }

  #build(shape: PodShape, closed: ClosedNodes | undefined): PodClass {
    const state = this.#state;
    const statics = buildStaticColumns(state, shape.spec, this.#needs, closed);
    const isBestEffort = this.#balancedRequests(shape).every(([, request]) => request === 0);
    const fields = this.#fields(shape, statics, isBestEffort);
    const blockBytes = fields.length * Float64Array.BYTES_PER_ELEMENT;
    const block = state.engine.alloc(blockBytes);
    state.engine.doublesAt(block, fields.length).set(fields);
    return {
      shape,
      block,
      bytes: state.engine.core.nodesCapacity() * staticBytesANode(statics) + blockBytes,
      statics,
      isUnchoosy: closed === undefined && isUnchoosy(statics, shape.spec, this.#needs),
      isBestEffort,
      skipsBalance: isBestEffort && this.#needs.preScores.has("NodeResourcesBalancedAllocation"),
      specVersion: state.specVersion,
      closed,
      closedVersion: closed?.changes.version ?? 0,
      portsVersion: state.ports.version,
      resources: state.resources.names.length,
    };
  }

  #balancedRequests(shape: PodShape): [string, number][] {
    const { resources } = this.#profile.args.NodeResourcesBalancedAllocation;
    return resources.map(({ name }) => [name, shape.balance.get(name) ?? 0]);
  }

  /** The class block: assembly/layout.ts says what each field is. */
  #fields(shape: PodShape, statics: StaticColumns, isBestEffort: boolean): number[] {
    const { ids } = this.#state.engine;
    const strategy = this.#profile.args.NodeResourcesFit.scoringStrategy;
    const extras = this.#extraRequests(shape.fit);
    const ports = this.#needs.filters.has("NodePorts") ? this.#state.ports.conflicting(shape.ports) : [];
    const scoreRequest = this.#scoreRequest(shape);
    const fit = this.#fitEntries(scoreRequest);
    const balanced = this.#balancedEntries(shape);
    const shapePoints = strategy.type === "RequestedToCapacityRatio" ? strategy.requestedToCapacityRatio.shape : [];
    const fields = new Array<number>(ids.CLASS_LISTS).fill(0);
    const set = (name: keyof CoreConstants, value: number) => {
      fields[ids[name]] = value;
    };
    set("CLASS_FIT_CPU", amountIn(shape.fit, ids.RESOURCE_CPU));
    set("CLASS_FIT_MEMORY", amountIn(shape.fit, ids.RESOURCE_MEMORY));
    set("CLASS_SCORE_CPU", scoreRequest.get("cpu") ?? 0);
    set("CLASS_SCORE_MEMORY", scoreRequest.get("memory") ?? 0);
    set("CLASS_BALANCE_CPU", shape.balance.get("cpu") ?? 0);
    set("CLASS_BALANCE_MEMORY", shape.balance.get("memory") ?? 0);
    set("CLASS_FILTERS_FIT", Number(this.#needs.filters.has("NodeResourcesFit")));
    set("CLASS_FILTERS_PORTS", Number(ports.length > 0));
    set("CLASS_STRATEGY", ids[STRATEGY_IDS[strategy.type]]);
    set("CLASS_IS_PLAIN", Number(this.#isPlain(isBestEffort)));
    set("CLASS_WEIGHT_FIT", this.#weight("NodeResourcesFit"));
    set("CLASS_WEIGHT_BALANCED", isBestEffort ? 0 : this.#weight("NodeResourcesBalancedAllocation"));
    set("CLASS_WEIGHT_TAINTS", this.#weight("TaintToleration"));
    set("CLASS_WEIGHT_AFFINITY", this.#weight("NodeAffinity"));
    set("CLASS_WEIGHT_IMAGES", this.#weight("ImageLocality"));
    set("CLASS_STATIC_VERDICT", statics.verdict);
    set("CLASS_RAW_TAINTS", statics.rawTaints);
    set("CLASS_RAW_AFFINITY", statics.rawAffinity);
    set("CLASS_RAW_IMAGES", statics.rawImages);
    set("CLASS_BASE", statics.base);
    set("CLASS_BASE_TAINTS_MAX", Number.NaN);
    set("CLASS_BASE_AFFINITY_MAX", Number.NaN);
    set("CLASS_EXTRA_COUNT", extras.length);
    set("CLASS_PORT_COUNT", ports.length);
    set("CLASS_FIT_COUNT", fit.length);
    set("CLASS_BALANCED_COUNT", balanced.length);
    set("CLASS_SHAPE_COUNT", shapePoints.length);
    fields.push(...extras.flat(), ...ports, ...fit.flat(), ...balanced.flat());
    // Scores of a shape are 0..10 as written and a tenth of a node score.
    fields.push(...shapePoints.flatMap(({ utilization, score }) => [utilization, score * 10]));
    return fields;
  }

  #weight(plugin: string): number {
    return this.#weights.get(plugin) ?? 0;
  }

  /** Requests of other resources than cpu and memory that the filter looks at. */
  #extraRequests(fit: Amounts): Amounts {
    const { ids } = this.#state.engine;
    const { ignoredResources, ignoredResourceGroups } = this.#profile.args.NodeResourcesFit;
    return fit.filter(([id, amount]) => {
      if (id === ids.RESOURCE_CPU || id === ids.RESOURCE_MEMORY || amount === 0) return false;
      const name = this.#state.resources.names[id] ?? "";
      const isIgnored = ignoredResources.includes(name) || ignoredResourceGroups.includes(name.split("/")[0] ?? "");
      return !(isIgnored && isExtendedResource(name));
    });
  }

  /** What NodeResourcesFit scores: without the bug with the requests of the pod as a whole in place of its containers'. */
  #scoreRequest({ spec, score }: PodShape): ReadonlyMap<string, number> {
    const own = Object.keys(spec.resources?.requests ?? {}).filter(isPodLevelResource);
    if (this.#isFitScoreOfContainers || own.length === 0) return score;
    const whole = podRequest({ spec });
    return new Map([...score, ...own.map((name): [string, number] => [name, whole.get(name) ?? 0])]);
  }

  /** (resource, request, weight, isScalar) of each scored resource that exists here. */
  #fitEntries(request: ReadonlyMap<string, number>): number[][] {
    const { resources } = this.#profile.args.NodeResourcesFit.scoringStrategy;
    return this.#scored(resources).map(([id, { name, weight }]) => [
      id,
      request.get(name) ?? 0,
      weight,
      Number(this.#isScalar(id)),
    ]);
  }

  /** (resource, request, isScalar) of each balanced resource that exists here. */
  #balancedEntries(shape: PodShape): number[][] {
    const { resources } = this.#profile.args.NodeResourcesBalancedAllocation;
    return this.#scored(resources).map(([id, { name }]) => [
      id,
      shape.balance.get(name) ?? 0,
      Number(this.#isScalar(id)),
    ]);
  }

  /** Resources that some node or pod has; the pod count is not one that upstream scores. */
  #scored(specs: readonly ResourceSpec[]): [number, ResourceSpec][] {
    return specs.flatMap((spec): [number, ResourceSpec][] => {
      const id = this.#state.resources.find(spec.name);
      return id === undefined || id === this.#state.engine.ids.RESOURCE_PODS ? [] : [[id, spec]];
    });
  }

  #isScalar(id: number): boolean {
    return id >= this.#state.engine.ids.FIXED_RESOURCES;
  }

  /** Whether the vector kernels may score: cpu and memory with equal weights, or not at all. */
  #isPlain(isBestEffort: boolean): boolean {
    const { scoringStrategy } = this.#profile.args.NodeResourcesFit;
    const balanced = this.#profile.args.NodeResourcesBalancedAllocation.resources;
    const weights = [...this.#weights.values()];
    const fitIsPlain =
      this.#weight("NodeResourcesFit") === 0 ||
      (scoringStrategy.type !== "RequestedToCapacityRatio" && isCpuAndMemory(scoringStrategy.resources));
    const balancedIsPlain =
      isBestEffort || this.#weight("NodeResourcesBalancedAllocation") === 0 || isCpuAndMemory(balanced);
    return (
      this.#needs.filters.has("NodeResourcesFit") &&
      fitIsPlain &&
      balancedIsPlain &&
      weights.every((weight) => weight >= 0) &&
      weights.reduce((sum, weight) => sum + weight, 0) <= MAX_PLAIN_WEIGHTS
    );
  }
}

function isCpuAndMemory(resources: readonly ResourceSpec[]): boolean {
  const [first, second] = resources;
  if (resources.length !== 2 || first?.weight !== second?.weight) return false;
  return resources.some(({ name }) => name === "cpu") && resources.some(({ name }) => name === "memory");
}
