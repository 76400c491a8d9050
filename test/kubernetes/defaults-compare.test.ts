/**
 * Method: seeded random raw manifests go through the API server's own defaulting and pod strategy (the oracle's `default`)
 * and through ours; every field below must agree, and where both differ on purpose, a test says what ours is instead.
 */

import { spawnSync } from "node:child_process";
import { beforeAll, describe, expect, test } from "vitest";
import { type DefaultContext, newDefaultContext } from "../../src/kube/admission.js";
import { defaultNode, defaultPod } from "../../src/kube/defaults.js";
import { defaultObject } from "../../src/kube/object-defaults.js";
import type { KubeObject, Node, Pod, PriorityClass, QuantityText } from "../../src/kube/objects.js";
import { parseQuantity, type Quantity, roundUpToMilli } from "../../src/kube/quantity.js";
import { randomOf } from "../helpers/random.js";
import { type RawManifests, rawManifests } from "../helpers/raw-manifests.js";
import { oracleAvailable, oraclePath } from "./oracle.js";

const SEED = process.env.STOWAGE_SEED ?? "raw-1";
/** Objects of each kind. */
const COUNT = Number(process.env.STOWAGE_RAW ?? 400);

/** The oracle has no other admission than this, so there are no limit ranges, runtime classes and default classes. */
const PRIORITY_CLASSES: readonly PriorityClass[] = [
  { metadata: { name: "high" }, value: 1000, preemptionPolicy: "Never" },
  { metadata: { name: "low" }, value: -5, globalDefault: true },
];

/**
 * How a field is compared. `plain`: zero, empty and absent are one, as in Go. `pointer`: null and absent are one, empty is
 * not. `list`: quantities by name, exactly. `rounded`: the same, rounded up to milli. `quantity`: one that may be missing. `selector`: labels and the set of
 * expressions, since ours do not repeat what is there; none is not an empty one.
 */
type Comparison = "plain" | "pointer" | "list" | "rounded" | "quantity" | "selector";
type Fields = Partial<Record<Comparison, readonly string[]>>;
type List = keyof RawManifests;

const CONTAINER: Fields = {
  plain: ["name", "image", "ports[].containerPort", "ports[].hostPort", "ports[].hostIP", "ports[].protocol"],
  pointer: ["restartPolicy"],
  list: ["resources.requests", "resources.limits"],
};
const PROMISES: Fields = { rounded: ["resources.requests", "resources.limits", "allocatedResources"] };
const SPREAD: Fields = {
  plain: ["maxSkew", "topologyKey", "whenUnsatisfiable", "matchLabelKeys"],
  pointer: ["minDomains", "nodeAffinityPolicy", "nodeTaintsPolicy"],
  selector: ["labelSelector"],
};
const AFFINITY_TERM: Fields = {
  plain: ["topologyKey", "namespaces", "matchLabelKeys", "mismatchLabelKeys"],
  selector: ["labelSelector", "namespaceSelector"],
};
const AFFINITY: Fields = merge(
  below("requiredDuringSchedulingIgnoredDuringExecution[]", AFFINITY_TERM),
  below("preferredDuringSchedulingIgnoredDuringExecution[]", { plain: ["weight"] }),
  below("preferredDuringSchedulingIgnoredDuringExecution[].podAffinityTerm", AFFINITY_TERM),
);
const VOLUME: Fields = {
  plain: [
    "name",
    ...["persistentVolumeClaim.claimName", "persistentVolumeClaim.readOnly"],
    ...["gcePersistentDisk.pdName", "gcePersistentDisk.readOnly", "awsElasticBlockStore.volumeID", "csi.driver"],
    ...["iscsi.iqn", "iscsi.readOnly", "rbd.monitors", "rbd.image", "rbd.pool", "rbd.readOnly"],
  ],
};

const POD: Fields = merge(
  { plain: ["metadata.name", "metadata.namespace", "metadata.labels"] },
  below("spec", {
    plain: [
      ...["nodeName", "schedulerName", "restartPolicy", "hostNetwork", "nodeSelector", "runtimeClassName"],
      ...["priority", "priorityClassName", "schedulingGates[].name"],
    ],
    list: ["resources.requests", "resources.limits", "overhead"],
  }),
  below("spec.containers[]", CONTAINER),
  below("spec.initContainers[]", CONTAINER),
  below("spec.topologySpreadConstraints[]", SPREAD),
  below("spec.affinity.podAffinity", AFFINITY),
  below("spec.affinity.podAntiAffinity", AFFINITY),
  below("spec.volumes[]", VOLUME),
);
/** The oracle gives a status back as it came; an API server rounds that of a resize, too. */
const POD_STATUS: Fields = merge(
  below("status", PROMISES),
  below("status.containerStatuses[]", merge({ plain: ["name"] }, PROMISES)),
  below("status.initContainerStatuses[]", merge({ plain: ["name"] }, PROMISES)),
);
const NAMESPACED = ["metadata.name", "metadata.namespace", "metadata.labels"];
const CLUSTER_SCOPED = ["metadata.name", "metadata.labels"];

/** Every field that deciding and explaining reads and that can be compared as it is. */
const COMPARED: Readonly<Record<List, Fields>> = {
  nodes: { plain: [...CLUSTER_SCOPED, "spec.unschedulable"], list: ["status.capacity", "status.allocatable"] },
  incoming: POD,
  pods: merge(POD, below("spec.tolerations[]", { plain: ["key", "operator", "value", "effect"] })),
  namespaces: { plain: CLUSTER_SCOPED },
  services: { plain: [...NAMESPACED, "spec.selector"] },
  replicationControllers: { plain: ["metadata.name", "metadata.namespace", "spec.selector"] },
  replicaSets: { plain: NAMESPACED, selector: ["spec.selector"] },
  statefulSets: { plain: NAMESPACED, selector: ["spec.selector"] },
  persistentVolumes: {
    plain: [...CLUSTER_SCOPED, "metadata.annotations", "spec.accessModes", "spec.storageClassName", "spec.csi"],
    pointer: ["spec.volumeMode", "spec.claimRef"],
    list: ["spec.capacity"],
  },
  persistentVolumeClaims: {
    plain: [...NAMESPACED, "metadata.annotations", "spec.accessModes", "spec.volumeName", "status.phase"],
    pointer: ["spec.volumeMode", "spec.storageClassName"],
    list: ["spec.resources.requests", "spec.resources.limits"],
    selector: ["spec.selector"],
  },
  storageClasses: { plain: [...CLUSTER_SCOPED, "provisioner", "allowedTopologies"], pointer: ["volumeBindingMode"] },
  csiNodes: { plain: CLUSTER_SCOPED },
  csiDrivers: { plain: CLUSTER_SCOPED, pointer: ["spec.storageCapacity"] },
  csiStorageCapacities: {
    plain: [...NAMESPACED, "storageClassName"],
    quantity: ["capacity", "maximumVolumeSize"],
    selector: ["nodeTopology"],
  },
  volumeAttachments: { plain: CLUSTER_SCOPED },
  podDisruptionBudgets: { plain: NAMESPACED, selector: ["spec.selector"] },
};
const LISTS = Object.keys(COMPARED) as readonly List[];

/*
 * What ours does otherwise, because the API server has done more than the oracle by the time a scheduler looks:
 *   admission     LimitRanger, DefaultTolerationSeconds, RuntimeClass, DefaultStorageClass; Priority with the built-in
 *                 classes, 0 without any, and a preemption policy always (here and in test/unit)
 *   controllers   taints of nodes from conditions and spec.unschedulable; volumes become available (here and in test/unit)
 *   later reads   statuses of resizes are rounded (here)
 * and because ours may be applied to what has been stored already:
 *   label keys    are written out once, and not at all for pods with a creation time (the selector comparison; test/unit)
 * Fields that only a kubelet or a client reads (probes, DNS, service ports, reclaim policies, ...) are left as they are.
 */

for (const compat of ["1.36", "1.37"] as const) {
  const unavailable = oracleAvailable(compat);
  if (unavailable !== undefined) console.warn(`skipped: ${unavailable}`);

  describe.skipIf(unavailable !== undefined)(`${COUNT} raw objects of each kind, as ${compat}`, () => {
    const raws = rawManifests(randomOf(SEED), COUNT);
    const context = newDefaultContext({ priorityClasses: PRIORITY_CLASSES }, compat);
    const ours = Object.fromEntries(LISTS.map((list) => [list, defaulted(raws, list, context)])) as Record<
      List,
      KubeObject[]
    >;
    let theirs: Record<List, KubeObject[]>;

    beforeAll(() => {
      console.log(`seed ${SEED}`);
      theirs = askOracle(raws, oraclePath(compat));
    });

    test.each(LISTS)("%s get the fields that the API server's own code gives them", (list) => {
      expect(theirs[list]).toHaveLength(COUNT);
      ours[list].forEach((object, index) => {
        const raw = JSON.stringify(raws[list][index]);
        expect(project(object, COMPARED[list]), raw).toEqual(project(theirs[list][index]!, COMPARED[list]));
      });
    });

    test("new pods tolerate what theirs do, and for some time nodes that are not ready, as admission wants it", () => {
      const added = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];
      const fields: Fields = { plain: ["key", "operator", "value", "effect"], pointer: ["tolerationSeconds"] };
      ours.incoming.forEach((pod, index) => {
        const mine = (pod as Pod).spec?.tolerations ?? [];
        const told = (theirs.incoming[index] as Pod).spec?.tolerations ?? [];
        const kept = mine.slice(0, told.length).map((one) => project(one, fields));
        expect(kept).toEqual(told.map((one) => project(one, fields)));
        for (const { key, operator, effect, tolerationSeconds } of mine.slice(told.length)) {
          expect(added).toContain(key);
          expect({ operator, effect, tolerationSeconds }).toEqual({
            operator: "Exists",
            effect: "NoExecute",
            tolerationSeconds: 300,
          });
        }
      });
    });

    test.each(["pods", "incoming"] as const)("%s have a preemption policy, which the oracle may leave out", (list) => {
      ours[list].forEach((pod, index) => {
        const { spec } = theirs[list][index] as Pod;
        const ofClass = spec?.priorityClassName === "high" ? "Never" : "PreemptLowerPriority";
        expect((pod as Pod).spec?.preemptionPolicy).toBe(spec?.preemptionPolicy ?? ofClass);
      });
    });

    test.each(["pods", "incoming"] as const)("%s keep their status, in whole milli as an API server has it", (list) => {
      ours[list].forEach((pod, index) => {
        const told = theirs[list][index] as Pod;
        expect((pod as Pod).status?.phase || "Pending").toBe(told.status?.phase);
        expect(project(pod, asWritten(POD_STATUS))).toEqual(project(told, POD_STATUS));
      });
    });

    test("nodes keep their taints, and one that is unschedulable gets the node controller's", () => {
      ours.nodes.forEach((node, index) => {
        const told = (theirs.nodes[index] as Node).spec?.taints ?? [];
        const taint = { plain: ["key", "value", "effect"] };
        const mine = ((node as Node).spec?.taints ?? []).map((one) => project(one, taint));
        const wanted = (node as Node).spec?.unschedulable ? [UNSCHEDULABLE] : [];
        expect(mine).toEqual([...told, ...wanted].map((one) => project(one, taint)));
      });
    });

    test("volumes without a phase are available, as the volume controller finds them", () => {
      ours.persistentVolumes.forEach((volume, index) => {
        const phase = phaseOf(raws.persistentVolumes[index]!);
        expect(phaseOf(theirs.persistentVolumes[index]!)).toBe(phase || "Pending");
        expect(phaseOf(volume)).toBe(phase || "Available");
      });
    });
  });
}

const UNSCHEDULABLE = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };

function phaseOf({ status }: KubeObject): string | undefined {
  return (status as { readonly phase?: string } | null | undefined)?.phase;
}

function defaulted(raws: RawManifests, list: List, context: DefaultContext): KubeObject[] {
  if (list === "pods" || list === "incoming") return raws[list].map((pod) => defaultPod(pod, context) as KubeObject);
  if (list === "nodes") return raws.nodes.map((node) => defaultNode(node) as KubeObject);
  return raws[list].map((object) => defaultObject(object, context) as KubeObject);
}

function askOracle(raws: RawManifests, oracle: string): Record<List, KubeObject[]> {
  const input = JSON.stringify({ ...raws, priorityClasses: PRIORITY_CLASSES });
  const run = spawnSync(oracle, ["default"], { input, encoding: "utf8", maxBuffer: 2 ** 30 });
  expect(run.status, run.stderr).toBe(0);
  return JSON.parse(run.stdout) as Record<List, KubeObject[]>;
}

/** The paths of `fields`, each under `prefix`. */
function below(prefix: string, fields: Fields): Fields {
  const entries = Object.entries(fields).map(
    ([how, paths]) => [how, paths.map((path) => `${prefix}.${path}`)] as const,
  );
  return Object.fromEntries(entries);
}

function merge(...parts: readonly Fields[]): Fields {
  const merged: Partial<Record<Comparison, string[]>> = {};
  for (const part of parts) {
    for (const [how, paths] of Object.entries(part) as [Comparison, readonly string[]][]) {
      merged[how] = [...(merged[how] ?? []), ...paths];
    }
  }
  return merged;
}

/** The same fields, but not rounded for the comparison: they are to be so already. */
function asWritten({ rounded = [], ...others }: Fields): Fields {
  return { ...others, list: rounded };
}

/** By path the values to be compared. */
function project(object: object, fields: Fields): Record<string, unknown> {
  const entries = (Object.entries(fields) as [Comparison, readonly string[]][]).flatMap(([how, paths]) =>
    paths.map((path) => [path, valueAt(object, path.split("."), NORMALIZE[how])] as const),
  );
  return Object.fromEntries(entries);
}

/** `name[]` stands for every entry of the list. */
function valueAt(at: unknown, [segment, ...rest]: readonly string[], normalize: (value: unknown) => unknown): unknown {
  if (segment === undefined) return normalize(at);
  const isEach = segment.endsWith("[]");
  const field = (at as Record<string, unknown> | null | undefined)?.[isEach ? segment.slice(0, -2) : segment];
  if (!isEach) return valueAt(field, rest, normalize);
  return ((field ?? []) as readonly unknown[]).map((entry) => valueAt(entry, rest, normalize));
}

const NORMALIZE: Readonly<Record<Comparison, (value: unknown) => unknown>> = {
  plain: (value) => (isZero(value) ? undefined : value),
  pointer: (value) => value ?? undefined,
  list: (value) => quantitiesOf(value, parseQuantity),
  rounded: (value) => quantitiesOf(value, (text) => roundUpToMilli(parseQuantity(text))),
  quantity: (value) => (value === undefined || value === null ? undefined : parseQuantity(value as QuantityText).nano),
  selector: (value) => {
    if (value === undefined || value === null) return undefined;
    const { matchLabels, matchExpressions } = value as { matchLabels?: unknown; matchExpressions?: object[] | null };
    const expressions = (matchExpressions ?? []).map((one) =>
      JSON.stringify(project(one, { plain: ["key", "operator", "values"] })),
    );
    return {
      matchLabels: isZero(matchLabels) ? undefined : matchLabels,
      expressions: [...new Set(expressions)].sort(),
    };
  },
};

function quantitiesOf(value: unknown, read: (text: QuantityText) => Quantity): Record<string, bigint> {
  const entries = Object.entries((value ?? {}) as Record<string, QuantityText>);
  return Object.fromEntries(entries.map(([name, text]) => [name, read(text).nano]));
}

function isZero(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0;
  return value === undefined || value === null || value === "" || value === 0 || value === false;
}
