/** NodeDeclaredFeatures: k8s component-helpers nodedeclaredfeatures. */

import type { Pod } from "../../src/kube/objects.js";
import type { Compat } from "./compat.js";
import { type FilterPlugin, PASS, unresolvable } from "./plugin.js";

/** What the scheduler knows by name, sorted. */
const REGISTERED: Readonly<Record<Compat, readonly string[]>> = {
  "1.36": [
    "ExtendWebSocketsToKubelet",
    "InPlacePodLevelResourcesVerticalScaling",
    "InPlacePodVerticalScalingInitContainers",
    "RestartAllContainersOnContainerExits",
    "UserNamespacesHostNetworkSupport",
  ],
  "1.37": [
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
};

interface FeatureContainer {
  readonly restartPolicyRules?: readonly { readonly action?: string }[] | null;
  readonly volumeMounts?: readonly { readonly bindMountOptions?: readonly string[] | null }[] | null;
}

interface FeatureSpec {
  readonly hostNetwork?: boolean;
  readonly hostUsers?: boolean | null;
  readonly containers?: readonly FeatureContainer[] | null;
  readonly initContainers?: readonly FeatureContainer[] | null;
  readonly ephemeralContainers?: readonly FeatureContainer[] | null;
}

function requiredFeatures(pod: Pod, compat: Compat): string[] {
  const spec = (pod.spec ?? {}) as FeatureSpec;
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  const features: string[] = [];
  const rules = containers.flatMap((container) => container.restartPolicyRules ?? []);
  if (rules.some(({ action }) => action === "RestartAllContainers")) {
    features.push("RestartAllContainersOnContainerExits");
  }
  if (spec.hostNetwork === true && spec.hostUsers === false) features.push("UserNamespacesHostNetworkSupport");
  const mounts = [...containers, ...(spec.ephemeralContainers ?? [])].flatMap(({ volumeMounts }) => volumeMounts ?? []);
  const hasMountOptions = mounts.some(({ bindMountOptions }) => (bindMountOptions ?? []).length > 0);
  if (compat === "1.37" && hasMountOptions) features.push("VolumeBindMountOptions");
  return features;
}

/** Both lists are taken to be sorted and walked together; what a node lists out of order is lost. */
function knownFeatures(declared: readonly string[], compat: Compat): Set<string> {
  const known = new Set<string>();
  let at = 0;
  for (const name of REGISTERED[compat]) {
    while (at < declared.length && declared[at]! < name) at++;
    if (declared[at] !== name) continue;
    known.add(name);
    at++;
  }
  return known;
}

export const DECLARED_FEATURES: FilterPlugin = {
  name: "NodeDeclaredFeatures",
  withoutPreFilter: 'error reading "PreFilterNodeDeclaredFeatures" from cycle-state: not found',
  prepare({ pod, behaviour: { compat } }) {
    const required = requiredFeatures(pod, compat);
    if (required.length === 0) return { skip: true, nodeFilter: PASS };
    return {
      nodeFilter: {
        filter({ node }) {
          const { declaredFeatures } = (node.status ?? {}) as { readonly declaredFeatures?: readonly string[] | null };
          const known = knownFeatures(declaredFeatures ?? [], compat);
          return required.every((name) => known.has(name))
            ? undefined
            : unresolvable("node(s) didn't match Pod's required features");
        },
      },
    };
  },
};
