/**
 * Families in which more happens than placements: changes between pods, pods that fit nowhere, volumes of a pod's own. Source: scheduler_perf of k8s 1.36; what it does by the clock happens here once in so many pods.
 */

import type { Pod } from "../kube/objects.js";
import { NAMESPACE } from "./pod-rules.js";
import type { Change, Turn, TurnPlan } from "./turns.js";
import { boundVolume, CSI_VOLUMES, csiNode, IN_TREE_VOLUMES, migratedCsiNode, migratedNode } from "./volumes.js";
import { type FamilyWorld, nodeNamed } from "./worlds.js";

/** In Unschedulable one pod in so many is too big for any node. */
const BIG_EVERY = 10;
/** In MixedChurn nodes, services and pods come and go once in so many pods. */
const CHURN_EVERY = 50;
/** Pods that are deleted then. */
const CHURN_PODS = 10;
/** In Gated one pod in so many waits at a gate. */
const GATED_EVERY = 3;
/** In Gated a pod is deleted so many turns after it came. */
const GATED_LIFE = 60;

/** Names of what comes and goes in MixedChurn. */
const [USELESS, SERVICE] = ["node-churn", "service-churn"];

const LOW = { requests: { cpu: "900m", memory: "500Mi" } };
const HIGH = { priority: 10, requests: { cpu: "3", memory: "500Mi" } };

const plain = () => ({});
const base = { zones: 1, residents: (nodes: number) => Math.floor(nodes / 5), specOf: plain };
const volumes = {
  ...base,
  zones: 3,
  residents: (nodes: number) => nodes,
  residentNodeOf: (index: number) => `node-${index}`,
  turnOf: () => ({}),
  compared: 12,
};

export const COURSE_FAMILIES: readonly FamilyWorld[] = [
  {
    ...base,
    name: "Unschedulable",
    about: `plain pods, each ${BIG_EVERY}th of which is too big for any node`,
    residents: (nodes) => Math.floor(nodes / 50),
    turnOf: ({ index, pod }) => (isTurn(index, BIG_EVERY) ? tooBig(pod) : {}),
  },
  {
    ...base,
    name: "MixedChurn",
    about: `plain pods; once in ${CHURN_EVERY} a node is replaced, a useless node and a service come or go, ${CHURN_PODS} pods are deleted and one fits nowhere`,
    turnOf: (plan) => (isTurn(plan.index, CHURN_EVERY) ? churn(plan) : {}),
  },
  {
    ...base,
    name: "Gated",
    about: `plain pods that are deleted ${GATED_LIFE} turns later, among pods that wait at a gate, each ${GATED_EVERY}rd`,
    turnOf: ({ index, pod }) => ({
      changes: [{ kind: "removePod", key: keyOf(index - GATED_LIFE) }],
      ...(isTurn(index, GATED_EVERY) && gated(pod)),
    }),
  },
  {
    ...volumes,
    name: "InTreePVs",
    about: "pods with a bound volume each of a plugin in the tree, which has a zone",
    volumesOf: (pod, index) => boundVolume(pod, index, IN_TREE_VOLUMES),
  },
  {
    ...volumes,
    name: "MigratedInTreePVs",
    about: "the same, counted as CSI volumes by nodes of which each takes 39",
    nodeOf: migratedNode,
    objectsOfNode: (name) => [migratedCsiNode(name)],
    volumesOf: (pod, index) => boundVolume(pod, index, IN_TREE_VOLUMES),
  },
  {
    ...volumes,
    name: "CSIPVs",
    about: "pods with a bound CSI volume each, which nodes of one zone reach and of which each takes 39",
    objectsOfNode: (name) => [csiNode(name)],
    volumesOf: (pod, index) => boundVolume(pod, index, CSI_VOLUMES),
  },
  {
    ...base,
    name: "Preemption",
    about: "pods of which each evicts three of the four that run on a node",
    residents: (nodes) => 4 * nodes,
    residentOf: () => ({ spec: LOW, labels: {} }),
    specOf: () => HIGH,
    turnOf: () => ({ preempts: true }),
    narrowest: "api",
    compared: 2,
  },
];

/** A node is drawn of those that the world began with; it may be gone. */
function churn({ index, nodes, pod, random }: TurnPlan): Partial<Turn> {
  const name = `node-${Math.floor(random() * nodes)}`;
  const deleted = Array.from({ length: CHURN_PODS }, () => keyOf(Math.floor(random() * index)));
  const changes: Change[] = [
    { kind: "removeNode", name },
    { kind: "putNode", node: nodeNamed(`${name}-${index}`, "zone-0") },
    ...(isTurn(index, 2 * CHURN_EVERY) ? goes : comes),
    ...deleted.map((key) => ({ kind: "removePod", key }) as const),
  ];
  return { changes, ...tooBig(pod) };
}

const comes: readonly Change[] = [
  { kind: "putNode", node: nodeNamed(USELESS, "zone-0", { allocatable: { cpu: "0", memory: "0", pods: "0" } }) },
  {
    kind: "putObject",
    object: {
      kind: "Service",
      metadata: { name: SERVICE, namespace: NAMESPACE },
      spec: { selector: { app: "foo" } },
    },
  },
];
const goes: readonly Change[] = [
  { kind: "removeNode", name: USELESS },
  { kind: "removeObject", of: "Service", name: SERVICE, namespace: NAMESPACE },
];

/** Whether it is the last of so many turns. */
function isTurn(index: number, every: number): boolean {
  return index % every === every - 1;
}

/** A spec in one piece, as parsed pods have it: where it is a copy with additions V8 knows no two of them for alike. */
function tooBig(pod: Pod): Partial<Turn> {
  const containers = [{ name: "pause", resources: { requests: { cpu: "9", memory: "500Mi" } } }];
  return { pod: { ...pod, spec: { priority: 10, containers } }, isHopeless: true };
}

function gated(pod: Pod): Partial<Turn> {
  const schedulingGates = [{ name: "test.k8s.io/hold" }];
  return { pod: { ...pod, spec: { ...pod.spec, schedulingGates } }, isHopeless: true };
}

/** Of the pod of a turn; of none where there was no such turn. */
function keyOf(index: number): string {
  return `${NAMESPACE}/pod-${index}`;
}
