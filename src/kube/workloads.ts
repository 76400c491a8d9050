/**
 * Workloads to the pods that their controllers would make, less those that are there already. Made pods are called
 * `web-1`, `web-2`, ... (a StatefulSet's `web-0`, as in a cluster): the random names of a cluster would make a plan that
 * no second run repeats.
 */

import type { Issue } from "../errors.js";
import { daemonNodeOf, daemonSpec, daemonSpecFor, wantsDaemon } from "./daemonset.js";
import { defaultNode } from "./defaults.js";
import { groupOf, isPodMaker, type ObjectIssue, objectLabel, type ReadKind, readKindOf } from "./kinds.js";
import {
  isFinished,
  type KubeObject,
  type LimitRange,
  type Namespace,
  type Node,
  namespacedName,
  type Pod,
  type PodSpec,
  type PodTemplateSpec,
  type PriorityClass,
  type RuntimeClass,
  type StringMap,
} from "./objects.js";
import { OwnerIndex } from "./owners.js";

/** Objects that make no pods here, and why; one entry a kind, group and reason. */
export interface NotExpanded {
  readonly kind: string;
  /** API group; "" for the core. */
  readonly group: string;
  /** How many objects. */
  readonly count: number;
  readonly reason: string;
  /** Whether pods are missing from the plan because of it. */
  readonly makesPods: boolean;
}

export interface Expansion {
  readonly nodes: readonly Node[];
  /** Those of the input, then those that were made, in the order of their workloads. */
  readonly pods: readonly Pod[];
  readonly namespaces: readonly Namespace[];
  readonly priorityClasses: readonly PriorityClass[];
  readonly runtimeClasses: readonly RuntimeClass[];
  readonly limitRanges: readonly LimitRange[];
  /** Everything else, as it was. */
  readonly others: readonly KubeObject[];
  readonly notExpanded: readonly NotExpanded[];
  readonly issues: readonly ObjectIssue[];
}

/** More pods than this are not made out of one input: a slip of the finger must not fill the memory. */
const MAX_MADE_PODS = 1_000_000;

const WORKLOAD_KINDS: ReadonlySet<ReadKind> = new Set([
  "Deployment",
  "ReplicaSet",
  "StatefulSet",
  "DaemonSet",
  "ReplicationController",
  "Job",
  "CronJob",
]);

/** A workload, as far as making pods reads it. Its shape has been checked by validateObject. */
interface Workload extends KubeObject {
  readonly spec?: {
    readonly replicas?: number | null;
    readonly parallelism?: number | null;
    readonly completions?: number | null;
    readonly suspend?: boolean | null;
    readonly ordinals?: { readonly start?: number } | null;
    readonly template?: PodTemplateSpec;
    readonly jobTemplate?: { readonly spec?: Workload["spec"] };
    readonly minReplicas?: number;
    readonly scaleTargetRef?: { readonly kind?: string; readonly name?: string };
  };
  readonly status?: {
    readonly succeeded?: unknown;
    readonly conditions?: readonly { readonly type?: unknown; readonly status?: unknown }[] | null;
  };
}

/** Turns valid objects into nodes, pods and what else scheduling reads. The objects stay as they are. */
export function expandWorkloads(objects: readonly KubeObject[]): Expansion {
  return new Expander(objects).expand();
}

class Expander {
  private readonly byKind = new Map<ReadKind, KubeObject[]>();
  private readonly others: KubeObject[] = [];
  private readonly workloads: Workload[] = [];
  private readonly podsByOwner = new Map<KubeObject, Pod[]>();
  private readonly podNames = new Set<string>();
  /** By namespace and name of a StatefulSet the ordinals that nothing else may be called by. */
  private readonly ordinals = new Map<string, { readonly start: number; readonly end: number }>();
  private readonly made: Pod[] = [];
  private readonly notExpanded = new Map<string, { -readonly [K in keyof NotExpanded]: NotExpanded[K] }>();
  private readonly issues: ObjectIssue[] = [];
  private readonly owners: OwnerIndex;
  private readonly nodes: readonly Node[];
  private readonly pods: readonly Pod[];

  constructor(objects: readonly KubeObject[]) {
    for (const object of objects) this.sort(object);
    this.owners = new OwnerIndex(this.workloads);
    this.nodes = this.ofKind<Node>("Node").map(defaultNode);
    for (const workload of this.workloads) this.reserveOrdinals(workload);
    for (const pod of this.ofKind<Pod>("Pod")) this.takePod(pod);
    this.pods = this.ofKind<Pod>("Pod").map((pod) => this.named(pod));
  }

  expand(): Expansion {
    for (const workload of this.workloads) {
      if (this.owners.rootOf(workload) === undefined) this.expandOne(workload);
    }
    this.warnOfAutoscalers();
    return {
      nodes: this.ofKind<Node>("Node"),
      pods: [...this.pods, ...this.made],
      namespaces: this.ofKind<Namespace>("Namespace"),
      priorityClasses: this.ofKind<PriorityClass>("PriorityClass"),
      runtimeClasses: this.ofKind<RuntimeClass>("RuntimeClass"),
      limitRanges: this.ofKind<LimitRange>("LimitRange"),
      others: this.others,
      notExpanded: [...this.notExpanded.values()],
      issues: this.issues,
    };
  }

  private sort(object: KubeObject): void {
    const kind = readKindOf(object);
    if (kind !== undefined && WORKLOAD_KINDS.has(kind)) this.workloads.push(object as Workload);
    else if (kind === "PodTemplate") this.leaveOut(object, "makes no pod by itself", false);
    else if (kind !== undefined) this.sortKind(kind, object);
    else this.sortOther(object);
  }

  private sortKind(kind: ReadKind, object: KubeObject): void {
    const known = this.byKind.get(kind);
    if (known === undefined) this.byKind.set(kind, [object]);
    else known.push(object);
  }

  private sortOther(object: KubeObject): void {
    this.others.push(object);
    const makesPods = isPodMaker(object);
    this.leaveOut(object, makesPods ? "not expanded: only its own controller knows its pods" : "not read", makesPods);
  }

  private ofKind<T>(kind: ReadKind): readonly T[] {
    return (this.byKind.get(kind) ?? []) as readonly unknown[] as readonly T[];
  }

  private reserveOrdinals(workload: Workload): void {
    if (readKindOf(workload) !== "StatefulSet") return;
    const { replicas, ordinals } = workload.spec ?? {};
    const start = ordinals?.start ?? 0;
    this.ordinals.set(namespacedName(workload), { start, end: start + (replicas ?? 1) });
  }

  private takePod(pod: Pod): void {
    if (pod.metadata?.name) this.podNames.add(namespacedName(pod));
    const root = this.owners.rootOf(pod as KubeObject);
    if (root === undefined) return;
    const pods = this.podsByOwner.get(root);
    if (pods === undefined) this.podsByOwner.set(root, [pod]);
    else pods.push(pod);
  }

  private expandOne(workload: Workload): void {
    switch (readKindOf(workload)) {
      case "StatefulSet":
        this.expandStatefulSet(workload);
        break;
      case "DaemonSet":
        this.expandDaemonSet(workload);
        break;
      case "Job":
        this.expandJob(workload, workload.spec);
        break;
      case "CronJob":
        this.expandJob(workload, workload.spec?.jobTemplate?.spec);
        break;
      default:
        this.makeMany(workload, (workload.spec?.replicas ?? 1) - this.activePods(workload).length);
    }
  }

  /** Ordinals are names: the missing ones are made, in order. */
  private expandStatefulSet(workload: Workload): void {
    const { replicas, ordinals, template } = workload.spec ?? {};
    const count = replicas ?? 1;
    if (!this.hasRoomFor(workload, count)) return;
    const base = baseName(workload);
    const own = new Set(this.activePods(workload).map((pod) => pod.metadata?.name));
    const start = ordinals?.start ?? 0;
    for (let ordinal = start; ordinal < start + count; ordinal += 1) {
      const name = `${base}-${ordinal}`;
      if (own.has(name)) continue;
      if (this.isNameTaken(workload, name)) {
        this.warn(
          workload,
          "name-taken",
          `a pod called ${name} is there and belongs to something else`,
          "metadata.name",
        );
        continue;
      }
      const labels = { "statefulset.kubernetes.io/pod-name": name, "apps.kubernetes.io/pod-index": String(ordinal) };
      this.make(workload, name, template, template?.spec, labels);
    }
  }

  private expandDaemonSet(workload: Workload): void {
    if (this.nodes.length === 0) {
      this.leaveOut(workload, "one pod a node, and there are no nodes", true);
      return;
    }
    const template = workload.spec?.template;
    const spec = daemonSpec(template?.spec ?? {});
    const served = new Set(this.activePods(workload).map((pod) => daemonNodeOf(pod.spec)));
    const wanted = this.nodes.filter((node) => !served.has(node.metadata?.name) && wantsDaemon(spec, node));
    if (!this.hasRoomFor(workload, wanted.length)) return;
    const names = this.freeNames(workload, wanted.length);
    wanted.forEach((node, index) => {
      this.make(workload, names[index] ?? "", template, daemonSpecFor(spec, node.metadata?.name ?? ""));
    });
  }

  /** As many at once as the Job allows, no more than it still has to complete. A CronJob is one run of its Job. */
  private expandJob(workload: Workload, job: Workload["spec"]): void {
    if (workload.spec?.suspend === true || job?.suspend === true) {
      this.leaveOut(workload, "suspended", true);
      return;
    }
    if (isFinishedJob(workload)) return;
    const parallelism = job?.parallelism ?? 1;
    const completions = job?.completions ?? (isSet(job?.parallelism) ? Number.POSITIVE_INFINITY : 1);
    const done = readKindOf(workload) === "CronJob" ? 0 : this.succeeded(workload);
    const wanted = Math.min(parallelism, Math.max(completions - done, 0)) - this.activePods(workload).length;
    const isCron = readKindOf(workload) === "CronJob";
    const labels = isCron ? {} : { "job-name": baseName(workload), "batch.kubernetes.io/job-name": baseName(workload) };
    this.makeMany(workload, wanted, job?.template, labels);
  }

  private succeeded(job: Workload): number {
    const counted = typeof job.status?.succeeded === "number" ? job.status.succeeded : 0;
    const seen = (this.podsByOwner.get(job) ?? []).filter((pod) => pod.status?.phase === "Succeeded").length;
    return Math.max(counted, seen);
  }

  /** Pods that count against what the workload wants: not finished, not being deleted. */
  private activePods(workload: Workload): readonly Pod[] {
    return (this.podsByOwner.get(workload) ?? []).filter(isActive);
  }

  private makeMany(
    workload: Workload,
    count: number,
    template = workload.spec?.template,
    labels: StringMap = {},
  ): void {
    if (count <= 0 || !this.hasRoomFor(workload, count)) return;
    for (const name of this.freeNames(workload, count)) this.make(workload, name, template, template?.spec, labels);
  }

  private make(
    workload: Workload,
    name: string,
    template: PodTemplateSpec | undefined,
    spec: PodSpec | undefined,
    labels: StringMap = {},
  ): void {
    const namespace = workload.metadata?.namespace || "default";
    const isPlain = Object.keys(labels).length === 0;
    const templateLabels = template?.metadata?.labels ?? undefined;
    this.podNames.add(`${namespace}/${name}`);
    this.made.push({
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        ...template?.metadata,
        name,
        namespace,
        uid: `pod-${namespace}-${name}`,
        ...(isPlain && templateLabels === undefined
          ? {}
          : { labels: isPlain ? templateLabels! : { ...templateLabels, ...labels } }),
        ownerReferences: [ownerReference(workload, namespace)],
      },
      spec: spec ?? {},
    });
  }

  private freeNames(workload: KubeObject, count: number): string[] {
    const base = baseName(workload);
    const reserved = this.ordinals.get(`${workload.metadata?.namespace || "default"}/${base}`);
    const names: string[] = [];
    for (let number = 1; names.length < count; number += 1) {
      const name = `${base}-${number}`;
      const isReserved = reserved !== undefined && number >= reserved.start && number < reserved.end;
      if (!isReserved && !this.isNameTaken(workload, name)) names.push(name);
    }
    return names;
  }

  /** A pod with only `generateName` is called after it: its real name is random. */
  private named(pod: Pod): Pod {
    if (pod.metadata?.name) return pod;
    const [name = ""] = this.freeNames(pod as KubeObject, 1);
    const metadata = { ...pod.metadata, name };
    this.podNames.add(namespacedName({ metadata }));
    return { ...pod, metadata };
  }

  private isNameTaken(workload: KubeObject, name: string): boolean {
    return this.podNames.has(`${workload.metadata?.namespace || "default"}/${name}`);
  }

  private hasRoomFor(workload: Workload, count: number): boolean {
    if (this.made.length + count <= MAX_MADE_PODS) return true;
    const message = `${count} pods, and no more than ${MAX_MADE_PODS} are made out of one input`;
    this.add(workload, { code: "too-many-pods", severity: "error", message, path: "spec" });
    return false;
  }

  /** Without `replicas` there is one pod, though an autoscaler would decide otherwise. */
  private warnOfAutoscalers(): void {
    for (const scaler of this.ofKind<Workload>("HorizontalPodAutoscaler")) {
      const { kind, name } = scaler.spec?.scaleTargetRef ?? {};
      const target = this.workloads.find(
        (workload) =>
          workload.kind === kind &&
          workload.metadata?.name === name &&
          (workload.metadata?.namespace || "default") === (scaler.metadata?.namespace || "default"),
      );
      if (target === undefined || isSet(target.spec?.replicas)) continue;
      const message = `${objectLabel(scaler)} sets the number of pods; without spec.replicas one is planned`;
      this.warn(target, "autoscaled", message, "spec.replicas");
    }
  }

  private leaveOut(object: KubeObject, reason: string, makesPods: boolean): void {
    const { kind = "" } = object;
    const group = groupOf(object) ?? "";
    const key = JSON.stringify([group, kind, reason]);
    const known = this.notExpanded.get(key);
    if (known !== undefined) known.count += 1;
    else this.notExpanded.set(key, { kind, group, count: 1, reason, makesPods });
  }

  private warn(object: KubeObject, code: string, message: string, path: string): void {
    this.add(object, { code, severity: "warning", message, path });
  }

  private add(object: KubeObject, issue: Issue): void {
    this.issues.push({ object, issue: { ...issue, object: objectLabel(object) } });
  }
}

function isActive(pod: Pod): boolean {
  return !isFinished(pod) && !pod.metadata?.deletionTimestamp;
}

function isFinishedJob(job: Workload): boolean {
  const conditions = Array.isArray(job.status?.conditions) ? job.status.conditions : [];
  return conditions.some(
    (condition) => (condition?.type === "Complete" || condition?.type === "Failed") && condition.status === "True",
  );
}

function ownerReference(workload: Workload, namespace: string) {
  const { apiVersion, kind = "", metadata } = workload;
  const name = metadata?.name ?? baseName(workload);
  const uid = metadata?.uid || `${kind.toLowerCase()}-${namespace}-${name}`;
  return { ...(apiVersion === undefined ? {} : { apiVersion }), kind, name, uid, controller: true };
}

/** What the names of made pods begin with. */
function baseName(workload: KubeObject): string {
  const { name, generateName } = workload.metadata ?? {};
  return name || (generateName ?? "").replace(/-$/, "");
}

function isSet<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}
