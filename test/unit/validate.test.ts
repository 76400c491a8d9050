// Method: one object with every kind of mistake, whose complete list of issues is written out; then the ranges and the
// things that are not mistakes, one by one.

import { describe, expect, test } from "vitest";
import type { Issue } from "../../src/errors.js";
import type { KubeObject } from "../../src/kube/objects.js";
import { formatPath, parsePath } from "../../src/kube/path.js";
import { validateObject } from "../../src/kube/validate.js";

function issuesOf(object: unknown): Issue[] {
  const issues: Issue[] = [];
  validateObject(object as KubeObject, issues);
  return issues;
}

function short(object: unknown): string[] {
  return issuesOf(object).map(({ code, path }) => `${code} ${path}`);
}

function podWith(spec: object, metadata: object = { name: "p" }): object {
  return { apiVersion: "v1", kind: "Pod", metadata, spec: { containers: [{ name: "c" }], ...spec } };
}

test("every problem of an object is found at once, each with its path", () => {
  const object = podWith(
    {
      containers: [
        {
          name: 1,
          resources: { requests: { cpu: "-1", memory: "1Zi", "nvidia.com/gpu": true }, limits: [] },
          ports: [{ containerPort: 0, hostPort: 70_000 }, "http"],
        },
      ],
      initContainers: { name: "i" },
      nodeSelector: { disk: 1 },
      tolerations: "all",
      hostNetwork: "yes",
      priority: 1.5,
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [{ weight: -1, preference: { matchExpressions: {} } }],
        },
      },
      topologySpreadConstraints: [{ maxSkew: 0 }, null],
    },
    { labels: { "app.kubernetes.io/version": 1.2 } },
  );
  expect(short(object).toSorted()).toEqual(
    [
      'wrong-type metadata.labels["app.kubernetes.io/version"]',
      "out-of-range spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight",
      "wrong-type spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions",
      "wrong-type spec.containers[0].name",
      "bad-quantity spec.containers[0].resources.requests.cpu",
      "bad-quantity spec.containers[0].resources.requests.memory",
      'wrong-type spec.containers[0].resources.requests["nvidia.com/gpu"]',
      "wrong-type spec.containers[0].resources.limits",
      "out-of-range spec.containers[0].ports[0].containerPort",
      "out-of-range spec.containers[0].ports[0].hostPort",
      "wrong-type spec.containers[0].ports[1]",
      "wrong-type spec.hostNetwork",
      "wrong-type spec.initContainers",
      "wrong-type spec.nodeSelector.disk",
      "bad-number spec.priority",
      "wrong-type spec.tolerations",
      "out-of-range spec.topologySpreadConstraints[0].maxSkew",
      "empty-entry spec.topologySpreadConstraints[1]",
      "missing-field metadata",
    ].toSorted(),
  );
  expect(issuesOf(object).every(({ severity }) => severity === "error")).toBe(true);
});

test("messages say what stands there and what should", () => {
  const [issue] = issuesOf(podWith({}, { name: "p", namespace: "shop", labels: { a: 1 } }));
  expect(issue).toEqual({
    code: "wrong-type",
    severity: "error",
    message: "the number 1 where a text should be: put it in quotes",
    path: "metadata.labels.a",
    object: "Pod shop/p",
  });
});

describe("quantities", () => {
  const request = (cpu: unknown) => podWith({ containers: [{ name: "c", resources: { requests: { cpu } } }] });

  test("that cannot be counted are refused", () => {
    const bad = [
      "",
      "1K",
      "1 Gi",
      "0x10",
      "--1",
      "-1m",
      "9007199254740993",
      "1e400",
      Number.NaN,
      Number.POSITIVE_INFINITY,
      1e300,
    ];
    for (const cpu of bad)
      expect(short(request(cpu)), String(cpu)).toEqual(["bad-quantity spec.containers[0].resources.requests.cpu"]);
  });

  test("that Kubernetes accepts are accepted", () => {
    for (const cpu of [0, 2, 0.5, "500m", "1e3", "+1", ".5", "1.", null])
      expect(short(request(cpu)), String(cpu)).toEqual([]);
  });
});

test("a workload is checked through its template, a Node in what it offers", () => {
  const template = { spec: { containers: [{ resources: { limits: { cpu: "x" } } }] } };
  expect(short({ kind: "Deployment", metadata: { name: "d" }, spec: { replicas: "3", template } })).toEqual([
    "wrong-type spec.replicas",
    "bad-quantity spec.template.spec.containers[0].resources.limits.cpu",
  ]);
  expect(
    short({ kind: "CronJob", metadata: { name: "d" }, spec: { jobTemplate: { spec: { parallelism: -1 } } } }),
  ).toEqual(["missing-field spec.jobTemplate.spec", "out-of-range spec.jobTemplate.spec.parallelism"]);
  const node = { metadata: { name: "n" }, spec: { taints: [{ key: 1 }] }, status: { allocatable: { cpu: "4 cores" } } };
  expect(short({ kind: "Node", ...node })).toEqual([
    "wrong-type spec.taints[0].key",
    "bad-quantity status.allocatable.cpu",
  ]);
});

test("what an object cannot be without is missing", () => {
  expect(short({ kind: "Pod" })).toEqual(["missing-field ", "missing-field "]);
  expect(short({ kind: "Pod", metadata: {}, spec: { containers: [{}] } })).toEqual(["missing-field metadata"]);
  expect(short({ kind: "Deployment", metadata: { name: "d" }, spec: {} })).toEqual(["missing-field spec"]);
  expect(issuesOf({ kind: "Pod", metadata: { name: "p" }, spec: {} }).map(({ severity }) => severity)).toEqual([
    "warning",
  ]);
});

test("priority classes of users stay below the built-in ones", () => {
  const priorityClass = (name: string, value: unknown) => ({ kind: "PriorityClass", metadata: { name }, value });
  expect(short(priorityClass("a", 1_000_000_000))).toEqual([]);
  expect(short(priorityClass("a", 1_000_000_001))).toEqual(["out-of-range value"]);
  expect(short(priorityClass("system-node-critical", 2_000_001_000))).toEqual([]);
  expect(short(priorityClass("a", undefined))).toEqual(["missing-field "]);
});

test("unknown fields, odd operators, other kinds and other groups' kinds are no mistakes", () => {
  const toleration = { key: "a", operator: "Sometimes", effect: "Never" };
  expect(short(podWith({ tolerations: [toleration], somethingNew: { deep: [1] } }))).toEqual([]);
  expect(short({ kind: "ConfigMap", data: 5 })).toEqual([]);
  expect(short({ apiVersion: "batch.volcano.sh/v1alpha1", kind: "Job", spec: { tasks: [] } })).toEqual([]);
  expect(short({ kind: "constructor" })).toEqual([]);
});

test("null is as good as nothing, and a label's empty value is left to defaulting", () => {
  expect(
    short(podWith({ tolerations: null, affinity: null, priority: null }, { name: "p", labels: { a: null } })),
  ).toEqual([]);
});

test("paths are read back as they were written", () => {
  const paths = [[], ["a", 0, "b"], ["x.y/z", 1, 2, "0", 'q"]', "__proto__", "\u2028", "a b"], [3, "k"]];
  for (const path of paths) expect(parsePath(formatPath(path))).toEqual(path);
});

test.each([
  [{ requests: { gpu: 1 } }, "requests.gpu", "unknown-resource"],
  [{ limits: { "requests.nvidia.com/gpu": 1 } }, 'limits["requests.nvidia.com/gpu"]', "unknown-resource"],
  [{ requests: { memory: "100m" } }, "requests.memory", "fractional-bytes"],
  [{ requests: { cpu: 1 }, limits: { cpu: "500m" } }, "requests.cpu", "over-limit"],
  [{ requests: { "nvidia.com/gpu": 2 }, limits: { "nvidia.com/gpu": 1 } }, 'requests["nvidia.com/gpu"]', "over-limit"],
])("%j is read, but hardly meant", (resources, path, code) => {
  expect(issuesOf(podWith({ containers: [{ name: "c", resources }] }))).toMatchObject([
    { severity: "warning", code, path: `spec.containers[0].resources.${path}` },
  ]);
});

test("requests and limits as people mean them are nothing to speak of", () => {
  const list = { cpu: "100m", memory: "1.5Gi", "ephemeral-storage": 10, "hugepages-2Mi": "4Mi", "nvidia.com/gpu": 1 };
  for (const resources of [{ requests: list }, { limits: list }, { requests: list, limits: list }, {}]) {
    expect(short(podWith({ containers: [{ name: "c", resources }] }))).toEqual([]);
  }
});
