/** The name in `urlPrefix`: whether kube-scheduler can resolve it, and what stands behind it in the cluster. */

import { isIP } from "node:net";
import type { ExtenderConfig } from "../scheduler/extender-config.js";
import { type Draft, fieldOf } from "./finding.js";
import type { Change } from "./patch.js";
import { seesClusterNames } from "./scheduler-pod.js";
import type { ClusterFacts, SchedulerPod, ServiceFacts, Workload } from "./world.js";

interface ServiceName {
  readonly namespace: string | undefined;
  readonly name: string;
}

/** Whether the address is the caller's own machine. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

export function checkService(config: ExtenderConfig, index: number, url: URL, facts: ClusterFacts): Draft[] {
  if (isLoopback(url)) return loopbackAlone(index, url, facts.scheduler);
  const named = serviceName(url, facts);
  const service = named === undefined ? byClusterIp(url, facts) : facts.services.find((one) => isNamed(one, named));
  const drafts =
    named === undefined ? [] : [...clusterDns(index, url, service, facts), ...missing(index, named, facts)];
  if (service === undefined) return drafts;
  return [...drafts, ...servicePort(index, url, service), ...replicas(config, index, service, facts)];
}

/** A pod of its own network has nothing but its containers on its loopback address. */
function loopbackAlone(index: number, url: URL, pod: SchedulerPod | undefined): Draft[] {
  if (pod === undefined || pod.spec.hostNetwork || pod.spec.containers.length > 1) return [];
  const message = `kube-scheduler's pod has a network of its own and no other container, so nothing listens on ${url.host}`;
  const text = "run the extender as a second container of that pod, or name its Service";
  const path = fieldOf(index, "urlPrefix");
  const evidence = `${pod.source.file}: hostNetwork is not set, 1 container`;
  return [{ code: "loopback-alone", severity: "broken", path, message, evidence, fix: { text } }];
}

/** `NAME.NAMESPACE.svc...`, a single label, or two of which there is such a Service. */
function serviceName({ hostname }: URL, { services }: ClusterFacts): ServiceName | undefined {
  if (isIP(hostname.replace(/^\[|\]$/g, "")) !== 0) return undefined;
  const [name = "", namespace, third] = hostname.split(".");
  const found = { namespace, name };
  if (third === "svc" || namespace === undefined || hostname.endsWith(".cluster.local")) return found;
  return third === undefined && services.some((service) => isNamed(service, found)) ? found : undefined;
}

function isNamed(service: ServiceFacts, { namespace, name }: ServiceName): boolean {
  return service.name === name && (namespace === undefined || service.namespace === namespace);
}

function byClusterIp({ hostname }: URL, { services }: ClusterFacts): ServiceFacts | undefined {
  return services.find((service) => service.clusterIp === hostname);
}

function clusterDns(index: number, url: URL, service: ServiceFacts | undefined, { scheduler }: ClusterFacts): Draft[] {
  const sees = seesClusterNames(scheduler);
  if (sees === true) return [];
  const path = fieldOf(index, "urlPrefix");
  const evidence =
    scheduler === undefined
      ? "kube-scheduler's pod is not in the input; kubeadm runs it with hostNetwork and the node's DNS"
      : `${scheduler.source.file}: hostNetwork ${scheduler.spec.hostNetwork}, dnsPolicy ${scheduler.spec.dnsPolicy}`;
  return [
    {
      code: "cluster-dns",
      severity: sees === false ? "broken" : "warning",
      path,
      message: `${url.hostname} is a name of the cluster's DNS, which a pod with hostNetwork does not ask: no call is ever made`,
      evidence,
      fix: dnsFix(path, url, service, scheduler),
    },
  ];
}

function dnsFix(
  path: string,
  url: URL,
  service: ServiceFacts | undefined,
  scheduler: SchedulerPod | undefined,
): NonNullable<Draft["fix"]> {
  const address = service?.clusterIp ?? "";
  if (isIP(address) !== 0) {
    const value = `${url.protocol}//${address}${url.port === "" ? "" : `:${url.port}`}${url.pathname.replace(/\/$/, "")}`;
    const change: Change = { kind: "set", path, value };
    return { text: `write the Service's address: ${value}`, changes: [change] };
  }
  const pod = scheduler === undefined ? "kube-scheduler's pod" : scheduler.source.file;
  return { text: `write the Service's clusterIP, or set dnsPolicy to ClusterFirstWithHostNet in ${pod}` };
}

function missing(index: number, { namespace, name }: ServiceName, { services }: ClusterFacts): Draft[] {
  if (services.length === 0 || services.some((service) => isNamed(service, { namespace, name }))) return [];
  const path = fieldOf(index, "urlPrefix");
  const message = `there is no Service ${namespace === undefined ? "" : `${namespace}/`}${name}`;
  const evidence = `${services.length} Services in the input`;
  return [{ code: "service-missing", severity: "broken", path, message, evidence }];
}

function servicePort(index: number, url: URL, service: ServiceFacts): Draft[] {
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  const { ports, namespace, name } = service;
  if (ports.length === 0 || ports.includes(port)) return [];
  const path = fieldOf(index, "urlPrefix");
  const message = `Service ${namespace}/${name} has no port ${port}; it has ${ports.join(", ")}`;
  return [{ code: "service-port", severity: "broken", path, message, fix: { text: `write port ${ports[0]}` } }];
}

/** A promise made at bind is known to the replica that made it alone. */
function replicas(config: ExtenderConfig, index: number, service: ServiceFacts, facts: ClusterFacts): Draft[] {
  const uncounted = (config.managedResources ?? []).findIndex(({ ignoredByScheduler }) => ignoredByScheduler === true);
  if (uncounted < 0) return [];
  const behind = facts.workloads.filter((workload) => isSelected(workload, service));
  const count = behind.reduce((sum, workload) => sum + workload.replicas, 0);
  if (count <= 1) return [];
  const { name = "" } = config.managedResources?.[uncounted] ?? {};
  const path = fieldOf(index, `managedResources[${uncounted}].ignoredByScheduler`);
  const message = `${name} is counted by the extender alone, and ${count} replicas each promise it without knowing of the other's promises`;
  const evidence = behind.map(({ kind, namespace, name: of, replicas: each }) => `${kind} ${namespace}/${of}: ${each}`);
  return [
    {
      code: "several-replicas",
      severity: "broken",
      path,
      message,
      evidence: evidence.join(", "),
      fix: { text: "run one replica" },
    },
  ];
}

/** A Service without a selector stands for no pods. */
function isSelected({ namespace, labels }: Workload, service: ServiceFacts): boolean {
  const wanted = Object.entries(service.selector);
  return namespace === service.namespace && wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}
