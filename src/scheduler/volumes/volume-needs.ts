/**
 * What the volumes of a pod ask of its node, where all its claims are bound: where they can be used from, and how many each
 * driver has to attach. Volumes that ask the same are of one kind, so that pods share what is kept of the nodes, whatever
 * their claims and volumes are called.
 */

import { AgingMap } from "../../cluster/aging-map.js";
import type { NodeRecord } from "../../cluster/node-record.js";
import { Siblings } from "../../cluster/siblings.js";
import type { ClusterState } from "../../cluster/state.js";
import {
  type NodeSelector,
  type NodeSelectorTerm,
  namespaceOf,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type Pod,
  type Requirement,
} from "../../kube/objects.js";
import { mayAttach } from "../../kube/volume-sources.js";
import { type AttachedVolume, isUnclearDriver } from "./attached-tallies.js";
import { csiHandleOf, inTreePluginOf } from "./in-tree.js";
import { mustBeInstalled } from "./node-volume-limits.js";
import { findClaim } from "./pod-claims.js";
import { type BoundClaim, boundVolumeName, checkBound, claimProblem } from "./volume-binding.js";
import type { VolumeCycle } from "./volume-cycle.js";
import type { VolumeIndex } from "./volume-index.js";
import { isDisk, isExclusive } from "./volume-restrictions.js";
import { haveSameTopology, isInZone, TOPOLOGY_KEYS, topologiesOfVolume, zoneAmong } from "./volume-zone.js";

/** Volumes that can be used from the same nodes and that one driver attaches: what is true of one is true of all. */
interface VolumeKind {
  /** No other kind has it. */
  readonly id: number;
  /** One of them. */
  readonly like: BoundClaim & { readonly volume: PersistentVolume };
  /** Empty: nobody attaches them. */
  readonly driver: string;
}

/** A pod's volumes. */
export interface BoundVolumes {
  /** Of its volumes, in their order. */
  readonly kinds: readonly VolumeKind[];
  /** Those that a driver attaches, each once. */
  readonly attached: readonly AttachedVolume[];
}

/** What the pods ask of a node that have volumes of these kinds, so many of them to attach. */
export interface VolumeNeeds {
  /** How many volumes each driver has to attach; none of them is attached anywhere. */
  readonly attaching: ReadonlyMap<string, number>;
  /** The same as a text. */
  readonly attachingKey: string;
  /** Whether a node's CSINode has a say in where the volumes can be used from. */
  readonly readsCsiNodes: boolean;
  /** Whether the volumes can be used from a node. */
  reaches(node: NodeRecord): boolean;
}

/** What a pod is asked with, beside the state of its cluster. */
export type VolumeContext = Pick<VolumeCycle, "assumed" | "index" | "features">;

const MAX_KINDS = 4_096;
/** Of a pod whose volumes are files that the node writes. */
const NO_VOLUMES: BoundVolumes = { kinds: [], attached: [] };

/** Reads the volumes of pods of one cluster. */
export class BoundVolumesReader {
  readonly #state: ClusterState;
  readonly #siblings = new Siblings<VolumeKind>();
  readonly #kinds = new AgingMap<string, VolumeKind>();
  #lastId = 0;

  constructor(state: ClusterState) {
    this.#state = state;
  }

  /** The volumes of a pod; undefined where only the plugins can tell, node by node. */
  read(pod: Pod, context: VolumeContext): BoundVolumes | undefined {
    const kinds: VolumeKind[] = [];
    const attached: AttachedVolume[] = [];
    for (const volume of pod.spec?.volumes ?? []) {
      if (isDisk(volume)) return undefined;
      const { persistentVolumeClaim } = volume;
      if (!persistentVolumeClaim) {
        if (mayAttach(volume)) return undefined;
        continue;
      }
      const bound = this.#boundVolume(pod, persistentVolumeClaim.claimName ?? "", context.assumed);
      if (bound === undefined || !this.#note(bound, context, kinds, attached)) return undefined;
    }
    return kinds.length === 0 ? NO_VOLUMES : { kinds, attached };
  }

  /** The volume of a claim that is bound, and that nothing else is to be said of. */
  #boundVolume(pod: Pod, name: string, assumed: VolumeCycle["assumed"]): PersistentVolume | undefined {
    const { objects } = this.#state;
    const claim = name === "" ? undefined : findClaim(objects, pod, name);
    if (claim === undefined || claimProblem(claim, name) !== undefined || assumed.of(claim) !== claim) return undefined;
    const volumeName = boundVolumeName(claim);
    if (volumeName === undefined || this.#isTaken(pod, claim)) return undefined;
    const volume = objects.get("PersistentVolume", volumeName);
    return volume !== undefined && assumed.of(volume) === volume ? volume : undefined;
  }

  /** Whether somebody uses a claim that only one pod may use. */
  #isTaken(pod: Pod, claim: PersistentVolumeClaim): boolean {
    return isExclusive(claim) && this.#state.claimUses.isUsed(`${namespaceOf(pod)}/${claim.metadata?.name ?? ""}`);
  }

  /** Takes note of a volume; false where it has to be translated and cannot be, or where its driver has a word of its own. */
  #note(
    volume: PersistentVolume,
    { features }: VolumeContext,
    kinds: VolumeKind[],
    attached: AttachedVolume[],
  ): boolean {
    const { csi } = volume.spec ?? {};
    const inTree = inTreePluginOf(volume.spec);
    const plugin = inTree?.isMigrated === true ? inTree : undefined;
    const translated = plugin && csiHandleOf(plugin, volume.spec ?? {}, volume.metadata?.labels);
    if (typeof translated === "object") return false;
    const handle = (csi ? csi.volumeHandle : translated) ?? "";
    const driver = handle === "" ? "" : ((csi ? csi.driver : plugin?.driver) ?? "");
    if (driver !== "") {
      if (isUnclearDriver(driver)) return false;
      if (features.volumeLimitScaling && mustBeInstalled(this.#state.objects, driver)) return false;
      if (!attached.some((other) => other.handle === handle && other.driver === driver))
        attached.push({ driver, handle });
    }
    kinds.push(this.#kindOf(volume, plugin, driver));
    return true;
  }

  #kindOf(volume: PersistentVolume, plugin: BoundClaim["plugin"], driver: string): VolumeKind {
    const family = familyOf(volume);
    const sibling = this.#siblings.find(
      family,
      ({ like, driver: other }) => other === driver && like.plugin === plugin && isSamePlace(like.volume, volume),
    );
    if (sibling !== undefined) return sibling;
    const key = JSON.stringify([requiredOf(volume), labelsOf(volume), plugin?.name, driver]);
    const known = this.#kinds.get(key);
    const kind = known ?? { id: ++this.#lastId, like: { volume, plugin }, driver };
    if (known === undefined) {
      this.#kinds.makeRoom(MAX_KINDS, () => {});
      this.#kinds.add(key, kind);
    }
    this.#siblings.note(family, kind);
    return kind;
  }
}

/** Equal for pods with equal needs; not always different where needs are equal. */
export function needsKey({ kinds, attached }: BoundVolumes): unknown {
  if (kinds.length === 1) return kinds[0];
  return JSON.stringify([kinds.map(({ id }) => id), attached.map(({ driver }) => driver)]);
}

export function needsOf(state: ClusterState, index: VolumeIndex, { kinds, attached }: BoundVolumes): VolumeNeeds {
  const bound = kinds.map(({ like }) => like);
  const zone = { topologies: bound.flatMap(({ volume }) => topologiesOfVolume(volume)) };
  const asking = { objects: state.objects, index };
  const attaching = new Map<string, number>();
  for (const { driver } of attached) attaching.set(driver, (attaching.get(driver) ?? 0) + 1);
  return {
    attaching,
    attachingKey: JSON.stringify([...attaching]),
    readsCsiNodes: bound.some(({ plugin }) => plugin !== undefined),
    reaches: (node) => checkBound(asking, bound, node) === undefined && isInZone(zone, node),
  };
}

/** What volumes of one kind have in common, quickly told. */
function familyOf(volume: PersistentVolume): string {
  const values = requiredOf(volume)?.nodeSelectorTerms?.[0]?.matchExpressions?.[0]?.values;
  return (values ? values[0] : zoneAmong(volume.metadata?.labels)) ?? "";
}

/** All that says from where a volume can be used; drivers that took over read labels of zones and regions, too. */
function isSamePlace(a: PersistentVolume, b: PersistentVolume): boolean {
  return haveSameTopology(a.metadata?.labels, b.metadata?.labels) && isSameSelector(requiredOf(a), requiredOf(b));
}

/** Equality without copies; each volume has a selector of its own, most of them one term about one label. */
function isSameSelector(a: NodeSelector | undefined, b: NodeSelector | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return areSame(a.nodeSelectorTerms, b.nodeSelectorTerms, isSameTerm);
}

function isSameTerm(a: NodeSelectorTerm, b: NodeSelectorTerm): boolean {
  return (
    areSame(a.matchExpressions, b.matchExpressions, isSameRequirement) &&
    areSame(a.matchFields, b.matchFields, isSameRequirement)
  );
}

function isSameRequirement(a: Requirement, b: Requirement): boolean {
  return a.key === b.key && a.operator === b.operator && areSame(a.values, b.values, Object.is);
}

function areSame<T>(a: readonly T[] | null | undefined, b: typeof a, isSame: (a: T, b: T) => boolean): boolean {
  if (!a || !b) return a === b;
  return a.length === b.length && a.every((one, index) => isSame(one, b[index]!));
}

function requiredOf({ spec }: PersistentVolume) {
  return spec?.nodeAffinity?.required ?? undefined;
}

function labelsOf({ metadata }: PersistentVolume): (string | undefined)[] {
  return TOPOLOGY_KEYS.map((key) => metadata?.labels?.[key]);
}
