/**
 * Workloads to the pods that their controllers would make, less those that are there already. Made pods are called
 * `web-1`, `web-2`, ... (a StatefulSet's `web-0`, as in a cluster): the random names of a cluster would make a plan that
 * no second run repeats.
 */

import type { Issue } from "../errors.js";
import { missingClaims, withClaimVolumes } from "./claims.js";
import { daemonNodeOf, daemonSpec, daemonSpecFor, wantsDaemon } from "./daemonset.js";
import { defaultNode } from "./defaults.js";
import { type Expansion, SortedObjects } from "./expansion.js";
import { COMPLETION_INDEX, isIndexed, pendingIndexes } from "./job-indexes.js";
import { type ObjectIssue, objectLabel, readKindOf } from "./kinds.js";
import {
  isFinished,
  type KubeObject,
  type Node,
  namespacedName,
  namespaceOf,
  type Pod,
  type PodSpec,
  type PodTemplateSpec,
  type StringMap,
} from "./objects.js";
import { OwnerIndex } from "./owners.js";
import { labelledTemplate, replicaSetNameOf, replicaSetsOf, scaled } from "./replica-sets.js";
import { baseName, ownerReference, type Workload } from "./workload.js";

/** More pods than this are not made out of one input: a slip of the finger must not fill the memory. */
const MAX_MADE_PODS = 1_000_000;
const JOB_ENDS: ReadonlySet<unknown> = new Set(["Complete", "Failed", "SuccessCriteriaMet", "FailureTarget"]);

/** Turns valid objects into nodes, pods and what else scheduling reads. The objects stay as they are. */
export function expandWorkloads(objects: readonly KubeObject[]): Expansion {
  return new Expander(objects).expand();
}

/** Sorts objects whose pods were made before, as those of an {@link Expansion} were. */
export function sortObjects(objects: Iterable<KubeObject>): Expansion {
  return new SortedObjects(objects).expansion();
}

class Expander {
  private readonly sorted: SortedObjects;
  private readonly podsByOwner = new Map<KubeObject, Pod[]>();
  private readonly replicaSetsByOwner = new Map<KubeObject, Workload[]>();
  /** Made when the first name is looked for: of a million pods that nobody copies it would weigh as much as they do. */
  private podNames: Set<string> | undefined;
  /** By namespace and name of a StatefulSet the ordinals that nothing else may be called by. */
  private readonly ordinals = new Map<string, { readonly start: number; readonly end: number }>();
  private readonly made: Pod[] = [];
  private readonly madeReplicaSets: Workload[] = [];
  /** What became of ReplicaSets whose Deployment asks for another number of pods than they do. */
  private readonly scaledReplicaSets = new Map<KubeObject, Workload>();
  private readonly issues: ObjectIssue[] = [];
  private readonly owners: OwnerIndex;
  private readonly nodes: readonly Node[];
  private readonly pods: readonly Pod[];

  constructor(objects: readonly KubeObject[]) {
    this.sorted = new SortedObjects(objects);
    const { workloads } = this.sorted;
    this.owners = new OwnerIndex(workloads);
    const nodes = this.sorted.ofKind<Node>("Node");
    // No list beside the first where they were filled in as they were read.
    this.nodes = nodes.every((node) => defaultNode(node) === node) ? nodes : nodes.map(defaultNode);
    for (const workload of workloads) this.reserveOrdinals(workload);
    for (const workload of workloads) if (readKindOf(workload) === "ReplicaSet") this.takeReplicaSet(workload);
    const pods = this.sorted.ofKind<Pod>("Pod");
    for (const pod of pods) this.takePod(pod);
    this.pods = pods.map((pod) => this.named(pod));
  }

  expand(): Expansion {
    for (const workload of this.sorted.workloads) {
      if (this.owners.rootOf(workload) === undefined) this.expandOne(workload);
    }
    this.warnOfAutoscalers();
    const pods = [...this.pods, ...this.made];
    const { claims, assumed, issues } = missingClaims(pods, this.sorted.ofKind("PersistentVolumeClaim"), this.owners);
    return {
      ...this.sorted.expansion(),
      pods,
      objects: this.withMade(claims),
      assumed,
      issues: [...this.issues, ...issues],
    };
  }

  /** What the input has beside nodes and pods, ReplicaSets as they are scaled, and what was made; no copy where nothing was. */
  private withMade(claims: readonly KubeObject[]): readonly KubeObject[] {
    const { objects } = this.sorted;
    const scaledReplicaSets = this.scaledReplicaSets;
    const current =
      scaledReplicaSets.size === 0 ? objects : objects.map((object) => scaledReplicaSets.get(object) ?? object);
    const made = [...this.madeReplicaSets, ...claims];
    return made.length === 0 ? current : current.concat(made);
  }

  private reserveOrdinals(workload: Workload): void {
    if (readKindOf(workload) !== "StatefulSet") return;
    const { replicas, ordinals } = workload.spec ?? {};
    const start = ordinals?.start ?? 0;
    this.ordinals.set(namespacedName(workload), { start, end: start + (replicas ?? 1) });
  }

  private takePod(pod: Pod): void {
    const root = this.owners.rootOf(pod as KubeObject);
    if (root !== undefined) append(this.podsByOwner, root, pod);
  }

  private takeReplicaSet(replicaSet: Workload): void {
    const root = this.owners.rootOf(replicaSet);
    if (root !== undefined) append(this.replicaSetsByOwner, root, replicaSet);
  }

  private expandOne(workload: Workload): void {
    if (workload.metadata?.deletionTimestamp) {
      this.sorted.leaveOut(workload, "being deleted: makes no more pods", true);
      return;
    }
    switch (readKindOf(workload)) {
      case "Deployment":
        this.expandDeployment(workload);
        break;
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

  /**
   * Its pods belong to a ReplicaSet, which belongs to it. Afterwards each ReplicaSet asks for the pods that it has. While it
   * is paused no ReplicaSet is made, and those that are there are scaled as they are.
   */
  private expandDeployment(workload: Workload): void {
    const known = this.replicaSetsByOwner.get(workload) ?? [];
    const { current, missing } = replicaSetsOf(workload, known, this.podsByOwner.get(workload) ?? []);
    const isPaused = workload.spec?.paused === true;
    if (isPaused && missing.includes(current) && !this.podsByOwner.has(workload)) {
      this.sorted.leaveOut(workload, "paused before it had a ReplicaSet", true);
      return;
    }
    const template = isPaused && known.includes(current) ? current.spec?.template : labelledTemplate(workload, current);
    const active = this.activePods(workload);
    const madeBefore = this.made.length;
    const wanted = (workload.spec?.replicas ?? 1) - active.length;
    this.makeMany(workload, wanted, template, {}, current);
    const counts = new Map<string | undefined, number>();
    for (const pod of [...active, ...this.made.slice(madeBefore)]) {
      const name = replicaSetNameOf(pod);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    for (const replicaSet of missing) {
      this.madeReplicaSets.push(scaled(replicaSet, counts.get(baseName(replicaSet)) ?? 0));
    }
    for (const replicaSet of known) {
      const count = counts.get(baseName(replicaSet)) ?? 0;
      if ((replicaSet.spec?.replicas ?? 1) !== count) this.scaledReplicaSets.set(replicaSet, scaled(replicaSet, count));
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
      this.make(workload, name, template, withClaimVolumes(template?.spec, name, workload), labels);
    }
  }

  private expandDaemonSet(workload: Workload): void {
    if (this.nodes.length === 0) {
      this.sorted.leaveOut(workload, "one pod a node, and there are no nodes", true);
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
      this.sorted.leaveOut(workload, "suspended", true);
      return;
    }
    if (isFinishedJob(workload)) return;
    const isCron = readKindOf(workload) === "CronJob";
    const wanted = wantedOf(job, isCron ? 0 : this.succeeded(workload)) - this.activePods(workload).length;
    const labels = isCron ? {} : { "job-name": baseName(workload), "batch.kubernetes.io/job-name": baseName(workload) };
    if (isIndexed(job)) this.makeIndexed(workload, wanted, job!, labels);
    else this.makeMany(workload, wanted, job?.template, labels);
  }

  /** Pods that are told apart by their indexes, and called by them. Their host names, which nothing reads here, stay as they are. */
  private makeIndexed(workload: Workload, count: number, job: NonNullable<Workload["spec"]>, labels: StringMap): void {
    if (count <= 0 || !this.hasRoomFor(workload, count)) return;
    const kept = (this.podsByOwner.get(workload) ?? []).filter(
      (pod) => isActive(pod) || pod.status?.phase === "Succeeded",
    );
    for (const index of pendingIndexes(job, workload.status, kept, count)) {
      const base = baseName(workload);
      const name = `${base}-${index}`;
      const [called = name] = this.isNumberFree(workload, base, index) ? [name] : this.freeNames(workload, 1, name);
      this.make(workload, called, job.template, job.template?.spec, { ...labels, [COMPLETION_INDEX]: String(index) });
    }
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

  /** `owner` is what the pods refer to, where that is not the workload itself. */
  private makeMany(
    workload: Workload,
    count: number,
    template = workload.spec?.template,
    labels: StringMap = {},
    owner = workload,
  ): void {
    if (count <= 0 || !this.hasRoomFor(workload, count)) return;
    for (const name of this.freeNames(workload, count)) this.make(owner, name, template, template?.spec, labels);
  }

  private make(
    owner: Workload,
    name: string,
    template: PodTemplateSpec | undefined,
    spec: PodSpec | undefined,
    labels: StringMap = {},
  ): void {
    const namespace = namespaceOf(owner);
    const isPlain = Object.keys(labels).length === 0;
    const templateLabels = template?.metadata?.labels ?? undefined;
    this.takenNames().add(`${namespace}/${name}`);
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
        ownerReferences: [ownerReference(owner)],
      },
      spec: spec ?? {},
    });
  }

  private freeNames(workload: KubeObject, count: number, base = baseName(workload)): string[] {
    const names: string[] = [];
    for (let number = 1; names.length < count; number += 1) {
      if (this.isNumberFree(workload, base, number)) names.push(`${base}-${number}`);
    }
    return names;
  }

  private isNumberFree(workload: KubeObject, base: string, number: number): boolean {
    const reserved = this.ordinals.get(`${namespaceOf(workload)}/${base}`);
    const isReserved = reserved !== undefined && number >= reserved.start && number < reserved.end;
    return !isReserved && !this.isNameTaken(workload, `${base}-${number}`);
  }

  /** A pod with only `generateName` is called after it: its real name is random. */
  private named(pod: Pod): Pod {
    if (pod.metadata?.name) return pod;
    const [name = ""] = this.freeNames(pod as KubeObject, 1);
    const metadata = { ...pod.metadata, name };
    this.takenNames().add(namespacedName({ metadata }));
    return { ...pod, metadata };
  }

  private isNameTaken(workload: KubeObject, name: string): boolean {
    return this.takenNames().has(`${namespaceOf(workload)}/${name}`);
  }

  private takenNames(): Set<string> {
    this.podNames ??= new Set(
      this.sorted.ofKind<Pod>("Pod").flatMap((pod) => (pod.metadata?.name ? namespacedName(pod) : [])),
    );
    return this.podNames;
  }

  private hasRoomFor(workload: Workload, count: number): boolean {
    if (this.made.length + count <= MAX_MADE_PODS) return true;
    this.tooMany(
      workload,
      "too-many-pods",
      `${count} pods, and no more than ${MAX_MADE_PODS} are made out of one input`,
    );
    return false;
  }

  private tooMany(object: KubeObject, code: string, message: string): void {
    this.add(object, { code, severity: "error", message, path: "spec" });
  }

  /** Without `replicas` there is one pod, though an autoscaler would decide otherwise. */
  private warnOfAutoscalers(): void {
    for (const scaler of this.sorted.ofKind<Workload>("HorizontalPodAutoscaler")) {
      const { kind, name } = scaler.spec?.scaleTargetRef ?? {};
      const target = this.sorted.workloads.find(
        (workload) =>
          workload.kind === kind && workload.metadata?.name === name && namespaceOf(workload) === namespaceOf(scaler),
      );
      if (target === undefined || isSet(target.spec?.replicas)) continue;
      const message = `${objectLabel(scaler)} sets the number of pods; without spec.replicas one is planned`;
      this.warn(target, "autoscaled", message, "spec.replicas");
    }
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

/** How many pods a Job runs at once when so many have succeeded; one that counts none to complete makes no more after the first. */
function wantedOf(job: Workload["spec"], succeeded: number): number {
  const parallelism = job?.parallelism ?? 1;
  const isQueue = !isSet(job?.completions) && isSet(job?.parallelism);
  if (isQueue) return succeeded > 0 ? 0 : parallelism;
  return Math.min(parallelism, Math.max((job?.completions ?? 1) - succeeded, 0));
}

/** Over, or about to be: its outcome is known and its pods are being deleted. */
function isFinishedJob(job: Workload): boolean {
  const conditions = Array.isArray(job.status?.conditions) ? job.status.conditions : [];
  return conditions.some((condition) => JOB_ENDS.has(condition?.type) && condition.status === "True");
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [value]);
  else known.push(value);
}

function isSet<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}
