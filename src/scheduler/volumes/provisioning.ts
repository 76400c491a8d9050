/**
 * Whether volumes that do not exist yet could be made for a node. What does not depend on the node is read once a claim.
 * Source: k8s 1.36 pkg/scheduler/framework/plugins/volumebinding (checkVolumeProvisions, hasEnoughCapacity).
 */

import {
  type CSIStorageCapacity,
  namespacedName,
  type PersistentVolumeClaim,
  type StorageClass,
  type TopologySelectorTerm,
} from "../../kube/objects.js";
import {
  matchesAll,
  type ParsedSelector,
  type ParsedTerm,
  parseLabelSelector,
  parseNodeSelectorTerm,
} from "../../kube/requirement.js";
import { matchesNode, type NodeTerms, type VolumeNode } from "./node-terms.js";
import { classOfClaim, nameOf } from "./pod-claims.js";
import { sizePathOf } from "./static-volumes.js";
import type { VolumeCycle } from "./volume-cycle.js";
import { bytesOf } from "./volume-index.js";

/** A claim for which a volume may have to be made. */
export interface Provision {
  readonly claim: PersistentVolumeClaim;
  /** Whether the class has a provisioner at all. */
  readonly isProvisioned: boolean;
  /** Where the class allows volumes; undefined: everywhere. */
  readonly topologies: NodeTerms;
  /** Storage that is large enough, where the driver keeps count of it; undefined: nobody counts. */
  readonly pools: readonly Pool[] | undefined;
}

interface Pool {
  readonly capacity: CSIStorageCapacity;
  readonly nodes: ParsedSelector;
}

/** A claim whose volume would be made for the node, and the storage it would be taken from where that is counted. */
export interface DynamicProvision {
  readonly claim: PersistentVolumeClaim;
  readonly capacity: CSIStorageCapacity | undefined;
}

/** What stops a node at the first claim that it cannot serve. */
export type ProvisionProblem = "unavailable" | "too-small";

const NO_PROVISIONER = "kubernetes.io/no-provisioner";

/** @throws StowageError ERR_QUANTITY with the path of an amount that cannot be counted */
export function provisionOf(cycle: VolumeCycle, claim: PersistentVolumeClaim): Provision {
  const storageClass = cycle.objects.get("StorageClass", classOfClaim(claim));
  const { provisioner = "", allowedTopologies } = storageClass ?? {};
  const isProvisioned = provisioner !== "" && provisioner !== NO_PROVISIONER;
  return {
    claim,
    isProvisioned,
    topologies: allowedTopologies?.length ? allowedTopologies.map(topologyTerm) : undefined,
    pools: isProvisioned && storageClass !== undefined ? poolsOf(cycle, claim, storageClass) : undefined,
  };
}

/** Looks at the claims in order. */
export function provisionOn(
  provisions: readonly Provision[],
  node: VolumeNode,
): readonly DynamicProvision[] | ProvisionProblem {
  const made: DynamicProvision[] = [];
  for (const { claim, isProvisioned, topologies, pools } of provisions) {
    if (!isProvisioned || !matchesNode(topologies, node)) return "unavailable";
    const pool = pools?.find(({ nodes }) => reaches(nodes, node));
    if (pools !== undefined && pool === undefined) return "too-small";
    made.push({ claim, capacity: pool?.capacity });
  }
  return made;
}

/** As a node selector term: it reads alike, and an empty one matches no node either. */
function topologyTerm({ matchLabelExpressions }: TopologySelectorTerm): ParsedTerm {
  const expressions = matchLabelExpressions ?? [];
  return parseNodeSelectorTerm({
    matchExpressions: expressions.map(({ key = "", values }) => ({ key, operator: "In", values: values ?? [] })),
  });
}

function poolsOf(
  { objects, index }: VolumeCycle,
  claim: PersistentVolumeClaim,
  storageClass: StorageClass,
): Pool[] | undefined {
  const request = claim.spec?.resources?.requests?.storage;
  if (request === undefined) return undefined;
  const driver = objects.get("CSIDriver", storageClass.provisioner ?? "");
  if (driver?.spec?.storageCapacity !== true) return undefined;
  const size = bytesOf(request, sizePathOf(claim));
  return index
    .capacitiesOfClass(nameOf(storageClass))
    .filter((capacity) => largestVolumeBytes(capacity) >= size)
    .map((capacity) => ({ capacity, nodes: parseLabelSelector(capacity.nodeTopology) }));
}

/** The largest volume that fits; less than any claim's when it is not said. */
function largestVolumeBytes(capacity: CSIStorageCapacity): number {
  const limit = bytesOfPool(capacity, "maximumVolumeSize") ?? bytesOfPool(capacity, "capacity");
  return limit ?? Number.NEGATIVE_INFINITY;
}

/** What a driver says of its storage, in bytes. @throws StowageError ERR_QUANTITY with the path */
export function bytesOfPool(capacity: CSIStorageCapacity, field: "capacity" | "maximumVolumeSize"): number | undefined {
  const text = capacity[field];
  if (text === undefined || text === null) return undefined;
  return bytesOf(text, `CSIStorageCapacity ${namespacedName(capacity)}: ${field}`);
}

/** A pool that says nothing of nodes, or says it wrongly, can be reached from none. */
function reaches(nodes: ParsedSelector, { node }: VolumeNode): boolean {
  return nodes.ok && !nodes.nothing && matchesAll(nodes.requirements, node?.metadata?.labels);
}
