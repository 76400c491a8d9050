/**
 * Manifests to objects that are ready for the engine: read, checked, workloads made into pods, defaults filled in.
 * Published as `stowage/manifests`; the only part of the library that needs a YAML parser.
 */

import type { Cluster } from "./cluster/cluster.js";
import { type ReadObjects, readObjects } from "./cluster/read.js";
import type { Issue } from "./errors.js";
import { type DefaultContext, newDefaultContext } from "./kube/admission.js";
import { withAssumedStorage } from "./kube/assumed-storage.js";
import type { Compat } from "./kube/compat.js";
import { type DefaultedField, defaultedFields, defaultPod } from "./kube/defaults.js";
import { duplicateNames } from "./kube/duplicate-names.js";
import type { AssumedObjects, Expansion, NotExpanded } from "./kube/expansion.js";
import { IssueList, type ListMark, MAX_LISTED } from "./kube/issue-list.js";
import { type ObjectIssue, objectLabel, readKindOf } from "./kube/kinds.js";
import { type ManifestOptions, type ObjectCheck, type ParsedManifest, parseManifest } from "./kube/manifest.js";
import { defaultAlone, defaultObject, hasContext } from "./kube/object-defaults.js";
import type { KubeObject, NamedObject, Node, Pod, PodSpec } from "./kube/objects.js";
import { missingReferences } from "./kube/references.js";
import { validateObject } from "./kube/validate.js";
import { expandWorkloads } from "./kube/workloads.js";

export type { Issue } from "./errors.js";
export type { AdmissionPlugin } from "./kube/admission.js";
export type { DefaultedField, DefaultSource } from "./kube/defaults.js";
export type { AssumedObjects, NotExpanded } from "./kube/expansion.js";
export type { ManifestOptions } from "./kube/manifest.js";
export type { KubeObject } from "./kube/objects.js";

/** One file, or what was read from standard input. */
export interface ManifestInput {
  readonly text: string | Uint8Array;
  /** How issues call it. */
  readonly file: string;
}

export interface StorageOptions {
  /**
   * Whether an input with claims but without StorageClasses, PersistentVolumes and what CSI drivers report gets classes that
   * make a volume on any node; `assumed` says so. Default true. With false its pods wait for volumes as in such a cluster.
   */
  readonly isStorageAssumed?: boolean;
}

export interface ParseOptions extends ManifestOptions, StorageOptions {
  /** Nodes beside those of the input; a DaemonSet gets a pod on each that it matches. */
  readonly nodes?: readonly Node[];
  /** The version of Kubernetes whose API server fills in what pods leave out. Default "1.36". */
  readonly compat?: Compat;
}

export interface Manifests {
  /**
   * Nodes, namespaces, pods, what plugins look at beside these, and the rest, in this order and each in that of the input.
   * ReplicaSets, StatefulSets and their like are among them, next to their pods. Unusable objects are left out.
   */
  readonly objects: readonly KubeObject[];
  /** Every problem, each with file and line. With one of severity `error`, something of the input is missing. */
  readonly issues: readonly Issue[];
  /** What made no pods, by kind; name these to the user once. */
  readonly notExpanded: readonly NotExpanded[];
  /** What defaulting and admission set or changed in one of the pods of `objects`, and who did; nothing for other pods. */
  readonly defaultedIn: (pod: Pod) => readonly DefaultedField[];
  /** What was added to the input, since controllers would have made it or nothing is said of it; name these to the user once. */
  readonly assumed: readonly AssumedObjects[];
}

export interface ReadManifestsOptions extends ManifestOptions, StorageOptions {
  /** How issues call the text. Default "manifest". */
  readonly file?: string;
}

/**
 * Reads the text of manifests into a cluster: nodes, bound pods and what plugins look at beside them are taken in, pods
 * without a node are handed back, all of them as an API server of the cluster's version would have stored them.
 * `issues` holds every problem with file, line and path; objects with an error are left out, so look before you schedule.
 */
export function readManifests(
  text: string | Uint8Array,
  cluster: Cluster,
  options: ReadManifestsOptions = {},
): ReadObjects & Pick<Manifests, "notExpanded" | "assumed"> {
  const { file = "manifest", ...others } = options;
  const { objects, issues, notExpanded, assumed } = parseManifests([{ text, file }], {
    ...others,
    compat: cluster.compat,
  });
  const read = readObjects(objects, cluster, { areChecked: true });
  return { pending: read.pending, issues: [...issues, ...read.issues], notExpanded, assumed };
}

/** Reads any number of files as one input. Never throws for what is in them: every problem is an issue. */
export function parseManifests(inputs: readonly ManifestInput[], options: ParseOptions = {}): Manifests {
  const { expansion, context, issues } = expandManifests(inputs, options);
  const objects = defaulted(expansion, context);
  const { pods, notExpanded, assumed } = expansion;
  const firstPod = expansion.nodes.length + expansion.namespaces.length;
  const podsOfObjects = objects.slice(firstPod, firstPod + pods.length);
  return {
    objects,
    // Holds on to no more than the pods, as they are and as they were written.
    defaultedIn: (pod) => {
      const raw = pods[podsOfObjects.indexOf(pod as KubeObject)];
      return raw === undefined ? [] : defaultedFields(raw, context);
    },
    issues,
    notExpanded,
    assumed,
  };
}

/** Before defaults that depend on other objects. A function of its own, so that what was read for it is gone when it ends. */
function expandManifests(inputs: readonly ManifestInput[], options: ParseOptions) {
  const findings = new Findings();
  const manifests = inputs.map(({ text, file }) => parseManifest(text, file, options, findings));
  const all = joined(manifests.map(({ objects }) => objects));
  addRepeated(all, manifests, findings);
  const usable = findings.broken.size === 0 ? all : all.filter((object) => !findings.broken.has(object));
  const made = (options.nodes ?? []).map((node) => defaultAlone({ ...node, kind: "Node" }));
  const expanded = expandWorkloads(joined([usable, made]));
  const expansion = options.isStorageAssumed === false ? expanded : withAssumedStorage(expanded, all);
  const context = newDefaultContext(expansion, options.compat);
  for (const one of expansion.issues) findings.add(one);
  for (const one of missingReferences(usable, context)) findings.add(one);
  const issues = [...manifests.flatMap((manifest) => manifest.issues), ...findings.located(manifests)];
  return { expansion, context, issues };
}

/** One list of all; that of a single one which is not empty is not copied. */
function joined(lists: readonly (readonly KubeObject[])[]): readonly KubeObject[] {
  const filled = lists.filter(({ length }) => length > 0);
  // Of the right length at once, which flat() comes to step by step.
  return filled.length === 1 ? filled[0]! : ([] as KubeObject[]).concat(...filled);
}

/** Stands for a spec that was found sound before: pods read from equal text share theirs. */
const SOUND_SPEC: PodSpec = { containers: [{}] };

/** What is wrong with objects, and which of them cannot be used. */
class Findings implements ObjectCheck {
  private readonly issues = new IssueList<ObjectIssue>();
  private readonly soundSpecs = new WeakSet<object>();
  readonly broken = new Set<KubeObject>();

  /** @returns whether it is listed, and not only counted */
  add(found: ObjectIssue): boolean {
    const { severity, code } = found.issue;
    let isListed = false;
    this.issues.add(`${severity} ${code}`, () => {
      isListed = true;
      return found;
    });
    if (severity === "error") this.broken.add(found.object);
    return isListed;
  }

  /**
   * Validates the object and fills it in as far as it decides that alone: what was written is not kept beside it. One that
   * cannot be used is kept only for the sake of its issues.
   */
  take(object: KubeObject): KubeObject | undefined {
    const issues = this.problemsOf(object);
    const isBroken = issues.some(({ severity }) => severity === "error");
    const kept = isBroken ? object : defaultAlone(object);
    const listed = issues.filter((issue) => this.add({ object: kept, issue }));
    if (listed.length > 0 || !isBroken) return kept;
    this.broken.delete(kept);
    return undefined;
  }

  mark(): ListMark {
    return this.issues.mark();
  }

  reset(mark: ListMark, taken: readonly KubeObject[]): void {
    this.issues.reset(mark);
    for (const object of taken) this.broken.delete(object);
  }

  private problemsOf(object: KubeObject): readonly Issue[] {
    const spec = readKindOf(object) === "Pod" ? (object as Pod).spec : undefined;
    const issues: Issue[] = [];
    validateObject(spec && this.soundSpecs.has(spec) ? { ...object, spec: SOUND_SPEC } : object, issues);
    if (typeof spec === "object" && spec !== null && issues.length === 0) this.soundSpecs.add(spec);
    return issues;
  }

  located(manifests: readonly ParsedManifest[]): Issue[] {
    return this.issues.withCounts(located(this.issues.listed, manifests));
  }
}

/** The first of a name is kept; the others say where it is. */
function addRepeated(objects: readonly KubeObject[], manifests: readonly ParsedManifest[], findings: Findings): void {
  const pairs = duplicateNames(objects);
  const path = "metadata.name";
  const asked = pairs.slice(0, MAX_LISTED).map(({ first }) => ({ object: first, issue: duplicate(first, path, "") }));
  const places = located(asked, manifests);
  pairs.forEach(({ again }, index) => {
    const { file = "", line = 0 } = places[index] ?? {};
    const message = `the name is taken by the object at ${file}:${line}`;
    findings.add({ object: again, issue: duplicate(again, path, message) });
  });
}

function duplicate(object: KubeObject, path: string, message: string): Issue {
  return { code: "duplicate-name", severity: "error", message, path, object: objectLabel(object) };
}

/** The issues with file and line, in the order given. An object is of one manifest at most. */
function located(found: readonly ObjectIssue[], manifests: readonly ParsedManifest[]): Issue[] {
  const issues = found.map(({ issue }) => issue);
  for (const manifest of manifests) {
    manifest.locate(found).forEach((issue, index) => {
      if (issue.file !== undefined) issues[index] = issue;
    });
  }
  return issues;
}

/** What has no context was filled in when it was read. */
function defaulted(expansion: Expansion, context: DefaultContext): readonly KubeObject[] {
  const lists: readonly (readonly NamedObject[])[] = [
    expansion.nodes,
    expansion.namespaces,
    expansion.pods.map((pod) => defaultPod(pod, context)),
    expansion.objects.map((object) => (hasContext(object) ? defaultObject(object, context) : object)),
    expansion.priorityClasses,
    expansion.runtimeClasses,
    expansion.limitRanges,
    expansion.others,
  ];
  return joined(lists as readonly (readonly KubeObject[])[]);
}
