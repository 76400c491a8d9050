/** Values that the chart takes and values that it refuses: what is rendered in tests, as manifests, and for an API server. */

import type { Values } from "./helm.js";

const UNCOUNTED = { managedResources: [{ name: "example.com/gpu-memory", ignoredByScheduler: true }] };
const PROMISING = { ...UNCOUNTED, bind: true, ignorable: false };
const TLS = { secretName: "stowage-tls" };
const MUTUAL = { ...TLS, clientAuth: true, clientSecretName: "stowage-client" };

/** The plain manifests of deploy/manifests, by file. */
export const MANIFESTS: Readonly<Record<string, Values>> = {
  "own-scheduler.yaml": {},
  "beside-kube-scheduler.yaml": { mode: "loopback" },
};

export const GOOD: Readonly<Record<string, Values>> = {
  ...MANIFESTS,
  service: { mode: "service", tls: TLS, service: { clusterIP: "10.0.0.77" } },
  "service without TLS": { mode: "service", insecurePublic: true },
  "mutual TLS": { mode: "service", tls: MUTUAL, podMonitor: { enabled: true, labels: { release: "prometheus" } } },
  "own scheduler with mutual TLS": { tls: { ...MUTUAL, serverName: "stowage.test" }, podMonitor: { enabled: true } },
  "loopback with TLS": { mode: "loopback", tls: TLS },
  "a resource of its own": {
    replicas: 1,
    extender: { ...PROMISING, capacityFrom: ["example.com/gpu-memory=example.com/gpu"] },
  },
  "a resource of its own behind a service": { mode: "service", replicas: 1, tls: TLS, extender: PROMISING },
  "a resource that the scheduler counts": {
    extender: { managedResources: [{ name: "example.com/gpu" }], ignorable: false },
  },
  everything: {
    replicas: 3,
    nameOverride: "packer",
    imagePullSecrets: [{ name: "registry" }],
    image: { repository: "registry.example.com/stowage", tag: "1.2.3", pullPolicy: "Always" },
    extender: {
      preempt: true,
      bind: true,
      config: {
        apiVersion: "kubescheduler.config.k8s.io/v1",
        kind: "KubeSchedulerConfiguration",
        profiles: [{ schedulerName: "stowage" }],
      },
      extraArgs: ["--concurrency=64"],
    },
    scheduler: { name: "packer", profile: { percentageOfNodesToScore: 100 } },
    serviceAccount: { name: "packer", annotations: { note: "mine" } },
    podAnnotations: { note: "mine" },
    podLabels: { team: "a" },
    nodeSelector: { disk: "ssd" },
    tolerations: [{ key: "a", operator: "Exists" }],
    affinity: { podAntiAffinity: {} },
  },
  least: {
    replicas: 1,
    rbac: { create: false },
    serviceAccount: { create: false },
    podDisruptionBudget: { enabled: false },
  },
};

/** Each with a word of the reason. */
export const REFUSED: Readonly<Record<string, readonly [Values, RegExp]>> = {
  "a resource of its own without bind": [{ replicas: 1, extender: { ...UNCOUNTED, ignorable: false } }, /bind/],
  "a resource of its own with two replicas": [{ replicas: 2, extender: PROMISING }, /replicas/],
  "a resource of its own with the replicas of the default": [{ extender: PROMISING }, /replicas/],
  "a resource of its own on every control-plane node": [{ mode: "loopback", replicas: 1, extender: PROMISING }, /mode/],
  "a resource of its own that may be skipped": [
    { replicas: 1, extender: { ...PROMISING, ignorable: true } },
    /ignorable/,
  ],
  "a Service without TLS": [{ mode: "service" }, /anyOf|tls|insecurePublic/],
  "a monitor of loopback": [{ mode: "loopback", podMonitor: { enabled: true } }, /mode/],
  "a monitor of loopback in the own scheduler's pod": [{ podMonitor: { enabled: true } }, /podMonitor/],
  "client certificates without TLS": [{ tls: { clientAuth: true } }, /clientAuth/],
  "client certificates that kube-scheduler does not have": [{ tls: { ...TLS, clientAuth: true } }, /clientSecretName/],
  "an unknown value": [{ replica: 3 }, /replica/],
  "an unknown value inside": [{ extender: { bindVerb: "bind" } }, /bindVerb/],
  "no replica": [{ replicas: 0 }, /replicas/],
  "a weight of 0": [{ extender: { weight: 0 } }, /weight/],
  "a timeout without a unit": [{ extender: { httpTimeout: "5" } }, /httpTimeout/],
  "a native resource": [{ extender: { managedResources: [{ name: "cpu" }] } }, /managedResources/],
  "the cluster's own scheduler's name": [{ scheduler: { name: "default-scheduler" } }, /scheduler/],
};
