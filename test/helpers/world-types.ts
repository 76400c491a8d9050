/** The shapes of random worlds and of what their makers share. */

import type { KubeObject, Node, ObjectMeta, Pod, PodSpec } from "../../src/kube/objects.js";
import { type RefConfig, toKubeSchedulerConfiguration } from "../reference/config.js";
import type { Random } from "./random.js";

/** A `kubescheduler.config.k8s.io/v1` document, as a user writes it. */
export interface KubeSchedulerConfiguration {
  readonly apiVersion: "kubescheduler.config.k8s.io/v1";
  readonly kind: "KubeSchedulerConfiguration";
  readonly [field: string]: unknown;
}

/** The lists of other objects that plugins read, under the names that the oracle gives them. */
export type ObjectList =
  | "namespaces"
  | "services"
  | "replicationControllers"
  | "replicaSets"
  | "statefulSets"
  | "persistentVolumes"
  | "persistentVolumeClaims"
  | "storageClasses"
  | "csiNodes"
  | "csiDrivers"
  | "csiStorageCapacities"
  | "volumeAttachments"
  | "podDisruptionBudgets"
  | "priorityClasses";

/** Each object has apiVersion, kind and metadata. */
export type WorldObjects = Partial<Record<ObjectList, readonly KubeObject[]>>;

export interface World {
  readonly nodes: readonly Node[];
  /** On nodes already, or finished, or waiting for somebody else. */
  readonly pods: readonly Pod[];
  /** To be scheduled, in this order. */
  readonly incoming: readonly Pod[];
  /** Missing: upstream's default profile, with every node looked at. */
  readonly config?: RefConfig | KubeSchedulerConfiguration;
  readonly objects?: WorldObjects;
  /** `preempt`: when a pod fits nowhere, victims go at once and the pod takes their node. Missing: `schedule`. */
  readonly mode?: "schedule" | "preempt";
  /**
   * The choice is to be upstream's own, from as many nodes as its percentageOfNodesToScore makes it look at and by its
   * heap among equals. Otherwise every node is looked at and the first among equals is taken.
   */
  readonly sampling?: boolean;
}

export function isKubeSchedulerConfiguration(
  config: RefConfig | KubeSchedulerConfiguration,
): config is KubeSchedulerConfiguration {
  return "kind" in config && config.kind === "KubeSchedulerConfiguration";
}

/** What a scheduler has to be configured with for this world; undefined where the world says nothing. */
export function configurationOf({ config }: World): Record<string, unknown> | undefined {
  if (config === undefined || isKubeSchedulerConfiguration(config)) return config;
  return toKubeSchedulerConfiguration(config);
}

/** What can be drawn today by default: plugins that look at nodes and at the pod itself. */
export const ENGINE_THEMES = [
  "tight",
  "scalars",
  "notations",
  "containers",
  "podLevel",
  "resize",
  "taints",
  "affinity",
  "unschedulable",
  "ports",
  "images",
  "nodeName",
  "gates",
  "config",
] as const;

/** What a world is about. Resources are always there, in plain notation. */
export const ALL_THEMES = [
  ...ENGINE_THEMES,
  "spread",
  "defaultSpread",
  "interPod",
  "volumes",
  "declaredFeatures",
  "nominated",
  "preempt",
  "sampling",
  "profiles",
  "points",
  "dra",
] as const;
export type Theme = (typeof ALL_THEMES)[number];

export interface WorldOptions {
  /** The exact number of nodes; left out, 0 to 20 in nine of ten worlds and up to 200 in the others. */
  readonly nodes?: number;
  /** The number of incoming pods; left out, 1 to 10. */
  readonly incoming?: number;
  /** Exactly these. Left out, one or a mixture is drawn from `among`. */
  readonly themes?: readonly Theme[];
  /** What themes are drawn from; left out, ENGINE_THEMES. */
  readonly among?: readonly Theme[];
}

/** Passed down to the makers of nodes and pods. */
export interface WorldContext {
  readonly random: Random;
  readonly nodeNames: readonly string[];
  has(theme: Theme): boolean;
  /** Choices of its own for every name: what one theme draws does not move what another draws. */
  stream(name: string): Random;
}

export type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** A node to which themes still add. */
export interface NodeDraft {
  readonly metadata: { readonly name: string; labels: Record<string, string> };
  spec: Mutable<NonNullable<Node["spec"]>>;
  status: Mutable<NonNullable<Node["status"]>> & { declaredFeatures?: string[] };
}

/** A pod to which themes still add. */
export interface PodDraft {
  readonly metadata: Mutable<ObjectMeta> & { readonly name: string };
  spec: Mutable<PodSpec> & { hostUsers?: boolean };
  status: Mutable<NonNullable<Pod["status"]>>;
}

/** Whether a pod is on a node already or is to be scheduled. */
export type PodRole = "bound" | "incoming";
