/** Families of which every pod is placed after the one before it: measured in the core. Source: scheduler_perf of k8s 1.36. */

import { HOSTNAME, inZones, NAMESPACE, near, onNodes, preferred, required, spread, ZONE } from "./pod-rules.js";
import type { FamilyWorld } from "./worlds.js";

const GPU = "example.com/gpu";

const fifth = (nodes: number): number => Math.floor(nodes / 5);
const all = (nodes: number): number => nodes;
const plain = () => ({ spec: {}, labels: {} });
const base = { zones: 1, residents: fifth, specOf: () => ({}) };

/** What pods that run before ask for in MixedBasePods, each kind as many. */
const MIXED = [
  {},
  required("podAffinity", near("blue", ZONE)),
  required("podAntiAffinity", near("green", HOSTNAME)),
  preferred("podAffinity", near("red", HOSTNAME)),
  preferred("podAntiAffinity", near("yellow", HOSTNAME)),
  spread("violet", "DoNotSchedule"),
];
const MIXED_COLORS = ["", "blue", "green", "red", "yellow", "violet"];

export const PLACEMENT_FAMILIES: readonly FamilyWorld[] = [
  { ...base, name: "SchedulingBasic", about: "pods that ask for cpu and memory" },
  {
    ...base,
    name: "Daemonset",
    about: "pods that one node matches, by its name; it has room for all of them",
    residentOf: plain,
    specOf: () => onNodes({ matchFields: [{ key: "metadata.name", operator: "In", values: ["node-0"] }] }),
    nodeOf: (index) => (index === 0 ? { allocatable: { cpu: "100k", memory: "1Pi", pods: "1000000" } } : {}),
  },
  {
    ...base,
    name: "ExtendedResource",
    about: "pods that ask for one of a node's eight devices",
    residentOf: plain,
    specOf: () => ({ requests: { [GPU]: "1" } }),
    nodeOf: () => ({ allocatable: { [GPU]: "8" } }),
  },
  {
    ...base,
    name: "NodeAffinity",
    about: "pods that may go into two zones, in one of which all nodes are",
    residents: all,
    residentOf: plain,
    specOf: () => onNodes(inZones("zone-0", "zone-1")),
  },
  {
    ...base,
    name: "PreferredNodeAffinityAndTaints",
    about: "pods that prefer a zone, and nodes of which each seventh has a taint of preference",
    zones: 3,
    residents: all,
    residentOf: plain,
    specOf: (_, index) => ({
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 10, preference: inZones(`zone-${index % 3}`) }],
        },
      },
    }),
    nodeOf: (index) => (index % 7 === 6 ? { taints: [{ key: "spot", effect: "PreferNoSchedule" }] } : {}),
  },
  {
    ...base,
    name: "PodAffinity",
    about: "pods that must be in a zone with their like",
    residents: all,
    specOf: (color) => required("podAffinity", near(color, ZONE)),
  },
  {
    ...base,
    name: "PodAntiAffinity",
    about: "pods that must not share a node with their like",
    specOf: (color) => required("podAntiAffinity", near(color, HOSTNAME)),
  },
  {
    ...base,
    name: "PreferredPodAffinity",
    about: "pods that prefer a node with their like",
    residents: all,
    specOf: (color) => preferred("podAffinity", near(color, HOSTNAME)),
  },
  {
    ...base,
    name: "PreferredPodAntiAffinity",
    about: "pods that prefer a node without their like",
    residents: all,
    specOf: (color) => preferred("podAntiAffinity", near(color, HOSTNAME)),
  },
  {
    ...base,
    name: "AntiAffinityNSSelector",
    about: "as PodAntiAffinity, in namespaces chosen by label",
    specOf: (color) => {
      const { namespaces: _, ...term } = near(color, HOSTNAME);
      return required("podAntiAffinity", { ...term, namespaceSelector: { matchLabels: { team: "devops" } } });
    },
    objectsOf: () => [{ kind: "Namespace", metadata: { name: NAMESPACE, labels: { team: "devops" } } }],
  },
  {
    ...base,
    name: "TopologySpreading",
    about: "pods that must spread over three zones",
    zones: 3,
    residents: all,
    residentOf: plain,
    specOf: (color) => spread(color, "DoNotSchedule"),
  },
  {
    ...base,
    name: "PreferredTopologySpreading",
    about: "pods that prefer to spread over three zones",
    zones: 3,
    residents: all,
    residentOf: plain,
    specOf: (color) => spread(color, "ScheduleAnyway"),
  },
  {
    ...base,
    name: "DefaultSpreading",
    about: "pods of a service, which the default profile spreads over nodes and three zones",
    zones: 3,
    residents: all,
    residentOf: plain,
    objectsOf: (color) => [
      { kind: "Service", metadata: { name: color, namespace: NAMESPACE }, spec: { selector: { color } } },
    ],
  },
  {
    ...base,
    name: "NodeInclusionPolicy",
    about: "pods that must spread over three zones, nodes with a taint left out; each tenth has one",
    zones: 3,
    residents: all,
    residentOf: plain,
    specOf: (color) => spread(color, "DoNotSchedule", { nodeTaintsPolicy: "Honor", maxSkew: 1 }),
    nodeOf: (index) => (index % 10 === 9 ? { taints: [{ key: "foo", effect: "NoSchedule" }] } : {}),
  },
  {
    ...base,
    name: "MixedBasePods",
    about: "plain pods among pods that run with affinity, anti-affinity, both preferred, and spreading",
    residents: (nodes) => MIXED.length * Math.floor((nodes * 2) / 5),
    residentOf: (index) => {
      const kind = index % MIXED.length;
      return { spec: MIXED[kind]!, labels: kind === 0 ? {} : { color: MIXED_COLORS[kind]! } };
    },
  },
  {
    ...base,
    name: "HostPorts",
    about: "pods that take a port of their node, one a class",
    residentOf: plain,
    specOf: (_, index) => ({ hostPort: 30_000 + index }),
  },
];
