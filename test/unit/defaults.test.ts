// Method: single rules by hand-made objects, and idempotence over seeded random pods. What the API server's own code does
// with thousands of random objects is compared in test/kubernetes/defaults-compare.test.ts.
import { describe, expect, test } from "vitest";
import { newDefaultContext } from "../../src/kube/admission.js";
import { changesOf } from "../../src/kube/changes.js";
import { defaultedFields, defaultNamespace, defaultNode, defaultPod } from "../../src/kube/defaults.js";
import type { LimitRange, Node, Pod, PriorityClass, RuntimeClass } from "../../src/kube/objects.js";
import { randomOf } from "../helpers/random.js";
import { rawManifests } from "../helpers/raw-manifests.js";
import { rawPod } from "../helpers/raw-pods.js";

const SEED = "defaults-1";

const PRIORITY_CLASSES: readonly PriorityClass[] = [
  { metadata: { name: "high" }, value: 1000, preemptionPolicy: "Never" },
  { metadata: { name: "low" }, value: -5, globalDefault: true },
  { metadata: { name: "middle" }, value: 10, globalDefault: true },
];
const RUNTIME_CLASSES: readonly RuntimeClass[] = [
  {
    metadata: { name: "kata" },
    overhead: { podFixed: { cpu: "250m", memory: "120Mi" } },
    scheduling: { nodeSelector: { runtime: "kata" }, tolerations: [{ key: "kata", operator: "Exists" }] },
  },
];
const LIMIT_RANGES = [
  {
    metadata: { name: "limits", namespace: "team" },
    spec: {
      limits: [
        { type: "Container", default: { cpu: "500m" }, max: { memory: "1Gi" }, min: { "example.com/gpu": "1" } },
        { type: "Pod", default: { cpu: "9" } },
      ],
    },
  },
] as LimitRange[];
const CONTEXT = newDefaultContext({
  priorityClasses: PRIORITY_CLASSES,
  runtimeClasses: RUNTIME_CLASSES,
  limitRanges: LIMIT_RANGES,
});

function pod(spec: Pod["spec"], metadata: Pod["metadata"] = { name: "p" }): Pod {
  return { metadata, spec: { containers: [{ name: "c" }], ...spec } };
}

describe("a new pod", () => {
  test("gets what every pod gets", () => {
    const { metadata, spec } = defaultPod(pod({}));
    expect(metadata?.namespace).toBe("default");
    expect(spec).toMatchObject({ schedulerName: "default-scheduler", restartPolicy: "Always", priority: 0 });
    expect(spec?.preemptionPolicy).toBe("PreemptLowerPriority");
    expect(spec?.tolerations?.map(({ key }) => key)).toEqual([
      "node.kubernetes.io/not-ready",
      "node.kubernetes.io/unreachable",
    ]);
  });

  test("reads an empty text as nothing said", () => {
    const ports = [{ containerPort: 80, protocol: "" }];
    const spec = { schedulerName: "", restartPolicy: "", containers: [{ ports }], volumes: [{ rbd: { pool: "" } }] };
    const filled = defaultPod(pod(spec, { name: "p", namespace: "" }));
    expect(filled.metadata?.namespace).toBe("default");
    expect(filled.spec).toMatchObject({
      schedulerName: "default-scheduler",
      restartPolicy: "Always",
      containers: [{ ports: [{ protocol: "TCP" }] }],
      volumes: [{ rbd: { pool: "rbd" } }],
    });
  });

  test("requests its limits where it requests nothing, and an explicit 0 stays", () => {
    const resources = { limits: { cpu: "2", memory: "1Gi" }, requests: { cpu: "0" } };
    const { spec } = defaultPod(pod({ containers: [{ resources }], initContainers: [{ resources }] }));
    expect(spec?.containers?.[0]?.resources?.requests).toEqual({ cpu: "0", memory: "1Gi" });
    expect(spec?.initContainers?.[0]?.resources?.requests).toEqual({ cpu: "0", memory: "1Gi" });
  });

  test("has quantities in whole milli, and as written where they are", () => {
    const requests = { cpu: "1.1m", memory: "0.1Ki", a: "1.5", b: 2, c: "100u" };
    const { spec } = defaultPod(pod({ containers: [{ resources: { requests } }] }));
    expect(spec?.containers?.[0]?.resources?.requests).toEqual({ cpu: "2m", memory: "0.1Ki", a: "1.5", b: 2, c: "1m" });
  });

  test("reads a quantity of null as 0", () => {
    const requests = JSON.parse('{"cpu": null}') as Record<string, string>;
    const { spec } = defaultPod(pod({ containers: [{ resources: { requests, limits: { cpu: "1" } } }] }));
    expect(spec?.containers?.[0]?.resources?.requests).toEqual({ cpu: "0" });
  });

  test("on the host's network takes its ports there", () => {
    const ports = [{ containerPort: 80 }, { containerPort: 81, hostPort: 8081, protocol: "UDP" }];
    expect(defaultPod(pod({ hostNetwork: true, containers: [{ ports }] })).spec?.containers?.[0]?.ports).toEqual([
      { containerPort: 80, hostPort: 80, protocol: "TCP" },
      { containerPort: 81, hostPort: 8081, protocol: "UDP" },
    ]);
    expect(defaultPod(pod({ containers: [{ ports }] })).spec?.containers?.[0]?.ports?.[0]).toEqual({
      containerPort: 80,
      protocol: "TCP",
    });
  });

  test("gets its priority from its class, the lowest default class, or a built-in", () => {
    const priorityOf = (spec: Pod["spec"], context = CONTEXT) => defaultPod(pod(spec), context).spec;
    expect(priorityOf({ priorityClassName: "high" })).toMatchObject({ priority: 1000, preemptionPolicy: "Never" });
    expect(priorityOf({})).toMatchObject({ priority: -5, priorityClassName: "low" });
    expect(priorityOf({ priorityClassName: "system-node-critical" })?.priority).toBe(2_000_001_000);
    expect(priorityOf({ priorityClassName: "system-cluster-critical" })?.priority).toBe(2_000_000_000);
    expect(priorityOf({ priorityClassName: "gone" })?.priority).toBe(0);
    expect(priorityOf({ priority: 7 })?.priority).toBe(7);
  });

  test("gets overhead, node selector and tolerations from its runtime class", () => {
    const { spec } = defaultPod(pod({ runtimeClassName: "kata", nodeSelector: { disk: "ssd" } }), CONTEXT);
    expect(spec?.overhead).toEqual({ cpu: "250m", memory: "120Mi" });
    expect(spec?.nodeSelector).toEqual({ disk: "ssd", runtime: "kata" });
    expect(spec?.tolerations?.at(-1)).toEqual({ key: "kata", operator: "Exists" });
  });

  test("keeps its own toleration of a node that is not ready", () => {
    const tolerations = [{ key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute" }];
    const keys = defaultPod(pod({ tolerations })).spec?.tolerations?.map(({ key }) => key);
    expect(keys).toEqual(["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]);
    expect(defaultPod(pod({ tolerations: [{ operator: "Exists" }] })).spec?.tolerations).toHaveLength(1);
  });

  test("gets its namespace's container defaults after its own limits have become requests", () => {
    const { spec } = defaultPod(
      pod(
        { containers: [{ name: "a" }, { name: "b", resources: { limits: { cpu: "100m" } } }] },
        { name: "p", namespace: "team" },
      ),
      CONTEXT,
    );
    const [a, b] = spec?.containers ?? [];
    expect(a?.resources?.requests).toEqual({ cpu: "500m", memory: "1Gi", "example.com/gpu": "1" });
    expect(a?.resources?.limits).toEqual({ cpu: "500m", memory: "1Gi" });
    expect(b?.resources?.requests).toEqual({ cpu: "100m", memory: "1Gi", "example.com/gpu": "1" });
    expect(defaultPod(pod({}), CONTEXT).spec?.containers?.[0]?.resources).toBeUndefined();
  });

  test("gets its namespace's defaults in whole milli before they are added up", () => {
    const limits = [{ type: "Container", defaultRequest: { memory: "1.0001" }, max: { cpu: "1u" } }];
    const limitRanges = [{ metadata: { name: "l", namespace: "default" }, spec: { limits } }] as LimitRange[];
    const resources = { requests: { cpu: "1" }, limits: { "hugepages-2Mi": "2Mi" } };
    const context = newDefaultContext({ limitRanges });
    const { spec } = defaultPod(pod({ containers: [{ name: "a" }, { name: "b" }], resources }), context);
    expect(spec?.containers?.[0]?.resources).toEqual({
      limits: { cpu: "1m" },
      requests: { cpu: "1m", memory: "1001m" },
    });
    expect(spec?.resources?.requests).toEqual({ cpu: "1", memory: "2002m", "hugepages-2Mi": "2Mi" });
  });

  test("has its label keys written out in its selectors once, where there is a selector and a label", () => {
    const keys = { matchLabelKeys: ["app", "absent"], mismatchLabelKeys: ["tier"] };
    const app = { key: "app", operator: "In", values: ["web"] };
    const tier = { key: "tier", operator: "NotIn", values: [""] };
    const terms = [{ labelSelector: { matchExpressions: [app] }, ...keys }, { labelSelector: {}, ...keys }, keys];
    const { spec } = defaultPod(
      pod(
        {
          affinity: {
            podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms },
            podAntiAffinity: {
              preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: terms[1]! }],
            },
          },
          topologySpreadConstraints: [{ labelSelector: null, matchLabelKeys: ["app"] }],
        },
        { name: "p", labels: { app: "web", tier: "" } },
      ),
    );
    expect(spec?.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution).toEqual([
      { ...keys, labelSelector: { matchExpressions: [app, tier] } },
      { ...keys, labelSelector: { matchExpressions: [app, tier] } },
      keys,
    ]);
    const [preferred] = spec?.affinity?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    expect(preferred?.podAffinityTerm?.labelSelector?.matchExpressions).toEqual([app, tier]);
    expect(spec?.topologySpreadConstraints?.[0]?.labelSelector).toBeNull();
  });

  test("takes an image of a Ceph cluster from the pool called rbd when it names none", () => {
    const volumes = [{ rbd: { image: "i" } }, { rbd: { image: "i", pool: "own" } }, { emptyDir: {} }];
    expect(defaultPod(pod({ volumes })).spec?.volumes).toEqual([
      { rbd: { image: "i", pool: "rbd" } },
      { rbd: { image: "i", pool: "own" } },
      { emptyDir: {} },
    ]);
  });

  test("reads a label without a value as an empty one", () => {
    const labels = JSON.parse('{"app": null, "tier": "x"}') as Record<string, string>;
    expect(defaultPod(pod({ nodeSelector: labels }, { name: "p", labels }))).toMatchObject({
      metadata: { labels: { app: "", tier: "x" } },
      spec: { nodeSelector: { app: "", tier: "x" } },
    });
  });
});

describe("a new pod that admission would refuse", () => {
  test("keeps its own priority and policy against its class", () => {
    const spec = { priorityClassName: "high", priority: 1, preemptionPolicy: "PreemptLowerPriority" };
    expect(defaultPod(pod(spec), CONTEXT).spec).toMatchObject(spec);
  });

  test("has priority 0 and no overhead for classes that do not exist, and keeps an overhead of its own", () => {
    const spec = { priorityClassName: "gone", runtimeClassName: "gone" };
    expect(defaultPod(pod(spec), CONTEXT).spec).toMatchObject({ ...spec, priority: 0 });
    expect(defaultPod(pod(spec), CONTEXT).spec).not.toHaveProperty("overhead");
    expect(defaultPod(pod({ overhead: { cpu: "1" } }), CONTEXT).spec?.overhead).toEqual({ cpu: "1" });
  });

  test("follows its runtime class in overhead and node selector", () => {
    const spec = { runtimeClassName: "kata", overhead: { cpu: "9" }, nodeSelector: { runtime: "other" } };
    expect(defaultPod(pod(spec), CONTEXT).spec).toMatchObject({
      overhead: { cpu: "250m", memory: "120Mi" },
      nodeSelector: { runtime: "kata" },
    });
  });

  test("is not held to the limits of its namespace", () => {
    const containers = [{ resources: { limits: { memory: "9Gi" } } }];
    const { spec } = defaultPod(pod({ containers }, { name: "p", namespace: "team" }), CONTEXT);
    expect(spec?.containers?.[0]?.resources?.limits?.memory).toBe("9Gi");
  });
});

describe("a pod that has been through an API server", () => {
  const stored = { name: "p", namespace: "team", creationTimestamp: "2026-01-01T00:00:00Z" };

  test("gets no admission: classes and limit ranges of today are not those of its creation", () => {
    const { spec } = defaultPod(pod({ runtimeClassName: "kata", priority: 3 }, stored), CONTEXT);
    expect(spec).not.toHaveProperty("overhead");
    expect(spec).not.toHaveProperty("tolerations");
    expect(spec?.containers?.[0]).not.toHaveProperty("resources");
    expect(spec?.priority).toBe(3);
  });

  test("has its label keys in its selectors if the API server of that time put them there", () => {
    const topologySpreadConstraints = [{ labelSelector: {}, matchLabelKeys: ["app"] }];
    const spread = (metadata: Pod["metadata"]) => {
      const labelled = { ...metadata, labels: { app: "web" } };
      return defaultPod(pod({ nodeName: "n", topologySpreadConstraints }, labelled)).spec?.topologySpreadConstraints;
    };
    expect(spread(stored)).toEqual(topologySpreadConstraints);
    expect(spread({ name: "by-hand" })?.[0]?.labelSelector?.matchExpressions).toHaveLength(1);
  });

  test("has the resources of its status in whole milli, and what is so already stays the same object", () => {
    const whole = { name: "a", resources: { requests: { cpu: "1" } }, allocatedResources: { cpu: "1" } };
    const status = {
      phase: "Running",
      containerStatuses: [whole, { name: "b", allocatedResources: { cpu: "1u" } }],
      initContainerStatuses: [{ name: "i", resources: { limits: { cpu: "1u" } } }],
      resources: { requests: { memory: "0.0001" } },
      allocatedResources: { memory: "0.0001" },
    };
    const rounded = defaultPod({ ...pod({ nodeName: "n" }, stored), status }).status;
    expect(rounded).toEqual({
      phase: "Running",
      containerStatuses: [whole, { name: "b", allocatedResources: { cpu: "1m" } }],
      initContainerStatuses: [{ name: "i", resources: { limits: { cpu: "1m" } } }],
      resources: { requests: { memory: "1m" } },
      allocatedResources: { memory: "1m" },
    });
    expect(rounded?.containerStatuses?.[0]).toBe(whole);
  });

  test("is one with a node, too, and what its own fields imply still holds", () => {
    const resources = { limits: { cpu: "2" } };
    const { spec } = defaultPod(
      pod({ nodeName: "n", containers: [{ resources }], priorityClassName: "high" }),
      CONTEXT,
    );
    expect(spec?.containers?.[0]?.resources?.requests).toEqual({ cpu: "2" });
    expect(spec?.priority).toBe(1000);
    expect(spec).not.toHaveProperty("tolerations");
  });
});

describe("a node", () => {
  test("has its capacity to allocate when it says nothing else", () => {
    const capacity = { cpu: "4", memory: "16.0001Gi", pods: "110" };
    expect(defaultNode({ status: { capacity } }).status?.allocatable).toEqual({
      ...capacity,
      memory: "17179976558183m",
    });
    expect(defaultNode({ status: { capacity, allocatable: { cpu: "3" } } }).status?.allocatable).toEqual({ cpu: "3" });
    expect(defaultNode({}).status).not.toHaveProperty("allocatable");
  });

  test("that says nothing of its conditions is taken for ready, though an API server taints what has just come", () => {
    expect(defaultNode({ metadata: { name: "n" } }).spec?.taints).toEqual([]);
  });

  test("gets the taints of its conditions and of being cordoned, each once", () => {
    const node: Node = {
      spec: { unschedulable: true, taints: [{ key: "node.kubernetes.io/disk-pressure", effect: "NoSchedule" }] },
      status: {
        conditions: [
          { type: "Ready", status: "Unknown" },
          { type: "DiskPressure", status: "True" },
          { type: "PIDPressure", status: "False" },
          { type: "NetworkUnavailable", status: "True" },
        ],
      },
    };
    const taints = defaultNode(node).spec?.taints?.map(({ key, effect }) => `${key?.split("/")[1]}:${effect}`);
    expect(taints).toEqual([
      "disk-pressure:NoSchedule",
      "unreachable:NoSchedule",
      "unreachable:NoExecute",
      "network-unavailable:NoSchedule",
      "unschedulable:NoSchedule",
    ]);
    const notReady = defaultNode({ status: { conditions: [{ type: "Ready", status: "False" }] } });
    expect(notReady.spec?.taints?.[0]).toEqual({ key: "node.kubernetes.io/not-ready", effect: "NoSchedule" });
    expect(defaultNode(defaultNode(node))).toEqual(defaultNode(node));
  });
});

test("a namespace carries its name as a label", () => {
  expect(defaultNamespace({ metadata: { name: "team", labels: { a: "b" } } }).metadata?.labels).toEqual({
    a: "b",
    "kubernetes.io/metadata.name": "team",
  });
});

test("defaults applied twice are defaults applied once, and the given pod stays as it is", () => {
  console.log(`seed ${SEED}`);
  const random = randomOf(SEED);
  const { incoming, pods } = rawManifests(random, 150);
  const plain = Array.from({ length: 150 }, (_, index) => rawPod(random, index));
  for (const raw of [...plain, ...incoming, ...pods]) {
    const before = structuredClone(raw);
    const once = defaultPod(raw, CONTEXT);
    expect(raw).toEqual(before);
    expect(defaultPod(once, CONTEXT)).toEqual(once);
    expect(defaultedFields(once, CONTEXT)).toEqual([]);
  }
});

describe("what defaulting did to a pod", () => {
  test("is told field by field, each under what did it first", () => {
    const raw = pod(
      {
        runtimeClassName: "kata",
        priorityClassName: "high",
        containers: [{ name: "a", resources: { limits: { cpu: "1.0001" } } }],
        tolerations: [{ key: "node.kubernetes.io/not-ready", operator: "Exists" }],
        topologySpreadConstraints: [{ labelSelector: {}, matchLabelKeys: ["app"] }],
      },
      { name: "p", namespace: "team", labels: { app: "web" } },
    );
    const unreachable = { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute" };
    const folded = { key: "app", operator: "In", values: ["web"] };
    expect(sorted(defaultedFields(raw, CONTEXT))).toEqual(
      sorted([
        { by: "defaults", path: "spec.containers[0].resources.limits.cpu", value: "1001m", was: "1.0001" },
        { by: "defaults", path: "spec.containers[0].resources.requests.cpu", value: "1001m" },
        { by: "defaults", path: "spec.schedulerName", value: "default-scheduler" },
        { by: "defaults", path: "spec.restartPolicy", value: "Always" },
        { by: "LimitRanger", path: "spec.containers[0].resources.limits.memory", value: "1Gi" },
        { by: "LimitRanger", path: "spec.containers[0].resources.requests.memory", value: "1Gi" },
        { by: "LimitRanger", path: 'spec.containers[0].resources.requests["example.com/gpu"]', value: "1" },
        { by: "Priority", path: "spec.priority", value: 1000 },
        { by: "Priority", path: "spec.preemptionPolicy", value: "Never" },
        {
          by: "DefaultTolerationSeconds",
          path: "spec.tolerations[1]",
          value: { ...unreachable, tolerationSeconds: 300 },
        },
        { by: "RuntimeClass", path: "spec.overhead.cpu", value: "250m" },
        { by: "RuntimeClass", path: "spec.overhead.memory", value: "120Mi" },
        { by: "RuntimeClass", path: "spec.nodeSelector.runtime", value: "kata" },
        { by: "RuntimeClass", path: "spec.tolerations[2]", value: { key: "kata", operator: "Exists" } },
        {
          by: "matchLabelKeys",
          path: "spec.topologySpreadConstraints[0].labelSelector.matchExpressions[0]",
          value: folded,
        },
      ]),
    );
  });

  test("comes to the same as comparing the defaulted pod with the raw one", () => {
    console.log(`seed ${SEED}-fields`);
    for (const raw of rawManifests(randomOf(`${SEED}-fields`), 100).incoming) {
      const told = defaultedFields(raw, CONTEXT).map(({ path, value }) => ({ path, value }));
      const seen = changesOf(raw, defaultPod(raw, CONTEXT)).map(({ path, value }) => ({ path, value }));
      expect(sorted(told)).toEqual(sorted(seen));
    }
  });

  test("keeps what had been written beside what it became, and admission has no part in placed pods", () => {
    const fields = defaultedFields(pod({ overhead: { cpu: "1u" }, nodeName: "n", priority: 1 }));
    expect(fields).toContainEqual({ by: "defaults", path: "spec.overhead.cpu", value: "1m", was: "1u" });
    expect(fields.map(({ by }) => by)).not.toContain("DefaultTolerationSeconds");
  });
});

function sorted<T extends { readonly path: string }>(fields: readonly T[]): T[] {
  return fields.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
