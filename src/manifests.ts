/**
 * Manifests to objects that are ready for the engine: read, checked, workloads made into pods, defaults filled in.
 * Published as `stowage/manifests`; the only part of the library that needs a YAML parser.
 */

import type { Cluster } from "./cluster/cluster.js";
import { type ReadObjects, readObjects } from "./cluster/read.js";
import type { Issue } from "./errors.js";
import { type DefaultContext, newDefaultContext } from "./kube/admission.js";
import { defaultNamespace, defaultNode, defaultPod } from "./kube/defaults.js";
import { type ObjectIssue, objectLabel } from "./kube/kinds.js";
import { type ManifestOptions, type ParsedManifest, parseManifest } from "./kube/manifest.js";
import type { KubeObject, Node } from "./kube/objects.js";
import { missingReferences } from "./kube/references.js";
import { duplicateNames, validateObject } from "./kube/validate.js";
import { type Expansion, expandWorkloads, type NotExpanded } from "./kube/workloads.js";

export type { Issue } from "./errors.js";
export type { ManifestOptions } from "./kube/manifest.js";
export type { KubeObject } from "./kube/objects.js";
export type { NotExpanded } from "./kube/workloads.js";

/** One file, or what was read from standard input. */
export interface ManifestInput {
  readonly text: string | Uint8Array;
  /** How issues call it. */
  readonly file: string;
}

export interface ParseOptions extends ManifestOptions {
  /** Nodes beside those of the input; a DaemonSet gets a pod on each that it matches. */
  readonly nodes?: readonly Node[];
}

export interface Manifests {
  /** Nodes, namespaces, pods and the rest, in this order and each in that of the input. Unusable objects are left out. */
  readonly objects: readonly KubeObject[];
  /** Every problem, each with file and line. With one of severity `error`, something of the input is missing. */
  readonly issues: readonly Issue[];
  /** What made no pods, by kind; name these to the user once. */
  readonly notExpanded: readonly NotExpanded[];
}

export interface ReadManifestsOptions extends ManifestOptions {
  /** How issues call the text. Default "manifest". */
  readonly file?: string;
}

/**
 * Reads the text of manifests into a cluster: nodes and bound pods are taken in, pods without a node are handed back.
 * `issues` holds every problem with file, line and path; objects with an error are left out, so look before you schedule.
 */
export function readManifests(
  text: string | Uint8Array,
  cluster: Cluster,
  options: ReadManifestsOptions = {},
): ReadObjects & Pick<Manifests, "notExpanded"> {
  const { file = "manifest", ...others } = options;
  const { objects, issues, notExpanded } = parseManifests([{ text, file }], others);
  const read = readObjects(objects, cluster, { areChecked: true });
  return { pending: read.pending, issues: [...issues, ...read.issues], notExpanded };
}

/** Beyond so many problems, one of each object is enough to find and mend it. */
const MAX_FULL_ISSUES = 10_000;

/** Reads any number of files as one input. Never throws for what is in them: every problem is an issue. */
export function parseManifests(inputs: readonly ManifestInput[], options: ParseOptions = {}): Manifests {
  const manifests = inputs.map(({ text, file }) => parseManifest(text, file, options));
  const origins = new Map<KubeObject, ParsedManifest>();
  for (const manifest of manifests) for (const object of manifest.objects) origins.set(object, manifest);

  const all = manifests.flatMap(({ objects }) => objects);
  const found = [...invalid(all), ...repeated(all, origins)];
  const broken = new Set(found.filter(({ issue }) => isError(issue)).map(({ object }) => object));
  const usable = all.filter((object) => !broken.has(object));
  const made = (options.nodes ?? []).map((node): KubeObject => ({ ...node, kind: "Node" }));
  const expansion = expandWorkloads([...usable, ...made]);
  const context = newDefaultContext(expansion);
  found.push(...expansion.issues, ...missingReferences(usable, context));
  return {
    objects: defaulted(expansion, context),
    issues: [...manifests.flatMap(({ issues }) => issues), ...located(found, origins)],
    notExpanded: expansion.notExpanded,
  };
}

/** What is wrong with single objects: all of it in the objects that come first, the first of it in later ones. */
function invalid(objects: readonly KubeObject[]): ObjectIssue[] {
  const found: ObjectIssue[] = [];
  for (const object of objects) {
    const issues: Issue[] = [];
    validateObject(object, issues);
    const listed = found.length < MAX_FULL_ISSUES ? issues : issues.filter(isError).slice(0, 1);
    for (const issue of listed) found.push({ object, issue });
  }
  return found;
}

function isError({ severity }: Issue): boolean {
  return severity === "error";
}

/** The first of a name is kept; the others say where it is. */
function repeated(objects: readonly KubeObject[], origins: ReadonlyMap<KubeObject, ParsedManifest>): ObjectIssue[] {
  const pairs = duplicateNames(objects);
  const path = "metadata.name";
  const asked = pairs.map(({ first }) => ({ object: first, issue: duplicate(first, path, "") }));
  const places = located(asked, origins);
  return pairs.map(({ again }, index) => {
    const { file = "", line = 0 } = places[index] ?? {};
    return { object: again, issue: duplicate(again, path, `the name is taken by the object at ${file}:${line}`) };
  });
}

function duplicate(object: KubeObject, path: string, message: string): Issue {
  return { code: "duplicate-name", severity: "error", message, path, object: objectLabel(object) };
}

/** The issues with file and line, in the order given; each document is looked through once. */
function located(found: readonly ObjectIssue[], origins: ReadonlyMap<KubeObject, ParsedManifest>): Issue[] {
  const issues = found.map(({ issue }) => issue);
  const byManifest = new Map<ParsedManifest, number[]>();
  found.forEach(({ object }, index) => {
    const manifest = origins.get(object);
    if (manifest === undefined) return;
    const known = byManifest.get(manifest);
    if (known === undefined) byManifest.set(manifest, [index]);
    else known.push(index);
  });
  for (const [manifest, indexes] of byManifest) {
    const placed = manifest.locate(indexes.flatMap((index) => found[index] ?? []));
    indexes.forEach((index, at) => {
      issues[index] = placed[at] ?? issues[index]!;
    });
  }
  return issues;
}

function defaulted(expansion: Expansion, context: DefaultContext): KubeObject[] {
  const pods = expansion.pods.map((pod) => defaultPod(pod, context));
  const rest = [...expansion.priorityClasses, ...expansion.runtimeClasses, ...expansion.limitRanges];
  return [
    ...expansion.nodes.map(defaultNode),
    ...expansion.namespaces.map(defaultNamespace),
    ...pods,
    ...rest,
    ...expansion.others,
  ] as KubeObject[];
}
