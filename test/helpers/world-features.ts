/** Features that kubelets declare, and pods that need them (k8s 1.36 component-helpers/nodedeclaredfeatures). */

import type { Container } from "../../src/kube/objects.js";
import type { Random } from "./random.js";
import type { NodeDraft, PodDraft, WorldContext } from "./world-types.js";

const DECLARED = [
  "RestartAllContainersOnContainerExits",
  "UserNamespacesHostNetworkSupport",
  "ExtendWebSocketsToKubelet",
  "InPlacePodLevelResourcesVerticalScaling",
  "NotAFeature",
];

export function addDeclaredFeatures(node: NodeDraft, { stream }: WorldContext): void {
  const random = stream("declaredFeatures");
  if (random.chance(85)) node.status.declaredFeatures = random.some(DECLARED, 65);
}

export function addFeatureUse(pod: PodDraft, { stream }: WorldContext): void {
  const random = stream("declaredFeatures");
  if (random.chance(40)) pod.spec.hostNetwork = random.chance(85);
  if (random.chance(50)) pod.spec.hostUsers = random.chance(20);
  if (random.chance(30)) pod.spec.containers = (pod.spec.containers ?? []).map((one) => withRestartRule(one, random));
  if (random.chance(10) && pod.spec.initContainers != null) {
    pod.spec.initContainers = pod.spec.initContainers.map((one) => withRestartRule(one, random));
  }
}

function withRestartRule(container: Container, random: Random): Container {
  const action = random.pick(["RestartAllContainers", "RestartAllContainers", "Restart"]);
  const rule = { action, exitCodes: { operator: "In", values: [42] } };
  const restartPolicyRules = random.chance(80) ? [rule] : [];
  return { restartPolicy: "Never", ...container, restartPolicyRules } as Container;
}
