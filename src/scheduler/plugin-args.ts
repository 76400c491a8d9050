/**
 * The arguments of the plugins that take any, decoded, defaulted and validated as kube-scheduler does (kube-scheduler 0.36
 * config/v1, k8s 1.36 and 1.37 pkg/scheduler/apis/config/v1/defaults.go and validation/validation_pluginargs.go).
 */

import type { NodeAffinity } from "../kube/objects.js";
import { checkAddedAffinity, nodeAffinity } from "./added-affinity.js";
import type { Version } from "./compat.js";
import { boolean, type Decoder, durationPointer, int32, int64, object } from "./decoder.js";
import { FieldIssues } from "./field-issues.js";
import {
  checkShape,
  type NodeResourcesBalancedAllocationArgs,
  type NodeResourcesFitArgs,
  readBalancedAllocationArgs,
  readFitArgs,
  readShape,
  type UtilizationShapePoint,
  utilizationShape,
} from "./resource-args.js";
import { type PodTopologySpreadArgs, readSpreadArgs } from "./spread-args.js";
import { DEFAULT_SHAPE } from "./volumes/storage-scores.js";

export interface NodeAffinityArgs {
  /** ANDed with (required) and added to (preferred) the affinity of every pod of the profile. */
  readonly addedAffinity?: NodeAffinity;
}

export interface InterPodAffinityArgs {
  /** 0 to 100. */
  readonly hardPodAffinityWeight: number;
  readonly ignorePreferredTermsOfExistingPods: boolean;
}

export interface DefaultPreemptionArgs {
  /** Percent of the nodes, 0 to 100. */
  readonly minCandidateNodesPercentage: number;
  /** A count of nodes. */
  readonly minCandidateNodesAbsolute: number;
}

export interface VolumeBindingArgs {
  readonly bindTimeoutSeconds: number;
  /** From how full the storage would be to a score. At least one point; absent where the version does not score storage. */
  readonly shape?: readonly UtilizationShapePoint[];
}

export interface DynamicResourcesArgs {
  /** 0: no limit. */
  readonly filterTimeoutMs: number;
  readonly bindingTimeoutMs: number;
}

/** The arguments of one profile, by plugin name; defaults where the configuration gives none. */
export interface PluginArgs {
  readonly NodeResourcesFit: NodeResourcesFitArgs;
  readonly NodeResourcesBalancedAllocation: NodeResourcesBalancedAllocationArgs;
  readonly NodeAffinity: NodeAffinityArgs;
  readonly PodTopologySpread: PodTopologySpreadArgs;
  readonly InterPodAffinity: InterPodAffinityArgs;
  readonly DefaultPreemption: DefaultPreemptionArgs;
  readonly VolumeBinding: VolumeBindingArgs;
  readonly DynamicResources: DynamicResourcesArgs;
}

const nodeAffinityArgs = object({ addedAffinity: nodeAffinity });
const interPodAffinityArgs = object({ hardPodAffinityWeight: int32, ignorePreferredTermsOfExistingPods: boolean });
const defaultPreemptionArgs = object({ minCandidateNodesPercentage: int32, minCandidateNodesAbsolute: int32 });
const volumeBindingArgs = object({ bindTimeoutSeconds: int64, shape: utilizationShape });
const dynamicResourcesArgs = object({ filterTimeout: durationPointer, bindingTimeout: durationPointer });

const FILTER_TIMEOUT = { text: "10s", ms: 10_000 };
const BINDING_TIMEOUT = { text: "10m0s", ms: 600_000 };

function readNodeAffinityArgs(value: unknown, path: string, issues: FieldIssues): NodeAffinityArgs {
  const args = decode(nodeAffinityArgs, value, path, issues);
  if (args.addedAffinity !== undefined) checkAddedAffinity(args.addedAffinity, `${path}.addedAffinity`, issues);
  return args;
}

function readInterPodAffinityArgs(value: unknown, path: string, issues: FieldIssues): InterPodAffinityArgs {
  const args = decode(interPodAffinityArgs, value, path, issues);
  const { hardPodAffinityWeight = 1, ignorePreferredTermsOfExistingPods = false } = args;
  checkPercentage(hardPodAffinityWeight, `${path}.hardPodAffinityWeight`, issues);
  return { hardPodAffinityWeight, ignorePreferredTermsOfExistingPods };
}

function readDefaultPreemptionArgs(value: unknown, path: string, issues: FieldIssues): DefaultPreemptionArgs {
  const args = decode(defaultPreemptionArgs, value, path, issues);
  const { minCandidateNodesPercentage: percentage = 10, minCandidateNodesAbsolute: absolute = 100 } = args;
  const percentagePath = `${path}.minCandidateNodesPercentage`;
  const absolutePath = `${path}.minCandidateNodesAbsolute`;
  checkPercentage(percentage, percentagePath, issues);
  if (absolute < 0) issues.invalid(absolutePath, absolute, "not in valid range [0, inf)");
  if (percentage === 0 && absolute === 0) {
    issues.invalid(percentagePath, 0, "cannot be zero at the same time as minCandidateNodesAbsolute");
    issues.invalid(absolutePath, 0, "cannot be zero at the same time as minCandidateNodesPercentage");
  }
  return { minCandidateNodesPercentage: percentage, minCandidateNodesAbsolute: absolute };
}

function readVolumeBindingArgs(
  value: unknown,
  path: string,
  issues: FieldIssues,
  { scoresStorage }: Version,
): VolumeBindingArgs {
  const { bindTimeoutSeconds = 600, shape } = decode(volumeBindingArgs, value, path, issues);
  if (bindTimeoutSeconds < 0) {
    const detail = "invalid BindTimeoutSeconds, should not be a negative value";
    issues.invalid(`${path}.bindTimeoutSeconds`, bindTimeoutSeconds, detail);
  }
  if (scoresStorage) {
    const points = shape?.length ? readShape(shape) : DEFAULT_SHAPE;
    checkShape(points, `${path}.shape`, issues);
    return { bindTimeoutSeconds, shape: points };
  }
  if (shape !== undefined) {
    const detail = "unexpected field `shape`, remove it or turn on the feature gate StorageCapacityScoring";
    const points = shape.map(({ utilization = 0, score = 0 }) => ({ Utilization: utilization, Score: score }));
    issues.invalid(`${path}.shape`, points, detail);
  }
  return { bindTimeoutSeconds };
}

function readDynamicResourcesArgs(value: unknown, path: string, issues: FieldIssues): DynamicResourcesArgs {
  const args = decode(dynamicResourcesArgs, value, path, issues);
  const { filterTimeout = FILTER_TIMEOUT, bindingTimeout = BINDING_TIMEOUT } = args;
  if (filterTimeout.ms < 0) issues.invalid(`${path}.filterTimeout`, filterTimeout.text, "must be zero or positive");
  if (bindingTimeout.ms < 1_000) {
    issues.invalid(`${path}.bindingTimeout`, bindingTimeout.text, "must be at least 1 second");
  }
  return { filterTimeoutMs: filterTimeout.ms, bindingTimeoutMs: bindingTimeout.ms };
}

type Reader<T> = (value: unknown, path: string, issues: FieldIssues, version: Version) => T;

const READERS: { readonly [Name in keyof PluginArgs]: Reader<PluginArgs[Name]> } = {
  NodeResourcesFit: readFitArgs,
  NodeResourcesBalancedAllocation: readBalancedAllocationArgs,
  NodeAffinity: readNodeAffinityArgs,
  PodTopologySpread: readSpreadArgs,
  InterPodAffinity: readInterPodAffinityArgs,
  DefaultPreemption: readDefaultPreemptionArgs,
  VolumeBinding: readVolumeBindingArgs,
  DynamicResources: readDynamicResourcesArgs,
};

/** Whether the plugin's arguments are read here; those of any other plugin are carried as they are. */
export function hasTypedArgs(name: string): name is keyof PluginArgs {
  return Object.hasOwn(READERS, name);
}

/**
 * The args of one plugin. What is wrong is reported under `path`; the result is then usable in type, but not what was
 * meant. NodeResourcesFit's are validated by {@link checkFitArgs}, later; see {@link Quirks.lateFitArgs}.
 */
export function readArgs<Name extends keyof PluginArgs>(
  name: Name,
  value: unknown,
  path: string,
  issues: FieldIssues,
  version: Version,
): PluginArgs[Name] {
  return READERS[name](value ?? null, path, issues, version);
}

/** What every plugin gets that the configuration gives no args. */
export function defaultArgs(version: Version): PluginArgs {
  const none = new FieldIssues();
  const args = Object.entries(READERS).map(([name, read]) => [name, read(null, "", none, version)]);
  return Object.fromEntries(args) as PluginArgs;
}

function decode<T>(decoder: Decoder<T>, value: unknown, path: string, issues: FieldIssues): T {
  return decoder.decode(value, path, issues) ?? decoder.zero;
}

function checkPercentage(value: number, path: string, issues: FieldIssues): void {
  if (value < 0 || value > 100) issues.invalid(path, value, "not in valid range [0, 100]");
}
