/** What Karpenter's own benchmark schedules (pkg/controllers/provisioning/scheduling/scheduling_benchmark_test.go, v1.14.1). */

import type { Pod, PodSpec } from "../../../src/kube/objects.js";
import type { Offer } from "../../../src/planning/offers.js";
import { randomOf } from "../../helpers/random.js";

const ZONE = "topology.kubernetes.io/zone";
const HOSTNAME = "kubernetes.io/hostname";
const ZONES = ["test-zone-1", "test-zone-2", "test-zone-3"];
const TYPES = 400;
const CPU_MILLI = [100, 250, 500, 1000, 1500];
const MEMORY_MIB = [100, 256, 512, 1024, 2048, 4096];
const VALUES = ["a", "b", "c", "d", "e", "f", "g"];

type Random = ReturnType<typeof randomOf>;
type Labels = Readonly<Record<string, string>>;

/** Linear in size and price: a core, 2 GiB and 10 pods more with each, less what a kubelet is taken to keep. */
export function offers(): Offer[] {
  return Array.from({ length: TYPES }, (_, at) => {
    const cores = at + 1;
    const gib = 2 * cores;
    return {
      name: `fake-it-${at}`,
      price: 0.1 * cores + (0.1 * gib * 2 ** 30) / 1e9,
      allocatable: { cpu: `${1000 * cores - 100}m`, memory: `${1024 * gib - 10}Mi`, pods: 10 * cores },
      zones: ZONES,
    };
  });
}

/** A fifth each: no rules, spread over zones, spread over nodes, together in a zone, never two on a node. */
export function diversePods(count: number, seed: string): Pod[] {
  const random = randomOf(seed);
  const rules: readonly ((random: Random) => Pick<Facts, "labels" | "spec">)[] = [
    plain,
    (drawn) => spread(drawn, ZONE),
    (drawn) => spread(drawn, HOSTNAME),
    together,
    apart,
  ];
  return Array.from({ length: count }, (_, at) => {
    const rule = rules[Math.floor((at * rules.length) / count)]!;
    return podOf(`pod-${at}`, random, rule(random));
  });
}

/** The same requests, and no rules. */
export function plainPods(count: number, seed: string): Pod[] {
  const random = randomOf(seed);
  return Array.from({ length: count }, (_, at) => podOf(`pod-${at}`, random, plain(random)));
}

interface Facts {
  readonly labels: Labels;
  readonly spec: PodSpec;
}

function podOf(name: string, random: Random, { labels, spec }: Facts): Pod {
  const requests = { cpu: `${random.pick(CPU_MILLI)}m`, memory: `${random.pick(MEMORY_MIB)}Mi` };
  const containers = [{ name: "main", image: "pause", resources: { requests } }];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace: "default", name, labels },
    spec: { containers, ...spec },
  };
}

function plain(random: Random): Facts {
  return { labels: { "my-label": random.pick(VALUES) }, spec: {} };
}

/** From pods with some label, not always its own. */
function spread(random: Random, topologyKey: string): Facts {
  const labelSelector = { matchLabels: { "my-label": random.pick(VALUES) } };
  const constraint = { maxSkew: 1, topologyKey, whenUnsatisfiable: "DoNotSchedule", labelSelector };
  return { labels: { "my-label": random.pick(VALUES) }, spec: { topologySpreadConstraints: [constraint] } };
}

function together(random: Random): Facts {
  const labels = { "my-affininity": random.pick(VALUES) };
  return { labels, spec: { affinity: { podAffinity: required(labels, ZONE) } } };
}

function apart(): Facts {
  const labels = { app: "nginx" };
  return { labels, spec: { affinity: { podAntiAffinity: required(labels, HOSTNAME) } } };
}

function required(matchLabels: Labels, topologyKey: string) {
  return { requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels }, topologyKey }] };
}
