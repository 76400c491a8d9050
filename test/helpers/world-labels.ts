/** Labels that nodes and pods meet by: topology domains, pod labels, and selectors over them. */

import type { LabelSelector, Requirement } from "../../src/kube/objects.js";
import type { Random } from "./random.js";
import type { NodeDraft, PodDraft, WorldContext } from "./world-types.js";
import { BETA_REGION, BETA_ZONE, HOSTNAME, NAMESPACES, POD_LABELS, RACK, REGION, ZONE } from "./world-vocabulary.js";

/** How a world's nodes are divided; domains are uneven, because the first ones are drawn more often. */
export interface Topology {
  readonly zones: readonly string[];
  /** Percent of the nodes that lack a label. */
  readonly missing: number;
  /** Percent of the nodes that carry the labels' old names, alone or besides. */
  readonly beta: number;
}

export function topologyOf({ stream }: WorldContext): Topology {
  const random = stream("topology");
  const count = random.pick([1, 2, 2, 3, 3, 4, 6]);
  const zones = Array.from({ length: count }, (_, index) => "abcdef"[index]!);
  return { zones, missing: random.pick([0, 0, 5, 25]), beta: random.pick([0, 0, 0, 30]) };
}

export function addTopology(node: NodeDraft, { zones, missing, beta }: Topology, { stream }: WorldContext): void {
  const random = stream("topology");
  const { labels } = node.metadata;
  const zone = zones[Math.min(random.int(0, zones.length - 1), random.int(0, zones.length - 1))]!;
  const region = zone < "c" ? "east" : "west";
  const isOld = random.chance(beta);
  if (!random.chance(missing)) labels[ZONE] = zone;
  if (!random.chance(missing)) labels[REGION] = region;
  if (isOld && random.chance(70)) labels[BETA_ZONE] = random.chance(90) ? zone : "";
  if (isOld && random.chance(70)) labels[BETA_REGION] = region;
  if (isOld && random.chance(50)) delete labels[ZONE];
  if (random.chance(80)) labels[RACK] = random.pick(["r1", "r2", "r3", "r4"]);
  if (random.chance(missing / 3)) delete labels[HOSTNAME];
  else if (random.chance(3)) labels[HOSTNAME] = "shared";
}

const POD_LABEL_KEYS = Object.keys(POD_LABELS);
/** What selectors select by for the most part. */
const PLAIN_KEYS = POD_LABEL_KEYS.slice(0, 2);

export function addLabels(pod: PodDraft, { stream }: WorldContext): void {
  const random = stream("labels");
  const labels: Record<string, string> = {};
  for (const key of random.some(POD_LABEL_KEYS, 75)) labels[key] = random.pick(POD_LABELS[key]!);
  if (random.chance(95)) pod.metadata.labels = labels;
  if (random.chance(12)) pod.metadata.namespace = random.pick(NAMESPACES);
}

/** A selector over pod labels: nil, empty, plain, and in `oddPercent` of 100 cases one that cannot be parsed. */
export function podSelectorOf(random: Random, oddPercent: number): LabelSelector | undefined {
  if (random.chance(5)) return undefined;
  if (random.chance(7)) return {};
  const key = random.pick(PLAIN_KEYS);
  if (random.chance(60)) return { matchLabels: { [key]: random.pick(POD_LABELS[key]!) } };
  const matchExpressions = random.list(1, 2, () => podRequirementOf(random, oddPercent));
  return random.chance(30) ? { matchLabels: { app: "web" }, matchExpressions } : { matchExpressions };
}

function podRequirementOf(random: Random, oddPercent: number): Requirement {
  const key = random.pick(POD_LABEL_KEYS);
  if (random.chance(oddPercent)) {
    return random.pick<Requirement>([
      { key, operator: "In", values: [] },
      { key, operator: "Exists", values: ["web"] },
      { key, operator: "Near", values: ["web"] },
      { key: "not a key", operator: "Exists" },
      { key, operator: "In", values: ["not a value"] },
    ]);
  }
  const operator = random.pick(["In", "In", "NotIn", "Exists", "DoesNotExist"]);
  if (operator === "Exists" || operator === "DoesNotExist") return { key, operator };
  return { key, operator, values: random.list(1, 2, () => random.pick(POD_LABELS[key]!)) };
}
