/** Score plugins that look at one node at a time. */

import type { Pod, PreferredSchedulingTerm } from "../../src/kube/objects.js";
import type { NodeInfo } from "./cluster.js";
import { aggregate } from "./label-selector.js";
import { matchTerm, termProblems } from "./node-selector.js";
import { type Cycle, type NodeScorer, SchedulerError, type ScorePlugin } from "./plugin.js";
import { balancedRequest, balancedScore, fitScore, fitScoreRequest } from "./resource-scores.js";
import { tolerates } from "./tolerations.js";

/** Scales to 0..100 by the largest score. */
export function normalizeByMax(scores: readonly bigint[], isReversed: boolean): bigint[] {
  let max = 0n;
  for (const score of scores) if (score > max) max = score;
  return scores.map((score) => {
    if (max === 0n) return isReversed ? 100n : score;
    const scaled = (100n * score) / max;
    return isReversed ? 100n - scaled : scaled;
  });
}

function taintToleration({ pod }: Cycle): NodeScorer {
  const soft = (pod.spec?.tolerations ?? []).filter(
    ({ effect = "" }) => effect === "" || effect === "PreferNoSchedule",
  );
  return {
    score({ node }) {
      let count = 0n;
      for (const taint of node.spec?.taints ?? []) {
        if (taint.effect === "PreferNoSchedule" && !soft.some((toleration) => tolerates(toleration, taint))) count++;
      }
      return count;
    },
    normalize: (scores) => normalizeByMax(scores, true),
  };
}

function nodeAffinity({ pod, args }: Cycle): NodeScorer | undefined {
  const added = args.addedAffinity?.preferredDuringSchedulingIgnoredDuringExecution;
  const own = pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution;
  if (added == null && own == null) return undefined;
  const problems = (own ?? []).flatMap(({ weight = 0, preference = {} }, index) =>
    weight === 0 ? [] : termProblems(preference, `[${index}]`),
  );
  if (problems.length > 0) throw new SchedulerError(aggregate(problems));
  const terms = [...(added ?? []), ...(own ?? [])];
  return {
    score: (info) => preferenceWeight(terms, info),
    normalize: (scores) => normalizeByMax(scores, false),
  };
}

function preferenceWeight(terms: readonly PreferredSchedulingTerm[], info: NodeInfo): bigint {
  let sum = 0n;
  for (const term of terms) {
    if (matchTerm(term.preference, info.node) === "yes") sum += BigInt(term.weight ?? 0);
  }
  return sum;
}

function nodeResourcesFit({ pod, args }: Cycle): NodeScorer {
  const request = fitScoreRequest(pod);
  return { score: (info) => fitScore(request, info, args.scoringStrategy) };
}

function balancedAllocation({ pod, args, behaviour }: Cycle): NodeScorer | undefined {
  const names = args.balancedResources;
  const request = balancedRequest(pod, behaviour.compat);
  if (names.every((name) => (request.get(name) ?? 0n) === 0n)) return undefined;
  return { score: (info) => balancedScore(request, info, names) };
}

const MIN_IMAGE_BYTES = 23n * 2n ** 20n;
const MAX_IMAGE_BYTES_A_CONTAINER = 1000n * 2n ** 20n;

/** k8s 1.36 plugins/imagelocality: bytes already there, discounted by how few nodes have them. */
function imageLocality({ pod, nodes, images, behaviour }: Cycle): NodeScorer {
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  const references = [...containers.map((container) => container.image ?? ""), ...imageVolumes(pod)];
  const sources = behaviour.compat === "1.36" ? containers.length : references.length;
  const max = MAX_IMAGE_BYTES_A_CONTAINER * BigInt(sources);
  return {
    score(info) {
      let sum = 0n;
      for (const reference of references) {
        const image = images.find(withTag(reference), info.name);
        if (image !== undefined) sum += BigInt(Math.trunc(image.sizeBytes * (image.holders / nodes.length)));
      }
      const clamped = sum < MIN_IMAGE_BYTES ? MIN_IMAGE_BYTES : sum > max ? max : sum;
      return (100n * (clamped - MIN_IMAGE_BYTES)) / (max - MIN_IMAGE_BYTES);
    },
  };
}

function imageVolumes(pod: Pod): string[] {
  const references: string[] = [];
  for (const volume of pod.spec?.volumes ?? []) {
    const image = volume.image as { reference?: string } | null | undefined;
    if (image != null) references.push(image.reference ?? "");
  }
  return references;
}

/** Appends `:latest` when nothing after the last slash has a colon. */
function withTag(image: string): string {
  return image.lastIndexOf(":") <= image.lastIndexOf("/") ? `${image}:latest` : image;
}

/** For pods without claims, which are all that this scheduler knows. */
function dynamicResources(): NodeScorer {
  return { score: () => 0n, normalize: (scores) => normalizeByMax(scores, false) };
}

export const NODE_SCORES: readonly ScorePlugin[] = [
  {
    name: "TaintToleration",
    without: { point: "preScore", error: 'failed to read "PreScoreTaintToleration" from cycleState: not found' },
    prepare: taintToleration,
  },
  { name: "NodeAffinity", prepare: nodeAffinity },
  { name: "NodeResourcesFit", prepare: nodeResourcesFit },
  { name: "DynamicResources", without: { point: "preFilter", error: "not found" }, prepare: dynamicResources },
  { name: "NodeResourcesBalancedAllocation", prepare: balancedAllocation },
  { name: "ImageLocality", prepare: imageLocality },
];
