/** Topology spread constraints, hard and soft, and the objects that default ones are derived from. */

import type { KubeObject, TopologySpreadConstraint } from "../../src/kube/objects.js";
import type { Random } from "./random.js";
import { podSelectorOf } from "./world-labels.js";
import type { Mutable, PodDraft, WorldContext, WorldObjects } from "./world-types.js";
import { HOSTNAME, NAMESPACES, POD_LABELS, TOPOLOGY_KEYS, ZONE } from "./world-vocabulary.js";

export function addSpread(pod: PodDraft, { stream }: WorldContext): void {
  const random = stream("spread");
  if (random.chance(80)) pod.spec.topologySpreadConstraints = random.list(0, 3, () => constraintOf(random));
}

function constraintOf(random: Random): TopologySpreadConstraint {
  const isHard = random.chance(55);
  const labelSelector = podSelectorOf(random, isHard ? 4 : 10);
  const constraint: Mutable<TopologySpreadConstraint> = {
    maxSkew: random.pick([1, 1, 1, 2, 3, 5, 2147483647]),
    topologyKey: random.pick(isHard ? TOPOLOGY_KEYS.slice(0, 7) : TOPOLOGY_KEYS),
    whenUnsatisfiable: isHard ? "DoNotSchedule" : "ScheduleAnyway",
  };
  if (labelSelector !== undefined) constraint.labelSelector = labelSelector;
  if (isHard && random.chance(25)) constraint.minDomains = random.pick([1, 2, 3, 5, 1000]);
  if (random.chance(25)) constraint.nodeAffinityPolicy = random.pick(["Honor", "Ignore"]);
  if (random.chance(25)) constraint.nodeTaintsPolicy = random.pick(["Honor", "Ignore"]);
  if (random.chance(20)) constraint.matchLabelKeys = random.some(["pod-template-hash", "version", "absent"], 50);
  return constraint;
}

/** `defaultConstraints` as PodTopologySpreadArgs take them: without selectors, one for a key and an effect. */
export function defaultConstraintsOf(random: Random): TopologySpreadConstraint[] {
  const keys = random.some([HOSTNAME, ZONE, "example.com/rack"], 60);
  return keys.map((topologyKey) => ({
    maxSkew: random.pick([1, 2, 3, 5]),
    topologyKey,
    whenUnsatisfiable: random.pick(["DoNotSchedule", "ScheduleAnyway"]),
  }));
}

const OWNER_KINDS = [
  { list: "replicaSets", apiVersion: "apps/v1", kind: "ReplicaSet" },
  { list: "statefulSets", apiVersion: "apps/v1", kind: "StatefulSet" },
  { list: "replicationControllers", apiVersion: "v1", kind: "ReplicationController" },
] as const;

/** Ownership as controllers write it, and now and then as nobody does. */
export function addOwner(pod: PodDraft, { stream }: WorldContext): void {
  const random = stream("owner");
  if (!random.chance(65)) return;
  const { apiVersion, kind } = random.pick(OWNER_KINDS);
  const name = `${kind.toLowerCase()}-${random.pick(["web", "db", "gone"])}`;
  const odd = { apiVersion: "batch/v1", kind: "Job", name: "job" };
  const controller = !random.chance(10);
  pod.metadata.ownerReferences = [
    random.chance(8)
      ? { ...odd, uid: "job", controller }
      : { apiVersion: random.chance(95) ? apiVersion : "apps/v1beta1", kind, name, uid: name, controller },
  ];
}

/** Services and owners in every namespace; their selectors are nil, empty, plain, or odd. */
export function ownersOf({ stream }: WorldContext): WorldObjects {
  const random = stream("owners");
  const owners = OWNER_KINDS.map(({ list, apiVersion, kind }) => {
    const objects = NAMESPACES.flatMap((namespace) =>
      random.some(["web", "db"], 80).map((app) => ({
        apiVersion,
        kind,
        metadata: { name: `${kind.toLowerCase()}-${app}`, namespace },
        spec: ownerSpecOf(kind, app, random),
      })),
    );
    return [list, objects] as const;
  });
  const services = NAMESPACES.flatMap((namespace) =>
    random.list(0, 2, (index) => serviceOf(`service-${index}`, namespace, random)),
  );
  return { ...Object.fromEntries(owners), services };
}

function ownerSpecOf(kind: string, app: string, random: Random): Record<string, unknown> {
  if (random.chance(6)) return kind === "ReplicationController" ? {} : { selector: {} };
  if (kind === "ReplicationController") return { selector: { app } };
  const matchExpressions = [{ key: "version", operator: "In", values: random.some(["v1", "v2", "v3"], 60) }];
  const isOdd = matchExpressions[0]!.values.length === 0;
  // An owner whose selector cannot be parsed makes every pod it owns an error, so there are few.
  if (random.chance(isOdd ? 3 : 25)) return { selector: { matchLabels: { app }, matchExpressions } };
  return { selector: { matchLabels: { app } } };
}

function serviceOf(name: string, namespace: string, random: Random): KubeObject {
  const app = { app: random.pick(POD_LABELS.app!) };
  const selector = random.pick([app, app, app, app, {}, undefined, { ...app, version: "v1" }]);
  const spec = selector === undefined ? {} : { selector };
  return { apiVersion: "v1", kind: "Service", metadata: { name, namespace }, spec };
}
