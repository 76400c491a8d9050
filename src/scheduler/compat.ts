/**
 * Versions of kube-scheduler, and what its decisions differ in. A further version is a row of VERSIONS, one of POD_RULES
 * (kube/compat.ts, for what pods request) and a build of the judge (test/kubernetes/oracle/versions).
 */

import { type Compat, DEFAULT_COMPAT } from "../kube/compat.js";
import { CATALOG_1_36, CATALOG_1_37, type PluginCatalog } from "./default-plugins.js";

export { type Compat, DEFAULT_COMPAT };

/** Bugs of kube-scheduler that change decisions. They are emulated, since identical is identical; each can be switched. */
export interface Quirks {
  /**
   * k8s 1.34 to 1.36 (kubernetes/kubernetes#141526): a namespaceSelector of the incoming pod's affinity terms goes on to
   * match by itself, against no labels at all, after it was resolved to names. So NotIn and DoesNotExist match every namespace.
   */
  readonly leakedNamespaceSelector: boolean;
  /**
   * k8s 1.34 and later: when a PreFilter plugin in front of DynamicResources rejects the pod as a whole, the PostFilter of
   * DynamicResources fails with "not found", and preemption is not tried.
   */
  readonly postFilterNotFound: boolean;
  /**
   * k8s 1.34 and later: NodeResourcesFit scores a pod by what its containers request, also where the pod as a whole
   * requests something else (`spec.resources`), by which its filter and every other plugin go.
   */
  readonly containersOnlyFitScore: boolean;
  /**
   * k8s 1.34 and later: args of NodeResourcesFit are not validated with the configuration, but when a profile makes the
   * plugin. So they pass unseen where no profile enables it, and what an extender replaces of them does too.
   */
  readonly lateFitArgs: boolean;
}

/** What a version decides differently, beside its bugs. */
export interface Version extends Quirks {
  /** The plugins, their extension points and the default profile. */
  readonly catalog: PluginCatalog;
  /** Whether the images of volumes count among those that ImageLocality divides by; they always add to the sum. */
  readonly countsVolumeImages: boolean;
  /** Whether a pod with scheduling gates counts as nominated. */
  readonly countsGatedNominations: boolean;
  /** Whether all PodDisruptionBudgets that cover a victim are charged, or none behind the first that is broken. */
  readonly chargesAllBudgets: boolean;
  /** Whether DynamicResources adds to the message of a pod without claims, and preemption says where it found a place. */
  readonly saysNoClaims: boolean;
  readonly saysPlacement: boolean;
  /**
   * Whether VolumeBinding scores by how full the storage would be, and its args may have a shape (gate
   * StorageCapacityScoring).
   */
  readonly scoresStorage: boolean;
  /** Whether NodeVolumeLimits rejects nodes that lack a driver which asks for that (gate VolumeLimitScaling). */
  readonly volumeLimitScaling: boolean;
  /** The features of kubelets that the scheduler knows by name, sorted. */
  readonly declaredFeatures: readonly string[];
}

export const VERSIONS = {
  "1.36": {
    catalog: CATALOG_1_36,
    countsVolumeImages: false,
    leakedNamespaceSelector: true,
    postFilterNotFound: true,
    containersOnlyFitScore: true,
    lateFitArgs: true,
    countsGatedNominations: false,
    chargesAllBudgets: true,
    saysNoClaims: true,
    saysPlacement: false,
    scoresStorage: false,
    volumeLimitScaling: false,
    declaredFeatures: [
      "ExtendWebSocketsToKubelet",
      "InPlacePodLevelResourcesVerticalScaling",
      "InPlacePodVerticalScalingInitContainers",
      "RestartAllContainersOnContainerExits",
      "UserNamespacesHostNetworkSupport",
    ],
  },
  "1.37": {
    catalog: CATALOG_1_37,
    countsVolumeImages: true,
    leakedNamespaceSelector: false,
    postFilterNotFound: true,
    containersOnlyFitScore: true,
    lateFitArgs: true,
    countsGatedNominations: true,
    chargesAllBudgets: false,
    saysNoClaims: false,
    saysPlacement: true,
    scoresStorage: true,
    volumeLimitScaling: true,
    declaredFeatures: [
      "DRANodeAllocatableResources",
      "DRAOptionalNodeOperations",
      "ExtendWebSocketsToKubelet",
      "InPlacePodLevelResourcesVerticalScaling",
      "InPlacePodVerticalScalingInitContainers",
      "InPlacePodVerticalScalingMemoryBackedVolumes",
      "RestartAllContainersOnContainerExits",
      "UserNamespacesHostNetworkSupport",
      "VolumeBindMountOptions",
    ],
  },
} as const satisfies Record<Compat, Version>;
