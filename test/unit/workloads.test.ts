// Method: small inputs whose pods a reader can count by hand; a DaemonSet's tolerations and nodes are the controller's,
// read off k8s 1.36 pkg/controller/daemon.
import { describe, expect, test } from "vitest";
import type { KubeObject, Pod } from "../../src/kube/objects.js";
import { expandWorkloads } from "../../src/kube/workloads.js";

const GROUPS: Readonly<Record<string, string>> = {
  Deployment: "apps/v1",
  ReplicaSet: "apps/v1",
  StatefulSet: "apps/v1",
  DaemonSet: "apps/v1",
  Job: "batch/v1",
  CronJob: "batch/v1",
  HorizontalPodAutoscaler: "autoscaling/v2",
};

function object(kind: string, name: string, spec: object = {}, rest: object = {}, metadata: object = {}): KubeObject {
  return { apiVersion: GROUPS[kind] ?? "v1", kind, metadata: { name, ...metadata }, spec, ...rest };
}

function workload(kind: string, name: string, spec: object = {}, metadata: object = {}): KubeObject {
  const template = { metadata: { labels: { app: name } }, spec: { containers: [{ name: "c" }] } };
  return object(kind, name, { template, ...spec }, {}, metadata);
}

function owned(
  kind: string,
  name: string,
  owner: { kind: string; name: string; uid?: string },
  rest: object = {},
): KubeObject {
  return object(kind, name, { containers: [] }, rest, { ownerReferences: [{ ...owner, controller: true }] });
}

function names(objects: readonly KubeObject[]): string[] {
  return expandWorkloads(objects).pods.map((pod) => pod.metadata?.name ?? "");
}

describe("replicas", () => {
  test("make so many pods, one when nothing is said, none when it is 0", () => {
    for (const kind of ["Deployment", "ReplicaSet", "ReplicationController"]) {
      expect(names([workload(kind, "web", { replicas: 3 })])).toEqual(["web-1", "web-2", "web-3"]);
      expect(names([workload(kind, "web")])).toEqual(["web-1"]);
      expect(names([workload(kind, "web", { replicas: 0 })])).toEqual([]);
    }
  });

  test("carry the template, the namespace, an owner and an identity", () => {
    const [pod] = expandWorkloads([workload("ReplicaSet", "web", {}, { namespace: "shop", uid: "u1" })]).pods;
    expect(pod).toEqual({
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name: "web-1",
        namespace: "shop",
        uid: "pod-shop-web-1",
        labels: { app: "web" },
        ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", uid: "u1", controller: true }],
      },
      spec: { containers: [{ name: "c" }] },
    });
  });

  test("step around names that are taken", () => {
    expect(names([object("Pod", "web-1"), workload("Deployment", "web", { replicas: 2 })])).toEqual([
      "web-1",
      "web-2",
      "web-3",
    ]);
    const both = [workload("Deployment", "web", { replicas: 2 }), workload("StatefulSet", "web", { replicas: 2 })];
    expect(names(both)).toEqual(["web-2", "web-3", "web-0", "web-1"]);
  });

  test("beyond all reason are a problem and make no pods", () => {
    const { pods, issues } = expandWorkloads([workload("Deployment", "web", { replicas: 2 ** 31 - 1 })]);
    expect(pods).toEqual([]);
    expect(issues.map(({ issue }) => [issue.code, issue.object])).toEqual([
      ["too-many-pods", "Deployment default/web"],
    ]);
  });
});

describe("what is there already", () => {
  const deployment = workload("Deployment", "web", { replicas: 3 });
  const replicaSet = object(
    "ReplicaSet",
    "web-7d9f",
    { replicas: 3 },
    {},
    {
      uid: "rs-uid",
      ownerReferences: [{ kind: "Deployment", name: "web", controller: true }],
    },
  );

  test("counts: two pods of a Deployment of three leave one to make, through its ReplicaSet", () => {
    const pods = ["a", "b"].map((name) => owned("Pod", name, { kind: "ReplicaSet", name: "web-7d9f", uid: "rs-uid" }));
    expect(names([deployment, replicaSet, ...pods])).toEqual(["a", "b", "web-1"]);
  });

  test("counts when the ReplicaSet is not in the dump, by the hash in its name", () => {
    const pod = object(
      "Pod",
      "a",
      {},
      {},
      {
        labels: { "pod-template-hash": "7d9f" },
        ownerReferences: [{ kind: "ReplicaSet", name: "web-7d9f", controller: true }],
      },
    );
    expect(names([deployment, pod])).toEqual(["a", "web-1", "web-2"]);
  });

  test("counts by kind and name where there is no uid, in the same namespace only", () => {
    const owner = { kind: "StatefulSet", name: "db" };
    const set = workload("StatefulSet", "db", { replicas: 3 });
    expect(names([set, owned("Pod", "db-0", owner), owned("Pod", "db-2", owner)])).toEqual(["db-0", "db-2", "db-1"]);
    const elsewhere = { ...set, metadata: { name: "db", namespace: "other" } };
    expect(names([elsewhere, owned("Pod", "db-0", owner)])).toEqual(["db-0", "db-0", "db-1", "db-2"]);
  });

  test("does not count when it is finished or being deleted", () => {
    const owner = { kind: "ReplicaSet", name: "web-7d9f" };
    const pods = [
      owned("Pod", "done", owner, { status: { phase: "Succeeded" } }),
      owned("Pod", "failed", owner, { status: { phase: "Failed" } }),
      object("Pod", "going", {}, {}, { deletionTimestamp: "2026-01-01T00:00:00Z", ownerReferences: [owner] }),
    ];
    expect(names([deployment, replicaSet, ...pods])).toEqual(["done", "failed", "going", "web-1", "web-2", "web-3"]);
  });

  test("is never counted twice: a ReplicaSet and a Job with an owner in the input make nothing", () => {
    const job = workload("Job", "nightly-28000000", {}, { ownerReferences: [{ kind: "CronJob", name: "nightly" }] });
    const cron = object("CronJob", "nightly", { jobTemplate: { spec: { template: { spec: {} } } } });
    expect(names([deployment, replicaSet, cron, job])).toEqual(["web-1", "web-2", "web-3", "nightly-1"]);
    const pod = owned("Pod", "x", { kind: "Job", name: "nightly-28000000" });
    expect(names([cron, pod])).toEqual(["x"]);
  });

  test("does not hang on owners that own each other", () => {
    const a = workload("ReplicaSet", "a", {}, { ownerReferences: [{ kind: "ReplicaSet", name: "b" }] });
    const b = workload("ReplicaSet", "b", {}, { ownerReferences: [{ kind: "ReplicaSet", name: "a" }] });
    expect(names([a, b])).toEqual([]);
  });
});

describe("a StatefulSet", () => {
  test("names its pods by ordinal, from where it starts", () => {
    expect(names([workload("StatefulSet", "db", { replicas: 2 })])).toEqual(["db-0", "db-1"]);
    expect(names([workload("StatefulSet", "db", { replicas: 2, ordinals: { start: 5 } })])).toEqual(["db-5", "db-6"]);
    const [pod] = expandWorkloads([workload("StatefulSet", "db")]).pods;
    expect(pod?.metadata?.labels).toEqual({
      app: "db",
      "statefulset.kubernetes.io/pod-name": "db-0",
      "apps.kubernetes.io/pod-index": "0",
    });
  });

  test("warns of a name that belongs to something else", () => {
    const { pods, issues } = expandWorkloads([object("Pod", "db-0"), workload("StatefulSet", "db", { replicas: 2 })]);
    expect(pods.map(({ metadata }) => metadata?.name)).toEqual(["db-0", "db-1"]);
    expect(issues.map(({ issue }) => issue.code)).toEqual(["name-taken"]);
  });
});

describe("a DaemonSet", () => {
  const node = (name: string, labels: object = {}, taints: object[] = [], rest: object = {}) =>
    object("Node", name, { taints, ...rest }, {}, { labels });
  const placed = (pod: Pod) =>
    pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms?.[0]
      ?.matchFields?.[0]?.values?.[0];

  test("has one pod a node it matches, bound to it by name, with the tolerations its controller adds", () => {
    const nodes = [
      node("plain"),
      node("tainted", {}, [{ key: "gpu", effect: "NoSchedule" }]),
      node("evicting", {}, [{ key: "x", effect: "NoExecute" }]),
      node("soft", {}, [{ key: "x", effect: "PreferNoSchedule" }]),
      node("cordoned", {}, [], { unschedulable: true }),
    ];
    const { pods } = expandWorkloads([workload("DaemonSet", "agent"), ...nodes]);
    expect(pods.map((pod) => [pod.metadata?.name, placed(pod)])).toEqual([
      ["agent-1", "plain"],
      ["agent-2", "soft"],
      ["agent-3", "cordoned"],
    ]);
    expect(pods[0]?.spec?.tolerations?.map(({ key, effect }) => `${key}:${effect}`)).toEqual([
      "node.kubernetes.io/not-ready:NoExecute",
      "node.kubernetes.io/unreachable:NoExecute",
      "node.kubernetes.io/disk-pressure:NoSchedule",
      "node.kubernetes.io/memory-pressure:NoSchedule",
      "node.kubernetes.io/pid-pressure:NoSchedule",
      "node.kubernetes.io/unschedulable:NoSchedule",
    ]);
  });

  test("looks at node selector, required affinity and conditions", () => {
    const condition = [{ type: "NetworkUnavailable", status: "True" }];
    const nodes = [
      node("a", { os: "linux", zone: "1" }),
      node("b", { os: "linux", zone: "2" }),
      node("c", { os: "windows", zone: "1" }),
      { ...node("d", { os: "linux", zone: "1" }), status: { conditions: condition } },
    ];
    const terms = [{ matchExpressions: [{ key: "zone", operator: "In", values: ["1"] }] }];
    const spec = {
      nodeSelector: { os: "linux" },
      affinity: {
        nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } },
        podAffinity: {},
      },
    };
    const daemon = (extra: object) => workload("DaemonSet", "agent", { template: { spec: { ...spec, ...extra } } });
    expect(expandWorkloads([daemon({}), ...nodes]).pods.map(placed)).toEqual(["a"]);
    expect(expandWorkloads([daemon({ hostNetwork: true }), ...nodes]).pods.map(placed)).toEqual(["a", "d"]);
    expect(expandWorkloads([daemon({}), ...nodes]).pods[0]?.spec?.affinity).toHaveProperty("podAffinity");
  });

  test("makes no second pod where one runs or waits", () => {
    const owner = { ownerReferences: [{ kind: "DaemonSet", name: "agent", controller: true }] };
    const running = object("Pod", "agent-x", { nodeName: "a" }, {}, owner);
    const { pods } = expandWorkloads([node("a"), node("b"), workload("DaemonSet", "agent"), running]);
    expect(pods.map((pod) => [pod.metadata?.name, placed(pod)])).toEqual([
      ["agent-x", undefined],
      ["agent-1", "b"],
    ]);
    const again = expandWorkloads([
      node("a"),
      node("b"),
      workload("DaemonSet", "agent"),
      running,
      pods[1] as KubeObject,
    ]);
    expect(again.pods).toHaveLength(2);
  });

  test("without nodes is named as not expanded", () => {
    const { notExpanded } = expandWorkloads([workload("DaemonSet", "agent")]);
    expect(notExpanded).toEqual([
      { kind: "DaemonSet", group: "apps", count: 1, reason: "one pod a node, and there are no nodes", makesPods: true },
    ]);
  });
});

describe("a Job", () => {
  test("runs as many pods at once as it may and still needs", () => {
    const made = (spec: object, status: object = {}) => names([{ ...workload("Job", "load", spec), status }]).length;
    expect(made({})).toBe(1);
    expect(made({ parallelism: 3 })).toBe(3);
    expect(made({ completions: 5 })).toBe(1);
    expect(made({ parallelism: 3, completions: 2 })).toBe(2);
    expect(made({ parallelism: 3, completions: 5 }, { succeeded: 4 })).toBe(1);
    expect(made({ parallelism: 3 }, { conditions: [{ type: "Complete", status: "True" }] })).toBe(0);
    expect(made({ parallelism: 3 }, { conditions: [{ type: "Failed", status: "True" }] })).toBe(0);
    expect(made({ parallelism: 3 }, { conditions: [{ type: "FailureTarget", status: "True" }] })).toBe(0);
    expect(made({ parallelism: 3 }, { conditions: [{ type: "SuccessCriteriaMet", status: "True" }] })).toBe(0);
    expect(made({ parallelism: 3 }, { conditions: [{ type: "FailureTarget", status: "False" }] })).toBe(3);
  });

  test("that works off a queue makes no more pods once one has succeeded", () => {
    const job = (status: object) => ({ ...workload("Job", "load", { parallelism: 3 }), status });
    const runs = owned("Pod", "runs", { kind: "Job", name: "load" });
    expect(names([job({ succeeded: 0 }), runs])).toEqual(["runs", "load-1", "load-2"]);
    expect(names([job({ succeeded: 1 }), runs])).toEqual(["runs"]);
    expect(names([job({ succeeded: 1 })])).toEqual([]);
  });

  test("counts its own pods, finished ones towards its completions", () => {
    const job = workload("Job", "load", { parallelism: 3, completions: 3 });
    const pods = [
      owned("Pod", "done", { kind: "Job", name: "load" }, { status: { phase: "Succeeded" } }),
      owned("Pod", "runs", { kind: "Job", name: "load" }),
    ];
    expect(names([job, ...pods])).toEqual(["done", "runs", "load-1"]);
  });

  test("that is indexed numbers its pods, with those indexes first that nobody has", () => {
    const index = "batch.kubernetes.io/job-completion-index";
    const indexes = (spec: object, status: object = {}, others: readonly KubeObject[] = []) =>
      expandWorkloads([{ ...workload("Job", "train", { completionMode: "Indexed", ...spec }), status }, ...others])
        .pods.filter(({ metadata }) => metadata?.uid?.startsWith("pod-"))
        .map(({ metadata }) => [metadata?.name, metadata?.labels?.[index]]);
    expect(indexes({ parallelism: 2, completions: 5 })).toEqual([
      ["train-0", "0"],
      ["train-1", "1"],
    ]);
    const status = { succeeded: 3, completedIndexes: "0,2-3", failedIndexes: "1" };
    expect(indexes({ parallelism: 9, completions: 7 }, status)).toEqual([
      ["train-4", "4"],
      ["train-5", "5"],
      ["train-6", "6"],
    ]);
    const labelled = (name: string, more: object) =>
      object("Pod", name, {}, {}, { ownerReferences: [{ kind: "Job", name: "train", controller: true }], ...more });
    const own = [
      labelled("train-0-x7c2p", { labels: { [index]: "0" } }),
      labelled("train-2-k9fzv", { annotations: { [index]: "2" } }),
      object("Pod", "train-1"),
    ];
    expect(indexes({ parallelism: 4, completions: 4 }, {}, own)).toEqual([
      ["train-1-1", "1"],
      ["train-3", "3"],
    ]);
    expect(indexes({ parallelism: 2, completions: 2 ** 31 - 1 }, { completedIndexes: "0-2147483644" })).toEqual([
      ["train-2147483645", "2147483645"],
      ["train-2147483646", "2147483646"],
    ]);
    const [pod] = expandWorkloads([workload("Job", "train", { completionMode: "Indexed", completions: 1 })]).pods;
    expect(pod?.metadata?.labels).toEqual({
      app: "train",
      "job-name": "train",
      "batch.kubernetes.io/job-name": "train",
      [index]: "0",
    });
  });

  test("of a CronJob is planned once; suspended ones are named", () => {
    const jobTemplate = { spec: { parallelism: 2, template: { spec: {} } } };
    expect(names([object("CronJob", "nightly", { jobTemplate })])).toEqual(["nightly-1", "nightly-2"]);
    const { pods, notExpanded } = expandWorkloads([
      object("CronJob", "nightly", { suspend: true, jobTemplate }),
      workload("Job", "load", { suspend: true }),
    ]);
    expect(pods).toEqual([]);
    expect(notExpanded.map(({ kind, reason }) => [kind, reason])).toEqual([
      ["CronJob", "suspended"],
      ["Job", "suspended"],
    ]);
  });
});

test("a workload that is being deleted makes no more pods, and is named", () => {
  const metadata = { deletionTimestamp: "2026-01-01T00:00:00Z" };
  const kinds = ["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "ReplicationController"];
  const { pods, notExpanded } = expandWorkloads([
    object("Node", "a"),
    ...kinds.map((kind) => workload(kind, "web", {}, metadata)),
    owned("Pod", "there", { kind: "ReplicaSet", name: "web" }),
  ]);
  expect(pods.map((pod) => pod.metadata?.name)).toEqual(["there"]);
  expect(notExpanded.map(({ kind }) => kind)).toEqual(kinds);
  expect(notExpanded.every(({ reason }) => reason === "being deleted: makes no more pods")).toBe(true);
});

describe("everything else", () => {
  test("is counted by kind and group, and what makes pods by a controller of its own is told apart", () => {
    const custom = (apiVersion: string, kind: string, name: string): KubeObject => ({
      apiVersion,
      kind,
      metadata: { name },
    });
    const { notExpanded, others } = expandWorkloads([
      object("ConfigMap", "a"),
      object("ConfigMap", "b"),
      object("PodTemplate", "t"),
      custom("monitoring.coreos.com/v1", "Prometheus", "k8s"),
      custom("batch.volcano.sh/v1alpha1", "Job", "train"),
    ]);
    expect(notExpanded.map(({ kind, group, count, makesPods }) => [kind, group, count, makesPods])).toEqual([
      ["ConfigMap", "", 2, false],
      ["PodTemplate", "", 1, false],
      ["Prometheus", "monitoring.coreos.com", 1, true],
      ["Job", "batch.volcano.sh", 1, true],
    ]);
    expect(others).toHaveLength(4);
  });

  test("that scheduling reads is sorted out", () => {
    const kinds = ["Node", "Namespace", "LimitRange"].map((kind) => object(kind, "x"));
    const more = [
      { apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: { name: "x" }, value: 1 },
      { apiVersion: "node.k8s.io/v1", kind: "RuntimeClass", metadata: { name: "x" } },
    ];
    const made = expandWorkloads([...kinds, ...more]);
    for (const list of [made.nodes, made.namespaces, made.limitRanges, made.priorityClasses, made.runtimeClasses]) {
      expect(list).toHaveLength(1);
    }
  });

  test("an autoscaler whose workload has no replicas is a warning there", () => {
    const scaler = object("HorizontalPodAutoscaler", "h", {
      minReplicas: 3,
      scaleTargetRef: { kind: "Deployment", name: "web" },
    });
    const { pods, issues } = expandWorkloads([workload("Deployment", "web"), scaler]);
    expect(pods).toHaveLength(1);
    expect(issues.map(({ issue }) => [issue.severity, issue.object, issue.path])).toEqual([
      ["warning", "Deployment default/web", "spec.replicas"],
    ]);
    expect(expandWorkloads([workload("Deployment", "web", { replicas: 2 }), scaler]).issues).toEqual([]);
  });

  test("a pod with a generated name is called after it", () => {
    const pod: KubeObject = { apiVersion: "v1", kind: "Pod", metadata: { generateName: "run-" }, spec: {} };
    expect(names([pod, { ...pod }])).toEqual(["run-1", "run-2"]);
  });
});
