// Method: single rules by hand-made objects; idempotence over seeded random pods; and the API server's own code (the
// oracle's `default` command, where it is built) over 600 of them, field by field, quantities by exact value.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { newDefaultContext } from "../../src/kube/admission.js";
import { defaultNamespace, defaultNode, defaultPod } from "../../src/kube/defaults.js";
import type { LimitRange, Node, Pod, PriorityClass, RuntimeClass } from "../../src/kube/objects.js";
import { parseQuantity } from "../../src/kube/quantity.js";
import { randomOf } from "../helpers/random.js";
import { rawPod } from "../helpers/raw-pods.js";

const SEED = "defaults-1";
const ORACLE = process.env.STOWAGE_ORACLE ?? join(homedir(), ".cache/kube-oracle/oracle");

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

  test("reads a label without a value as an empty one", () => {
    const labels = JSON.parse('{"app": null, "tier": "x"}') as Record<string, string>;
    expect(defaultPod(pod({ nodeSelector: labels }, { name: "p", labels }))).toMatchObject({
      metadata: { labels: { app: "", tier: "x" } },
      spec: { nodeSelector: { app: "", tier: "x" } },
    });
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
  for (let index = 0; index < 600; index += 1) {
    const raw = rawPod(random, index);
    const variant = random.chance(30) ? { ...raw, spec: { ...raw.spec, nodeName: "n" } } : raw;
    const before = structuredClone(variant);
    const once = defaultPod(variant, CONTEXT);
    expect(variant).toEqual(before);
    expect(defaultPod(once, CONTEXT)).toEqual(once);
  }
});

test.skipIf(!existsSync(ORACLE))("600 random pods and nodes get what the API server's own code gives them", () => {
  const random = randomOf(`${SEED}-oracle`);
  console.log(`seed ${SEED}-oracle`);
  const raws = Array.from({ length: 600 }, (_, index) => rawPod(random, index));
  const nodes: Node[] = raws.map((raw, index) => ({
    metadata: { name: `n${index}` },
    status: { capacity: raw.spec?.overhead ?? {} },
  }));
  const priorityClasses = PRIORITY_CLASSES.filter(({ metadata }) => metadata?.name !== "middle");
  const world = { incoming: raws, nodes, priorityClasses };
  const run = spawnSync(ORACLE, ["default"], { input: JSON.stringify(world), encoding: "utf8", maxBuffer: 2 ** 28 });
  expect(run.status, run.stderr).toBe(0);
  const answer = JSON.parse(run.stdout) as { incoming: Pod[]; nodes: Node[] };
  expect(answer.incoming).toHaveLength(raws.length);
  raws.forEach((raw, index) => {
    expect(comparable(defaultPod(raw, newDefaultContext({ priorityClasses })))).toEqual(
      comparable(answer.incoming[index]!),
    );
  });
  nodes.forEach((node, index) => {
    const theirs = answer.nodes[index]?.status?.allocatable ?? {};
    expect(exact(defaultNode(node).status?.allocatable)).toEqual(exact(theirs));
  });
});

if (!existsSync(ORACLE)) console.log(`skipped: the comparison with the API server's code, since ${ORACLE} is missing`);

/** What both sides speak of: the oracle's command has no limit ranges, runtime classes or default tolerations. */
function comparable({ metadata, spec }: Pod) {
  const containers = (list: NonNullable<Pod["spec"]>["containers"]) =>
    list?.map(({ name, resources, ports, restartPolicy }) => ({
      name,
      restartPolicy,
      requests: exact(resources?.requests),
      limits: exact(resources?.limits),
      ports,
    }));
  return {
    namespace: metadata?.namespace,
    containers: containers(spec?.containers),
    initContainers: containers(spec?.initContainers),
    requests: exact(spec?.resources?.requests),
    limits: exact(spec?.resources?.limits),
    overhead: exact(spec?.overhead),
    priority: spec?.priority ?? 0,
    schedulerName: spec?.schedulerName,
    restartPolicy: spec?.restartPolicy,
    affinity: withoutEmpty(spec?.affinity),
    topologySpreadConstraints: withoutEmpty(spec?.topologySpreadConstraints),
  };
}

/** By resource the exact value; an empty list is as good as none. */
function exact(list: Readonly<Record<string, string | number>> | null | undefined) {
  return Object.fromEntries(
    Object.entries(list ?? {})
      .map(([name, text]) => [name, parseQuantity(text).nano] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** The API server leaves empty lists out. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(withoutEmpty);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, one]) => [key, withoutEmpty(one)] as const);
  const kept = entries.filter(([, one]) => one !== undefined);
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}
