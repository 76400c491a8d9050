/** The score plugins, in the order of the default profile. */

import type { NodeSelectorTerm, Pod, PreferredSchedulingTerm } from "../../src/kube/objects.js";
import type { NodeInfo } from "./cluster.js";
import type { RefConfig } from "./config.js";
import type { ImageTable } from "./images.js";
import { matchTerm } from "./node-selector.js";
import { balancedNames, balancedRequest, balancedScore, fitScore, fitScoreRequest } from "./resource-scores.js";
import { tolerates } from "./tolerations.js";

/** A status that is no rejection: upstream's SchedulerError. */
export class SchedulerError extends Error {}

export interface ScoreQuestion {
  readonly pod: Pod;
  readonly config: RefConfig;
  /** All nodes, not only the feasible ones. */
  readonly nodes: readonly NodeInfo[];
  readonly images: ImageTable;
}

export interface ScorePlugin {
  readonly name: string;
  /** False: the plugin has nothing to say about this pod and is left out. */
  readonly preScore: (question: ScoreQuestion) => boolean;
  readonly score: (question: ScoreQuestion, info: NodeInfo) => bigint;
  readonly normalize: (scores: readonly bigint[]) => readonly bigint[];
}

const always = (): boolean => true;
const asIs = (scores: readonly bigint[]): readonly bigint[] => scores;

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

function countIntolerable({ pod }: ScoreQuestion, info: NodeInfo): bigint {
  const soft = (pod.spec?.tolerations ?? []).filter(
    ({ effect = "" }) => effect === "" || effect === "PreferNoSchedule",
  );
  let count = 0n;
  for (const taint of info.node.spec?.taints ?? []) {
    if (taint.effect === "PreferNoSchedule" && !soft.some((toleration) => tolerates(toleration, taint))) count++;
  }
  return count;
}

function preferredTerms({ pod, config }: ScoreQuestion): readonly PreferredSchedulingTerm[] {
  return [
    ...(config.addedAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []),
  ];
}

function hasPreferences(question: ScoreQuestion): boolean {
  const { pod, config } = question;
  for (const term of preferredTerms(question)) {
    if ((term.weight ?? 0) !== 0 && isInvalid(term.preference)) {
      throw new SchedulerError('running PreScore plugin "NodeAffinity": a preferred term cannot be parsed');
    }
  }
  return (
    config.addedAffinity?.preferredDuringSchedulingIgnoredDuringExecution != null ||
    pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution != null
  );
}

function isInvalid(term: NodeSelectorTerm | undefined): boolean {
  return matchTerm(term, {}) === "invalid";
}

function preferenceWeight(question: ScoreQuestion, info: NodeInfo): bigint {
  let sum = 0n;
  for (const term of preferredTerms(question)) {
    if (matchTerm(term.preference, info.node) === "yes") sum += BigInt(term.weight ?? 0);
  }
  return sum;
}

function asksForBalanced({ pod, config }: ScoreQuestion): boolean {
  const request = balancedRequest(pod);
  return balancedNames(config).some((name) => (request.get(name) ?? 0n) !== 0n);
}

const MIN_IMAGE_BYTES = 23n * 2n ** 20n;
const MAX_IMAGE_BYTES_A_CONTAINER = 1000n * 2n ** 20n;

/** k8s 1.36 pkg/scheduler/framework/plugins/imagelocality: bytes already there, discounted by how few nodes have them. */
function imageLocality({ pod, nodes, images }: ScoreQuestion, info: NodeInfo): bigint {
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  const references = [...containers.map((container) => container.image ?? ""), ...imageVolumes(pod)];
  let sum = 0n;
  for (const reference of references) {
    const image = images.find(withTag(reference), info.name);
    if (image !== undefined) sum += BigInt(Math.trunc(image.sizeBytes * (image.holders / nodes.length)));
  }
  const max = MAX_IMAGE_BYTES_A_CONTAINER * BigInt(containers.length);
  const clamped = sum < MIN_IMAGE_BYTES ? MIN_IMAGE_BYTES : sum > max ? max : sum;
  return (100n * (clamped - MIN_IMAGE_BYTES)) / (max - MIN_IMAGE_BYTES);
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

export const SCORE_PLUGINS: readonly ScorePlugin[] = [
  {
    name: "TaintToleration",
    preScore: always,
    score: countIntolerable,
    normalize: (scores) => normalizeByMax(scores, true),
  },
  {
    name: "NodeAffinity",
    preScore: hasPreferences,
    score: preferenceWeight,
    normalize: (scores) => normalizeByMax(scores, false),
  },
  {
    name: "NodeResourcesFit",
    preScore: always,
    score: ({ pod, config }, info) => fitScore(fitScoreRequest(pod), info, config),
    normalize: asIs,
  },
  {
    name: "NodeResourcesBalancedAllocation",
    preScore: asksForBalanced,
    score: ({ pod, config }, info) => balancedScore(balancedRequest(pod), info, config),
    normalize: asIs,
  },
  { name: "ImageLocality", preScore: always, score: imageLocality, normalize: asIs },
];
