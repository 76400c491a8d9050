/** Random node selectors and node affinities, well-formed for the most part. */

import type {
  NodeAffinity,
  NodeSelectorTerm,
  PreferredSchedulingTerm,
  Requirement,
  StringMap,
} from "../../src/kube/objects.js";
import type { PodDraft, WorldContext } from "./world-types.js";
import { LABEL_KEYS, LABEL_VALUES } from "./world-vocabulary.js";

export function nodeSelectorOf({ random }: WorldContext): StringMap {
  const keys = random.some(LABEL_KEYS, 25);
  return Object.fromEntries(
    keys.map((key) => [key, random.chance(5) ? "not a label" : random.pick(LABEL_VALUES[key]!)]),
  );
}

export function nodeAffinityOf(context: WorldContext): NodeAffinity {
  const { random } = context;
  const affinity: { -readonly [K in keyof NodeAffinity]: NodeAffinity[K] } = {};
  if (random.chance(60)) affinity.requiredDuringSchedulingIgnoredDuringExecution = requiredOf(context);
  if (random.chance(60)) {
    const terms = random.list(0, 3, () => preferredTermOf(context));
    affinity.preferredDuringSchedulingIgnoredDuringExecution = terms;
  }
  return affinity;
}

function requiredOf(context: WorldContext): { nodeSelectorTerms: NodeSelectorTerm[] } {
  const { random } = context;
  if (random.chance(25)) return { nodeSelectorTerms: random.list(1, 2, () => pinnedTermOf(context)) };
  return { nodeSelectorTerms: random.list(random.chance(10) ? 0 : 1, 3, () => termOf(context, 8)) };
}

/** A term that names nodes, as DaemonSets' pods have it. */
function pinnedTermOf(context: WorldContext): NodeSelectorTerm {
  const { random } = context;
  const matchFields = random.list(1, random.chance(55) ? 2 : 1, () => ({
    key: "metadata.name",
    operator: "In",
    values: [random.pick(["elsewhere", ...context.nodeNames])],
  }));
  return random.chance(25) ? { matchFields, matchExpressions: [requirementOf(context, 5)] } : { matchFields };
}

function preferredTermOf(context: WorldContext): PreferredSchedulingTerm {
  const { random } = context;
  const weight = random.pick([0, 1, 5, 20, 35, 45, 60, 75, 100]);
  return { weight, preference: termOf(context, weight === 0 ? 30 : 6) };
}

/** Nothing a node must have and much it should have, so that scores, which are shares of the most, take every value. */
export function preferOnly({ spec }: PodDraft, context: WorldContext): void {
  const random = context.stream("affinity");
  delete spec.nodeSelector;
  const preferredDuringSchedulingIgnoredDuringExecution = random.list(1, 6, () => ({
    weight: random.int(1, 100),
    preference: { matchExpressions: [requirementOf({ ...context, random }, 0)] },
  }));
  spec.affinity = { ...spec.affinity, nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution } };
}

/** `oddPercent`: how often a requirement is one that cannot be parsed. */
export function termOf(context: WorldContext, oddPercent: number): NodeSelectorTerm {
  const { random } = context;
  if (random.chance(8)) return {};
  return {
    matchExpressions: random.list(random.chance(10) ? 0 : 1, 2, () => requirementOf(context, oddPercent)),
    ...(random.chance(15) ? { matchFields: [fieldOf(context, oddPercent)] } : {}),
  };
}

function requirementOf({ random }: WorldContext, oddPercent: number): Requirement {
  const key = random.pick(LABEL_KEYS);
  if (random.chance(oddPercent)) {
    return random.pick<Requirement>([
      { key: "not a key", operator: "Exists" },
      { key, operator: "In", values: [] },
      { key, operator: "NotIn" },
      { key, operator: "In", values: ["ssd", "not a value"] },
      { key, operator: "Exists", values: ["ssd"] },
      { key, operator: "Gt", values: ["many"] },
      { key, operator: "Lt", values: ["-5"] },
      { key, operator: "Gt", values: ["1", "2"] },
      { key, operator: "Near", values: ["ssd"] },
      { key, operator: "in", values: ["ssd"] },
    ]);
  }
  const operator = random.pick(["In", "In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"]);
  if (operator === "Exists" || operator === "DoesNotExist") return { key, operator };
  if (operator === "Gt" || operator === "Lt")
    return { key: "cores", operator, values: [random.pick(["4", "07", "16"])] };
  return { key, operator, values: random.list(1, 2, () => random.pick(LABEL_VALUES[key]!)) };
}

function fieldOf({ random, nodeNames }: WorldContext, oddPercent: number): Requirement {
  const name = random.pick(["elsewhere", ...nodeNames]);
  if (random.chance(oddPercent)) {
    return random.pick<Requirement>([
      { key: "metadata.name", operator: "In", values: [name, "elsewhere"] },
      { key: "metadata.name", operator: "In", values: [] },
      { key: "metadata.name", operator: "Exists" },
    ]);
  }
  return random.pick<Requirement>([
    { key: "metadata.name", operator: "In", values: [name] },
    { key: "metadata.name", operator: "NotIn", values: [name] },
    { key: "metadata.namespace", operator: "NotIn", values: [name] },
    { key: "metadata.namespace", operator: "In", values: [""] },
  ]);
}
