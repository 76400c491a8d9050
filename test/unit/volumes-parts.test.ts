/**
 * Method: tables of what drivers make of in-tree volumes, by k8s csi-translation-lib 0.36.3; uses of claims are counted
 * through the coming and going of pods and nodes.
 */

import { describe, expect, test } from "vitest";
import { ClaimUses } from "../../src/cluster/claim-uses.js";
import { NO_SLOT } from "../../src/cluster/node-record.js";
import type { NodeSelectorTerm, StringMap, Volume } from "../../src/kube/objects.js";
import { mayAttach } from "../../src/kube/volume-sources.js";
import {
  csiHandleOf,
  csiNodeAffinityOf,
  inTreePluginNamed,
  inTreePluginOf,
} from "../../src/scheduler/volumes/in-tree.js";
import { boundClaim, claimed, csiNode, node, on, pod, VolumeCluster, volume } from "./volumes-world.js";

const ZONE = "topology.kubernetes.io/zone";
const BETA_ZONE = "failure-domain.beta.kubernetes.io/zone";
const BETA_REGION = "failure-domain.beta.kubernetes.io/region";
const CINDER_ZONE = "topology.cinder.csi.openstack.org/zone";

const cinder = { cinder: { volumeID: "c" } };
const gce = { gcePersistentDisk: { pdName: "d" } };

describe("the handle of an in-tree volume", () => {
  test.each<[string, object, StringMap, unknown]>([
    ["a zonal disk", gce, { [ZONE]: "us-a-1" }, "projects/UNSPECIFIED/zones/us-a-1/disks/d"],
    ["a disk by the beta label first", gce, { [ZONE]: "x", [BETA_ZONE]: "y" }, "projects/UNSPECIFIED/zones/y/disks/d"],
    ["a regional disk", gce, { [ZONE]: "us-a-1__us-a-2" }, "projects/UNSPECIFIED/regions/us-a/disks/d"],
    ["a disk anywhere", gce, {}, "projects/UNSPECIFIED/zones/UNSPECIFIED/disks/d"],
    [
      "a disk in odd zones",
      gce,
      { [ZONE]: "us-a-1__b" },
      {
        error: "failed to get region from zones: zone in unexpected format, expected: {locale}-{region}-{zone}, got: b",
      },
    ],
    ["an EBS volume by its name", { awsElasticBlockStore: { volumeID: "vol-1" } }, {}, "vol-1"],
    ["an EBS volume by its address", { awsElasticBlockStore: { volumeID: "aws:///vol-1/" } }, {}, "vol-1"],
    ["a Cinder volume", { cinder: { volumeID: "c" } }, {}, "c"],
    ["a Portworx volume", { portworxVolume: { volumeID: "p" } }, {}, "p"],
    ["an Azure disk", { azureDisk: { diskURI: "/d", kind: "MANAGED" } }, {}, "/d"],
    [
      "an Azure disk of an old kind",
      { azureDisk: { diskURI: "/d", kind: "Shared" } },
      {},
      { error: "kind(Shared) is not supported in csi migration" },
    ],
  ])("of %s", (_, sources, labels, expected) => {
    expect(csiHandleOf(inTreePluginOf(sources)!, sources, labels)).toEqual(expected);
  });

  test("belongs to the plugin that a class may name as its provisioner", () => {
    expect(inTreePluginNamed("kubernetes.io/azure-file")).toMatchObject({ isMigrated: false });
    expect(inTreePluginNamed("csi.example.com")).toBeUndefined();
    expect(inTreePluginOf({ gcePersistentDisk: null })).toBeUndefined();
  });
});

describe("the node affinity of an in-tree volume", () => {
  const within = (key: string, ...values: string[]): NodeSelectorTerm => ({
    matchExpressions: [{ key, operator: "In", values }],
  });

  test.each<[string, StringMap, NodeSelectorTerm[] | undefined, NodeSelectorTerm[] | undefined]>([
    ["names zones by the driver's key", {}, [within(ZONE, "a")], [within(CINDER_ZONE, "a")]],
    [
      "gains the zones of its label, sorted and once",
      { [ZONE]: "b__ a__b" },
      undefined,
      [within(CINDER_ZONE, "a", "b")],
    ],
    [
      "keeps what it has beside them",
      { [ZONE]: "b" },
      [within("disk", "ssd")],
      [
        {
          matchExpressions: [...within("disk", "ssd").matchExpressions!, ...within(CINDER_ZONE, "b").matchExpressions!],
        },
      ],
    ],
    [
      "loses its beta labels",
      {},
      [within(BETA_ZONE, "a"), within(BETA_REGION, "r")],
      [within(CINDER_ZONE, "a"), within("topology.kubernetes.io/region", "r")],
    ],
    ["stays as it is without zones", { [ZONE]: "" }, [within("disk", "ssd")], [within("disk", "ssd")]],
    ["stays away without zones", {}, undefined, undefined],
  ])("%s", (_, labels, terms, expected) => {
    const nodeAffinity = { required: terms === undefined ? null : { nodeSelectorTerms: terms } };
    const affinity = csiNodeAffinityOf(inTreePluginOf(cinder)!, {
      metadata: { labels },
      spec: { ...cinder, nodeAffinity },
    });
    expect(affinity).toEqual({ required: expected === undefined ? undefined : { nodeSelectorTerms: expected } });
  });

  test("stays as it is where the driver knows no zones", () => {
    const required = { nodeSelectorTerms: [within(ZONE, "a")] };
    const spec = { portworxVolume: { volumeID: "p" }, nodeAffinity: { required } };
    expect(csiNodeAffinityOf(inTreePluginOf(spec)!, { spec })).toEqual({ required });
  });
});

describe("uses of claims", () => {
  const record = (name: string, slot: number, namespace = "default") =>
    ({
      pod: pod(name, [claimed("data"), claimed("data")], {}, { namespace }),
      node: { slot },
    }) as unknown as Parameters<ClaimUses["add"]>[0];

  test("end with the last pod, are told apart by namespace, and wait for the pod's node", () => {
    const uses = new ClaimUses(new Map());
    expect(uses.isUsed("default/data")).toBe(false);
    const [one, two, waiting] = [record("one", 0), record("two", 1), record("three", NO_SLOT, "shop")];
    for (const each of [one, two, waiting]) uses.add(each);
    expect([uses.isUsed("default/data"), uses.isUsed("shop/data"), uses.isUsed("default/other")]).toEqual([
      true,
      false,
      false,
    ]);
    waiting.node.slot = 2;
    expect(uses.isUsed("shop/data")).toBe(true);
    uses.remove(one);
    expect(uses.isUsed("default/data")).toBe(true);
    uses.remove(two);
    uses.remove(two);
    expect(uses.isUsed("default/data")).toBe(false);
  });
});

describe("what pods attach to a node", () => {
  test("is asked again when their claims, volumes or classes have changed", () => {
    const cluster = new VolumeCluster({
      nodes: [node("n0")],
      pods: [pod("old", [claimed("old")], { ...on("n0"), nodeName: "n0" })],
      objects: [csiNode("n0", { "csi.example.com": 1 }), boundClaim("new", "new"), volume("new")],
    });
    const verdict = () => cluster.verdict(pod("p", [claimed("new")]));
    expect(verdict()).toEqual([]);
    cluster.objects.put(boundClaim("old", "old"));
    expect(verdict()).toEqual([]);
    cluster.objects.put(volume("old"));
    expect(verdict()).toEqual(["n0 NodeVolumeLimits Unschedulable: node(s) exceed max volume count"]);
    cluster.objects.remove("PersistentVolumeClaim", "old", "default");
    expect(verdict()).toEqual([]);
  });
});

test("drivers may have to attach claims and disks in the tree, and no files that a node writes", () => {
  const attached: Volume[] = [
    { persistentVolumeClaim: { claimName: "a" } },
    { ephemeral: {} },
    { awsElasticBlockStore: { volumeID: "vol-1" } },
    { azureDisk: { diskURI: "d" } },
    { azureFile: { shareName: "s" } },
    { cinder: { volumeID: "c" } },
    { gcePersistentDisk: { pdName: "p" } },
    { portworxVolume: { volumeID: "p" } },
    { vsphereVolume: { volumePath: "v" } },
  ];
  expect(attached.filter((volume) => !mayAttach(volume))).toEqual([]);
  for (const volume of attached.slice(2)) expect(inTreePluginOf(volume)).toBeDefined();
  const files: Volume[] = [{ emptyDir: {} }, { projected: {} }, { csi: { driver: "inline" } }, { configMap: {} }];
  expect(files.filter(mayAttach)).toEqual([]);
});
