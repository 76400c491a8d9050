/** Pods as people write them: fields left out, limits without requests, quantities of every form. */

import type { Container, Pod, QuantityText } from "../../src/kube/objects.js";
import type { Random } from "./random.js";

const QUANTITIES: Readonly<Record<string, readonly QuantityText[]>> = {
  cpu: ["100m", "0.5", 2, "1", "250m", "0", "1.1m", "100u", "1e-3", "0.3"],
  memory: ["128Mi", "1Gi", "0.1Ki", "1.5Gi", "129M", 1024, "0", "100u", "123456789", "1e6"],
  "ephemeral-storage": ["1Gi", "500M"],
  "hugepages-2Mi": ["4Mi", "64Mi"],
  "example.com/gpu": ["1", 2],
};
const LABELS = { app: "web", tier: "front", "pod-template-hash": "abc" };

/** @param index makes the name */
export function rawPod(random: Random, index: number): Pod {
  const labels = Object.fromEntries(random.some(Object.entries(LABELS), 60));
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `p${index}`,
      ...(random.chance(70) ? { namespace: random.pick(["default", "team"]) } : {}),
      labels,
    },
    spec: {
      containers: random.list(1, 3, (at) => rawContainer(random, `c${at}`)),
      ...(random.chance(40) ? { initContainers: random.list(1, 3, (at) => rawInitContainer(random, `i${at}`)) } : {}),
      ...(random.chance(30) ? { hostNetwork: random.chance(80) } : {}),
      ...(random.chance(40) ? { resources: rawResources(random, ["cpu", "memory", "hugepages-2Mi"]) } : {}),
      ...(random.chance(20) ? { overhead: rawList(random, ["cpu", "memory"]) } : {}),
      ...(random.chance(30) ? { priorityClassName: random.pick(["high", "low", "unknown"]) } : {}),
      ...(random.chance(20) ? { schedulerName: "other" } : {}),
      ...(random.chance(20) ? { restartPolicy: "Never" } : {}),
      ...(random.chance(30) ? { nodeSelector: { disk: "ssd" } } : {}),
      ...(random.chance(50) ? rawTopology(random) : {}),
    },
  };
}

function rawContainer(random: Random, name: string): Container {
  return {
    name,
    image: "registry.example/app:1",
    ...(random.chance(90) ? { resources: rawResources(random, Object.keys(QUANTITIES)) } : {}),
    ...(random.chance(50)
      ? {
          ports: random.list(1, 2, () => ({
            containerPort: random.int(1, 65535),
            ...(random.chance(30) ? { hostPort: random.int(1, 65535) } : {}),
            ...(random.chance(30) ? { protocol: "UDP" } : {}),
          })),
        }
      : {}),
  };
}

function rawInitContainer(random: Random, name: string): Container {
  return { ...rawContainer(random, name), ...(random.chance(40) ? { restartPolicy: "Always" } : {}) };
}

function rawResources(random: Random, names: readonly string[]) {
  return {
    ...(random.chance(70) ? { requests: rawList(random, names) } : {}),
    ...(random.chance(70) ? { limits: rawList(random, names) } : {}),
  };
}

function rawList(random: Random, names: readonly string[]): Record<string, QuantityText> {
  return Object.fromEntries(random.some(names, 50).map((name) => [name, random.pick(QUANTITIES[name]!)]));
}

function rawTopology(random: Random) {
  const labelSelector = random.chance(85) ? { matchLabels: { app: "web" } } : undefined;
  const keys = () => random.some(["app", "tier", "pod-template-hash", "absent"], 50);
  const term = () => ({
    topologyKey: "zone",
    ...(labelSelector ? { labelSelector } : {}),
    ...(random.chance(60) ? { matchLabelKeys: keys() } : {}),
    ...(random.chance(40) ? { mismatchLabelKeys: keys() } : {}),
  });
  const affinity = () => ({
    requiredDuringSchedulingIgnoredDuringExecution: random.list(0, 2, term),
    preferredDuringSchedulingIgnoredDuringExecution: random.list(0, 2, () => ({ weight: 5, podAffinityTerm: term() })),
  });
  return {
    affinity: { podAffinity: affinity(), ...(random.chance(50) ? { podAntiAffinity: affinity() } : {}) },
    topologySpreadConstraints: random.list(0, 2, () => ({
      maxSkew: 1,
      topologyKey: "zone",
      whenUnsatisfiable: "DoNotSchedule",
      ...(labelSelector ? { labelSelector } : {}),
      matchLabelKeys: keys(),
    })),
  };
}
