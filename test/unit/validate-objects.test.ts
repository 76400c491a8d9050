// Method: each kind once as clients have it, with no issue, and once with every mistake that its fields allow, whose
// complete list of issues is written out.
import { describe, expect, test } from "vitest";
import type { Issue } from "../../src/errors.js";
import type { KubeObject } from "../../src/kube/objects.js";
import { validateObject } from "../../src/kube/validate.js";

function short(object: KubeObject): string[] {
  const issues: Issue[] = [];
  validateObject(object, issues);
  return issues.map(({ code, path }) => `${code} ${path}`).toSorted();
}

const metadata = { name: "x" };
const badSelector = { matchLabels: { a: 1 }, matchExpressions: [{ key: 2, operator: "In", values: "a" }] };
const badSelectorPaths = (at: string): string[] => [
  `wrong-type ${at}.matchExpressions[0].key`,
  `wrong-type ${at}.matchExpressions[0].values`,
  `wrong-type ${at}.matchLabels.a`,
];

const SOUND: readonly KubeObject[] = [
  { apiVersion: "v1", kind: "Service", metadata, spec: { selector: { app: "web" }, ports: [{ port: 80 }] } },
  { apiVersion: "v1", kind: "Service", metadata, spec: { selector: null } },
  {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata,
    spec: { minAvailable: "50%", selector: {} },
    status: { disruptionsAllowed: 0, disruptedPods: { p: "2026-01-01T00:00:00Z", q: new Date(0) } },
  },
  {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { ...metadata, annotations: { empty: null } as unknown as Record<string, string> },
    spec: { capacity: { storage: "10Gi" }, claimRef: null, csi: { driver: "d", volumeHandle: "h", fsType: "ext4" } },
  },
  {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata,
    spec: { accessModes: ["ReadWriteOnce"], storageClassName: "", resources: { requests: { storage: "1.5Ti" } } },
  },
  { apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata, provisioner: "p", allowedTopologies: [{}] },
  {
    apiVersion: "storage.k8s.io/v1",
    kind: "CSINode",
    metadata,
    spec: { drivers: [{ name: "d", nodeID: "n", topologyKeys: null, allocatable: { count: 5 } }] },
  },
  { apiVersion: "storage.k8s.io/v1", kind: "CSIDriver", metadata, spec: { storageCapacity: true } },
  { apiVersion: "storage.k8s.io/v1", kind: "CSIStorageCapacity", metadata, storageClassName: "f", capacity: "1Gi" },
  {
    apiVersion: "storage.k8s.io/v1",
    kind: "VolumeAttachment",
    metadata,
    spec: { attacher: "d", nodeName: "n", source: { persistentVolumeName: "v" } },
  },
];

const BROKEN: readonly (readonly [KubeObject, readonly string[]])[] = [
  [
    { kind: "Service", metadata, spec: { selector: { app: 1, b: null } } },
    ["empty-entry spec.selector.b", "wrong-type spec.selector.app"],
  ],
  [
    {
      kind: "PodDisruptionBudget",
      metadata,
      spec: { selector: badSelector },
      status: { disruptionsAllowed: -1, disruptedPods: { p: "yesterday", q: 1 } },
    },
    [
      "bad-time status.disruptedPods.p",
      "out-of-range status.disruptionsAllowed",
      ...badSelectorPaths("spec.selector"),
      "wrong-type status.disruptedPods.q",
    ],
  ],
  [
    {
      kind: "PersistentVolume",
      metadata: { ...metadata, annotations: { a: 1 } as unknown as Record<string, string> },
      spec: {
        capacity: { storage: "8Ei", other: "-1" },
        accessModes: "ReadWriteOnce",
        claimRef: { name: 1 },
        nodeAffinity: { required: { nodeSelectorTerms: {} } },
        csi: "d",
        gcePersistentDisk: { pdName: 1 },
      },
      status: { phase: 1 },
    },
    [
      "bad-quantity spec.capacity.other",
      "bad-quantity spec.capacity.storage",
      "wrong-type metadata.annotations.a",
      "wrong-type spec.accessModes",
      "wrong-type spec.claimRef.name",
      "wrong-type spec.csi",
      "wrong-type spec.gcePersistentDisk.pdName",
      "wrong-type spec.nodeAffinity.required.nodeSelectorTerms",
      "wrong-type status.phase",
    ],
  ],
  [
    {
      kind: "PersistentVolumeClaim",
      metadata,
      spec: { resources: { requests: { storage: "1Zi" } }, selector: badSelector, volumeName: 1, storageClassName: 2 },
    },
    [
      "bad-quantity spec.resources.requests.storage",
      ...badSelectorPaths("spec.selector"),
      "wrong-type spec.storageClassName",
      "wrong-type spec.volumeName",
    ],
  ],
  [{ kind: "PersistentVolumeClaim", metadata }, ["missing-field "]],
  [
    {
      kind: "StorageClass",
      metadata,
      provisioner: 1,
      allowedTopologies: [{ matchLabelExpressions: [{ key: "zone", values: "a" }] }, null],
    },
    [
      "empty-entry allowedTopologies[1]",
      "wrong-type allowedTopologies[0].matchLabelExpressions[0].values",
      "wrong-type provisioner",
    ],
  ],
  [
    { kind: "CSINode", metadata, spec: { drivers: [{ allocatable: { count: -1 } }] } },
    ["missing-field spec.drivers[0]", "out-of-range spec.drivers[0].allocatable.count"],
  ],
  [{ kind: "CSIDriver", metadata, spec: { storageCapacity: "yes" } }, ["wrong-type spec.storageCapacity"]],
  [
    { kind: "CSIStorageCapacity", metadata, nodeTopology: badSelector, capacity: "x", maximumVolumeSize: {} },
    ["bad-quantity capacity", "wrong-type maximumVolumeSize", ...badSelectorPaths("nodeTopology")],
  ],
  [
    { kind: "VolumeAttachment", metadata, spec: { attacher: 1, source: { persistentVolumeName: 2 } } },
    ["wrong-type spec.attacher", "wrong-type spec.source.persistentVolumeName"],
  ],
];

describe("objects that plugins look at", () => {
  test.each(SOUND)("a sound $kind has no issue", (object) => {
    expect(short(object)).toEqual([]);
  });

  test.each(BROKEN)("every mistake is found at once, each with its path: %o", (object, expected) => {
    expect(short(object)).toEqual(expected.toSorted());
  });

  test("without a name are refused", () => {
    for (const kind of ["Service", "PersistentVolume", "CSINode"]) {
      expect(short({ kind, metadata: {}, spec: {} })).toEqual(["missing-field metadata"]);
    }
  });

  test("that ask for what upstream refuses in its own words are no mistakes here", () => {
    const selector = { matchExpressions: [{ key: "!", operator: "Like", values: [] }] };
    expect(short({ kind: "PodDisruptionBudget", metadata, spec: { selector } })).toEqual([]);
    expect(short({ kind: "PersistentVolumeClaim", metadata, spec: { selector, accessModes: ["Often"] } })).toEqual([]);
    expect(short({ kind: "StorageClass", metadata, volumeBindingMode: "Later" })).toEqual([]);
  });
});

describe("volumes", () => {
  const pod = (volumes: unknown, status: object = {}): KubeObject => ({
    kind: "Pod",
    metadata,
    spec: { containers: [{ name: "c" }], volumes },
    status,
  });

  test("of a pod have the sources that plugins read checked, and no others", () => {
    expect(
      short(
        pod([
          { name: "a", configMap: 1 },
          { name: "b", persistentVolumeClaim: { claimName: "c" } },
        ]),
      ),
    ).toEqual([]);
    const volumes = [
      { persistentVolumeClaim: { claimName: 1 } },
      { ephemeral: { volumeClaimTemplate: { spec: { resources: { requests: { storage: "x" } } } } } },
      { ephemeral: { volumeClaimTemplate: {} } },
      { rbd: { monitors: "m" }, iscsi: { lun: -1 } },
      { image: { reference: 1 }, awsElasticBlockStore: { readOnly: "no" } },
    ];
    expect(short(pod(volumes))).toEqual([
      "bad-quantity spec.volumes[1].ephemeral.volumeClaimTemplate.spec.resources.requests.storage",
      "missing-field spec.volumes[2].ephemeral.volumeClaimTemplate",
      "out-of-range spec.volumes[3].iscsi.lun",
      "wrong-type spec.volumes[0].persistentVolumeClaim.claimName",
      "wrong-type spec.volumes[3].rbd.monitors",
      "wrong-type spec.volumes[4].awsElasticBlockStore.readOnly",
      "wrong-type spec.volumes[4].image.reference",
    ]);
  });

  test("of a StatefulSet's templates are checked as claims are", () => {
    const template = { spec: { containers: [{ name: "c" }] } };
    const volumeClaimTemplates = [{ metadata: { name: 1 }, spec: { accessModes: 1 } }, {}];
    expect(short({ kind: "StatefulSet", metadata, spec: { template, volumeClaimTemplates } })).toEqual([
      "missing-field spec.volumeClaimTemplates[1]",
      "wrong-type spec.volumeClaimTemplates[0].metadata.name",
      "wrong-type spec.volumeClaimTemplates[0].spec.accessModes",
    ]);
  });

  test("aside, a pod's start is a time, as text or as the Date of a client", () => {
    expect(short(pod([], { startTime: "2026-01-02T03:04:05Z" }))).toEqual([]);
    expect(short(pod([], { startTime: new Date(0) }))).toEqual([]);
    expect(short(pod([], { startTime: "soon" }))).toEqual(["bad-time status.startTime"]);
  });
});
