/** What the manifests or the cluster say beside the configuration: how many nodes, which version, who runs kube-scheduler. */

import type { KubeObject, Node } from "../kube/objects.js";
import type { SourceText } from "./source.js";

export interface ClusterFacts {
  readonly nodes: readonly Node[];
  /** Whether a server that follows the cluster can know them; not so of `--nodes`. */
  readonly areNodesReal: boolean;
  /** Minor of Kubernetes 1: the scheduler's own where its image tells it, else the lowest of the kubelets. */
  readonly minor: number | undefined;
  readonly services: readonly ServiceFacts[];
  readonly workloads: readonly Workload[];
  readonly scheduler: SchedulerPod | undefined;
}

/** Pods that a controller makes, or a bare one. */
export interface Workload {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ServiceFacts {
  readonly namespace: string;
  readonly name: string;
  /** Empty where none is given. */
  readonly clusterIp: string;
  readonly selector: Readonly<Record<string, string>>;
  readonly ports: readonly number[];
}

/** The pod that runs kube-scheduler. */
export interface SchedulerPod {
  readonly source: SourceText;
  readonly spec: {
    readonly hostNetwork: boolean;
    readonly dnsPolicy: string;
    readonly containers: readonly SchedulerContainer[];
  };
  /** Of the pod's spec in its object: `spec` or `spec.template.spec`. */
  readonly path: string;
  /** Place of kube-scheduler's among the containers. */
  readonly container: number;
}

export interface SchedulerContainer {
  readonly image: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly mountPaths: readonly string[];
}

const TEMPLATED: ReadonlySet<string> = new Set(["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"]);

/**
 * Manifests come here as they were written, so nothing is taken for what it should be.
 *
 * @param made nodes that are not in the manifests
 */
export function factsOf(sources: readonly SourceText[], made: readonly Node[] = []): ClusterFacts {
  const objects = sources.map(({ object }) => object);
  const real = objects.filter((object) => object.kind === "Node" && textOf(fieldsOf(object.metadata).name)) as Node[];
  const nodes = [...real, ...made];
  const scheduler = sources.map(schedulerIn).find((found) => found !== undefined);
  return {
    nodes,
    areNodesReal: real.length > 0,
    minor: minorOf(scheduler, nodes),
    services: objects.filter(({ kind }) => kind === "Service").map(serviceOf),
    workloads: objects.flatMap(workloadOf),
    scheduler,
  };
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(textOf) : [];
}

function textMapOf(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(fieldsOf(value)).map(([key, each]) => [key, textOf(each)]));
}

function serviceOf({ metadata, spec }: KubeObject & { readonly spec?: unknown }): ServiceFacts {
  const { clusterIP, selector, ports } = fieldsOf(spec);
  const { namespace, name } = fieldsOf(metadata);
  return {
    namespace: textOf(namespace) || "default",
    name: textOf(name),
    clusterIp: textOf(clusterIP),
    selector: textMapOf(selector),
    ports: listOf(ports).map(({ port }) => Number(port)),
  };
}

/** The spec of a pod, or of those that a controller makes, and its path. */
function podSpecOf(object: KubeObject): { readonly spec: Fields; readonly path: string; readonly labels: unknown } {
  const { spec, metadata } = object as { readonly spec?: unknown; readonly metadata?: unknown };
  if (!TEMPLATED.has(object.kind ?? ""))
    return { spec: fieldsOf(spec), path: "spec", labels: fieldsOf(metadata).labels };
  const template = fieldsOf(fieldsOf(spec).template);
  return { spec: fieldsOf(template.spec), path: "spec.template.spec", labels: fieldsOf(template.metadata).labels };
}

function schedulerIn(source: SourceText): SchedulerPod | undefined {
  const { kind = "" } = source.object;
  if (kind !== "Pod" && !TEMPLATED.has(kind)) return undefined;
  const { spec, path } = podSpecOf(source.object);
  const containers = listOf(spec.containers).map(containerOf);
  const container = containers.findIndex(runsScheduler);
  if (container < 0) return undefined;
  const dnsPolicy = textOf(spec.dnsPolicy) || "ClusterFirst";
  return { source, spec: { hostNetwork: spec.hostNetwork === true, dnsPolicy, containers }, path, container };
}

function containerOf({ image, command, args, volumeMounts }: Fields): SchedulerContainer {
  const mountPaths = listOf(volumeMounts).map(({ mountPath }) => textOf(mountPath));
  return { image: textOf(image), command: textsOf(command), args: textsOf(args), mountPaths };
}

function runsScheduler({ image, command }: SchedulerContainer): boolean {
  const program = command[0]?.split("/").at(-1);
  return program === "kube-scheduler" || (program === undefined && /(?:^|\/)kube-scheduler(?::|@|$)/.test(image));
}

function workloadOf(object: KubeObject): Workload[] {
  const { kind = "" } = object;
  if (kind !== "Pod" && !TEMPLATED.has(kind)) return [];
  const { namespace, name } = fieldsOf(object.metadata);
  const { replicas } = fieldsOf((object as { readonly spec?: unknown }).spec);
  const asked = Number.isInteger(replicas) ? Number(replicas) : 1;
  // A daemon set has as many pods as nodes: two at least, wherever that matters.
  const count = kind === "Pod" ? 1 : kind === "DaemonSet" ? 2 : asked;
  const labels = textMapOf(podSpecOf(object).labels);
  return [{ kind, namespace: textOf(namespace) || "default", name: textOf(name), replicas: count, labels }];
}

function minorOf(scheduler: SchedulerPod | undefined, nodes: readonly Node[]): number | undefined {
  const image = scheduler?.spec.containers[scheduler.container]?.image ?? "";
  const [, tagged] = /:v?1\.(\d+)/.exec(image) ?? [];
  if (tagged !== undefined) return Number(tagged);
  const minors = nodes.flatMap(({ status }) => {
    const version = textOf(fieldsOf(fieldsOf(status).nodeInfo).kubeletVersion);
    const [, minor] = /^v?1\.(\d+)/.exec(version) ?? [];
    return minor === undefined ? [] : [Number(minor)];
  });
  return minors.length === 0 ? undefined : Math.min(...minors);
}
