/**
 * Method: workloads of a few pods are expanded and the objects between them and their pods are read off: ReplicaSets as
 * the Deployment controller of k8s 1.36 names and labels them, claims as the controllers of StatefulSets and of ephemeral
 * volumes do.
 */

import { describe, expect, test } from "vitest";
import type { KubeObject, ObjectMeta, Pod, StringMap } from "../../src/kube/objects.js";
import { expandWorkloads, sortObjects } from "../../src/kube/workloads.js";

const TEMPLATE = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "c" }] } };

function object(kind: string, metadata: ObjectMeta, rest: object = {}): KubeObject {
  const apiVersion = ["Pod", "PersistentVolumeClaim", "ReplicationController", "Service"].includes(kind)
    ? "v1"
    : "apps/v1";
  return { apiVersion, kind, metadata, ...rest };
}

function deployment(spec: object = {}): KubeObject {
  const selector = { matchLabels: { app: "web" } };
  return object("Deployment", { name: "web", uid: "d-uid" }, { spec: { selector, template: TEMPLATE, ...spec } });
}

function replicaSet(hash: string, replicas: number, revision: string): KubeObject {
  const labels = { app: "web", "pod-template-hash": hash };
  return object(
    "ReplicaSet",
    {
      name: `web-${hash}`,
      uid: `rs-${hash}`,
      labels,
      annotations: { "deployment.kubernetes.io/revision": revision },
      ownerReferences: [{ apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: "d-uid", controller: true }],
    },
    { spec: { replicas, selector: { matchLabels: labels }, template: { ...TEMPLATE, metadata: { labels } } } },
  );
}

function podOf(name: string, hash: string, spec: object = {}): KubeObject {
  const labels = { app: "web", "pod-template-hash": hash };
  const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: `web-${hash}`, uid: `rs-${hash}`, controller: true };
  return object("Pod", { name, labels, ownerReferences: [owner] }, { spec: { containers: [{ name: "c" }], ...spec } });
}

interface ReadReplicaSet {
  readonly metadata?: ObjectMeta;
  readonly spec: { readonly replicas: number; readonly selector: { readonly matchLabels: StringMap } };
}

function replicaSetsOf(objects: readonly KubeObject[]): ReadReplicaSet[] {
  return expandWorkloads(objects).objects.filter(({ kind }) => kind === "ReplicaSet") as unknown as ReadReplicaSet[];
}

/** "owner/hash" of each pod. */
function ties(pods: readonly Pod[]): string[] {
  return pods.map(({ metadata }) => {
    const owner = metadata?.ownerReferences?.[0];
    return `${owner?.kind} ${owner?.name} ${metadata?.labels?.["pod-template-hash"]}`;
  });
}

describe("the ReplicaSet of a Deployment", () => {
  test("is made with its pods: theirs by reference, by label and by selector", () => {
    const { pods, objects } = expandWorkloads([deployment({ replicas: 2 })]);
    const [made] = objects as unknown as ReadReplicaSet[];
    const hash = made?.metadata?.labels?.["pod-template-hash"] ?? "";
    expect(hash).toMatch(/^[0-9a-f]{8}$/);
    expect(made).toMatchObject({
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      metadata: {
        name: `web-${hash}`,
        namespace: "default",
        ownerReferences: [{ apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: "d-uid", controller: true }],
      },
      spec: { replicas: 2, selector: { matchLabels: { app: "web", "pod-template-hash": hash } } },
    });
    expect(ties(pods)).toEqual(Array(2).fill(`ReplicaSet web-${hash} ${hash}`));
    expect(pods[0]?.metadata?.ownerReferences?.[0]).toMatchObject({ apiVersion: "apps/v1", controller: true });
    expect(pods.map(({ metadata }) => metadata?.name)).toEqual(["web-1", "web-2"]);
  });

  test("has a name that hangs on the template and on nothing else", () => {
    const nameOf = (spec: object) => replicaSetsOf([deployment(spec)])[0]?.metadata?.name;
    expect(nameOf({ replicas: 5 })).toBe(nameOf({}));
    expect(nameOf({ template: { ...TEMPLATE, spec: { containers: [{ name: "d" }] } } })).not.toBe(nameOf({}));
  });

  test("selects by the template's labels where the Deployment has no selector", () => {
    const [made] = replicaSetsOf([deployment({ selector: undefined })]);
    expect(made?.spec.selector.matchLabels).toMatchObject({ app: "web" });
  });

  test("of the input with the highest revision gets the pods that are still to be made", () => {
    const input = [
      deployment({ replicas: 2 }),
      replicaSet("old", 0, "9"),
      replicaSet("new", 2, "10"),
      podOf("p", "new"),
    ];
    const { pods, objects } = expandWorkloads(input);
    expect(ties(pods)).toEqual(["ReplicaSet web-new new", "ReplicaSet web-new new"]);
    expect(pods[1]?.metadata?.ownerReferences?.[0]?.uid).toBe("rs-new");
    expect(objects).toEqual([input[1], input[2]]);
  });

  test("that pods refer to and a dump lacks is stood in for, under its own name", () => {
    const input = [deployment({ replicas: 2 }), podOf("p", "7d9f")];
    const { pods } = expandWorkloads(input);
    expect(ties(pods)).toEqual(["ReplicaSet web-7d9f 7d9f", "ReplicaSet web-7d9f 7d9f"]);
    const [stand, ...others] = replicaSetsOf(input);
    expect([stand?.metadata?.name, stand?.spec.replicas, others.length]).toEqual(["web-7d9f", 2, 0]);
    expect(stand?.spec.selector.matchLabels).toEqual({ app: "web", "pod-template-hash": "7d9f" });
  });

  test("asks for the pods that it has, so that expanding once more makes none", () => {
    const input = [deployment({ replicas: 1 }), replicaSet("new", 3, "1"), podOf("p", "new")];
    const once = expandWorkloads(input);
    expect(replicaSetsOf(input).map(({ spec }) => spec.replicas)).toEqual([1]);
    const again = expandWorkloads([...once.objects, ...(once.pods as readonly unknown[] as readonly KubeObject[])]);
    expect(again.pods).toEqual(once.pods);
    expect(input[1]).toMatchObject({ spec: { replicas: 3 } });
  });
});

describe("a paused Deployment", () => {
  test("makes nothing before it has a ReplicaSet, and is named", () => {
    const { pods, objects, notExpanded } = expandWorkloads([deployment({ replicas: 2, paused: true })]);
    expect([pods, objects]).toEqual([[], []]);
    expect(notExpanded).toEqual([
      { kind: "Deployment", group: "apps", count: 1, reason: "paused before it had a ReplicaSet", makesPods: true },
    ]);
  });

  test("scales the ReplicaSet that it has, whose template is not yet the Deployment's", () => {
    const changed = { ...TEMPLATE, spec: { containers: [{ name: "changed" }] } };
    const made = (paused: boolean) =>
      expandWorkloads([deployment({ paused, template: changed }), replicaSet("new", 1, "1")]).pods[0]?.spec;
    expect(made(true)).toEqual(TEMPLATE.spec);
    expect(made(false)).toEqual(changed.spec);
  });

  test("goes on with the pods that it has where the ReplicaSet is not in the input", () => {
    const input = [deployment({ replicas: 2, paused: true }), podOf("p", "7d9f")];
    expect(ties(expandWorkloads(input).pods)).toEqual(["ReplicaSet web-7d9f 7d9f", "ReplicaSet web-7d9f 7d9f"]);
  });
});

test("pods refer to their controllers in the version in which controllers do, whatever the manifest says", () => {
  const made = (kind: string, apiVersion: string | undefined) => {
    const { apiVersion: _, ...rest } = object(kind, { name: "web" }, { spec: { template: TEMPLATE } });
    const [pod] = expandWorkloads([{ ...rest, ...(apiVersion === undefined ? {} : { apiVersion }) }]).pods;
    return pod?.metadata?.ownerReferences?.map((owner) => `${owner.apiVersion} ${owner.kind} ${owner.name}`);
  };
  expect(made("ReplicaSet", "extensions/v1beta1")).toEqual(["apps/v1 ReplicaSet web"]);
  expect(made("StatefulSet", undefined)).toEqual(["apps/v1 StatefulSet web"]);
  expect(made("ReplicationController", undefined)).toEqual(["v1 ReplicationController web"]);
});

const CLAIM_SPEC = { storageClassName: "fast", resources: { requests: { storage: "1Gi" } } };

function statefulSet(spec: object = {}): KubeObject {
  const volumeClaimTemplates = [
    { metadata: { name: "data", labels: { tier: "db" }, annotations: { note: "x" } }, spec: CLAIM_SPEC },
    { metadata: { name: "log" }, spec: CLAIM_SPEC },
  ];
  const volumes = [{ name: "data", emptyDir: {} }, { name: "conf" }];
  const template = { ...TEMPLATE, spec: { ...TEMPLATE.spec, volumes } };
  const selector = { matchLabels: { app: "web" } };
  return object(
    "StatefulSet",
    { name: "db" },
    { spec: { replicas: 2, selector, template, volumeClaimTemplates, ...spec } },
  );
}

function claimNames(objects: readonly KubeObject[]): string[] {
  const claims = expandWorkloads(objects).objects.filter(({ kind }) => kind === "PersistentVolumeClaim");
  return claims.map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`);
}

describe("claims of a StatefulSet", () => {
  test("are made for each ordinal and used by its pod in place of a volume of that name", () => {
    const { pods, objects, assumed } = expandWorkloads([statefulSet()]);
    expect(claimNames([statefulSet()])).toEqual([
      "default/data-db-0",
      "default/log-db-0",
      "default/data-db-1",
      "default/log-db-1",
    ]);
    expect(objects[1]).toEqual({
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: {
        name: "data-db-0",
        namespace: "default",
        labels: { tier: "db", app: "web" },
        annotations: { note: "x" },
      },
      spec: CLAIM_SPEC,
      status: { phase: "Pending" },
    });
    expect(pods[1]?.spec?.volumes).toEqual([
      { name: "data", persistentVolumeClaim: { claimName: "data-db-1" } },
      { name: "log", persistentVolumeClaim: { claimName: "log-db-1" } },
      { name: "conf" },
    ]);
    expect(assumed).toEqual([
      { kind: "PersistentVolumeClaim", count: 4, reason: "for the volumeClaimTemplates of StatefulSets" },
    ]);
  });

  test("that are there are left as they are, and none are made for pods that have a node", () => {
    const there = object("PersistentVolumeClaim", { name: "data-db-1" }, { spec: { volumeName: "pv" } });
    const running = object(
      "Pod",
      { name: "db-0", ownerReferences: [{ kind: "StatefulSet", name: "db", controller: true }] },
      { spec: { nodeName: "n", volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data-db-0" } }] } },
    );
    expect(claimNames([statefulSet(), running, there])).toEqual(["undefined/data-db-1", "default/log-db-1"]);
  });

  test("are made for a pod of a dump that still waits", () => {
    const waiting = object(
      "Pod",
      { name: "db-0", ownerReferences: [{ kind: "StatefulSet", name: "db", controller: true }] },
      { spec: { volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data-db-0" } }] } },
    );
    expect(claimNames([statefulSet({ replicas: 1 }), waiting])).toEqual(["default/data-db-0", "default/log-db-0"]);
  });
});

test("an ephemeral volume gets a claim that its pod owns, by uid where it has one", () => {
  const volumes = [
    { name: "tmp", ephemeral: { volumeClaimTemplate: { metadata: { labels: { a: "b" } }, spec: CLAIM_SPEC } } },
  ];
  const bare = object("Pod", { name: "one", namespace: "shop", uid: "u-1" }, { spec: { containers: [], volumes } });
  const template = { ...TEMPLATE, spec: { ...TEMPLATE.spec, volumes } };
  const { pods, objects, assumed } = expandWorkloads([bare, deployment({ template })]);
  const claims = objects.filter(({ kind }) => kind === "PersistentVolumeClaim");
  expect(claims.map(({ metadata }) => metadata)).toEqual([
    {
      name: "one-tmp",
      namespace: "shop",
      labels: { a: "b" },
      ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "one", uid: "u-1", controller: true }],
    },
    expect.objectContaining({
      name: "web-1-tmp",
      ownerReferences: [expect.objectContaining({ kind: "Pod", name: "web-1", uid: pods[1]?.metadata?.uid })],
    }),
  ]);
  expect(assumed).toEqual([{ kind: "PersistentVolumeClaim", count: 2, reason: "for ephemeral volumes of pods" }]);
  expect(claimNames([object("Pod", bare.metadata!, { spec: { nodeName: "n", volumes } })])).toEqual([]);
});

describe("objects that plugins look at", () => {
  test("are kept in the order of the input, workloads among them, Deployments not", () => {
    const input = [
      object("StatefulSet", { name: "s" }, { spec: { replicas: 0, template: TEMPLATE } }),
      object("Service", { name: "a" }),
      object("ReplicationController", { name: "r" }, { spec: { replicas: 0, template: TEMPLATE } }),
      object("PersistentVolumeClaim", { name: "c" }, { spec: {} }),
      object("ReplicaSet", { generateName: "rs-" }, { spec: { replicas: 0, template: TEMPLATE } }),
      object("DaemonSet", { name: "d" }, { spec: { template: TEMPLATE } }),
    ];
    const { objects, others } = expandWorkloads(input);
    expect(objects.map(({ kind, metadata }) => `${kind} ${metadata?.name}`)).toEqual([
      "StatefulSet s",
      "Service a",
      "ReplicationController r",
      "PersistentVolumeClaim c",
      "ReplicaSet rs",
    ]);
    expect(others).toEqual([]);
  });

  test("are sorted and nothing is made of them where that was done before", () => {
    const { pods, objects } = sortObjects([statefulSet(), deployment()]);
    expect([pods.length, objects.length]).toEqual([0, 1]);
  });
});
