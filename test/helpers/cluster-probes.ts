/** Questions whose answers hang on everything a cluster holds: decisions, fits and scores of a fixed set of pods. */

import type { Cluster } from "../../src/cluster/cluster.js";
import type { Pod, PodSpec } from "../../src/kube/objects.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";

export const PORT_IPS = ["0.0.0.0", "10.0.0.1", "10.0.0.2"] as const;

/** A term that matches one of the probes. */
export const AVOIDING = {
  labelSelector: { matchLabels: { probe: "avoided" } },
  namespaces: ["probes"],
  topologyKey: "kubernetes.io/hostname",
};

const requests = { cpu: "250m", memory: "256Mi" };
const SELECTING = { nodeSelectorTerms: [{ matchExpressions: [{ key: "zone", operator: "In", values: ["a"] }] }] };

const PROBES: readonly Pod[] = [
  probe("plain", { containers: [{ name: "main", resources: { requests } }] }),
  probe("best-effort", {}),
  probe("gpu", { containers: [{ name: "main", resources: { requests: { "example.com/gpu": 1 } } }] }),
  probe("image", { containers: [{ name: "main", image: "shop:1", resources: { requests } }] }),
  probe("selecting", { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: SELECTING } } }),
  probe("avoided", {}),
  ...PORT_IPS.map(portProbe),
];

/** Answers that must not hang on how the cluster came to be what it is. */
const WITHOUT_HISTORY = PROBES.filter(({ spec }) => {
  return !(spec?.containers ?? []).some(({ image, ports }) => image !== undefined || ports !== undefined);
});

/** Every answer a scheduler gives to the probes, as text. */
export function observe(scheduler: Scheduler, probes: readonly Pod[] = PROBES): string {
  const answers = probes.map((pod) => {
    const fit = scheduler.filter(pod);
    return [scheduler.schedule(pod), fit, scheduler.score(pod, fit)];
  });
  return JSON.stringify(answers, null, 1);
}

/** Whom a pod could preempt, as text: without the pods themselves, which do not say by what means they have their node. */
export function observePreemption(scheduler: Scheduler, pod: Pod): string {
  return JSON.stringify(scheduler.preempt(pod), (name, value) => (name === "pod" ? undefined : value), 1);
}

/** {@link observe}, without ports and images: of these a cluster remembers who came first. */
export function observeWithoutHistory(scheduler: Scheduler): string {
  return observe(scheduler, WITHOUT_HISTORY);
}

/** A scheduler whose only filter is NodePorts. */
export function portScheduler(cluster: Cluster): Scheduler {
  const enabled = ["PrioritySort", "NodePorts", "DefaultBinder"].map((name) => ({ name }));
  const config = {
    apiVersion: "kubescheduler.config.k8s.io/v1",
    kind: "KubeSchedulerConfiguration",
    profiles: [{ plugins: { multiPoint: { disabled: [{ name: "*" }], enabled } } }],
  };
  return new Scheduler(cluster, { config });
}

/** The nodes on which port 80 of this IP is free, in their order. */
export function freePortNodes(scheduler: Scheduler, ip: string): readonly string[] {
  return scheduler.filter(portProbe(ip)).feasible;
}

function portProbe(hostIP: string): Pod {
  return probe(`port-${hostIP}`, {
    containers: [{ name: "main", ports: [{ containerPort: 80, hostPort: 80, hostIP }] }],
  });
}

function probe(name: string, spec: PodSpec): Pod {
  return { metadata: { name, namespace: "probes", labels: { probe: name } }, spec };
}
