/** Which pod a word on the command line means: a pod's name, or a workload's, whose first pod it then is. */

import { type Issue, IssuesError } from "../../errors.js";
import { namespacedName, namespaceOf, type Pod } from "../../kube/objects.js";
import { type Maker, makersOf } from "../../kube/owners.js";
import { nearNames } from "../near.js";

export interface Candidates {
  readonly pending: readonly Pod[];
  readonly existing: readonly Pod[];
}

/** Short and plural names of the kinds that make pods, as kubectl has them. */
const KINDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    pod: ["pods", "po"],
    deployment: ["deployments", "deploy"],
    replicaset: ["replicasets", "rs"],
    statefulset: ["statefulsets", "sts"],
    daemonset: ["daemonsets", "ds"],
    replicationcontroller: ["replicationcontrollers", "rc"],
    job: ["jobs"],
    cronjob: ["cronjobs", "cj"],
  }).flatMap(([kind, others]) => [kind, ...others].map((name) => [name, kind])),
);

/**
 * The pod that is meant. Of a workload the first without a node, else the first.
 *
 * @param word NAME, NAMESPACE/NAME or KIND/NAME
 * @param namespace where to look; everywhere when left out
 * @throws IssuesError ERR_INPUT where nothing or more than one thing is called so
 */
export function findPod(word: string, namespace: string | undefined, candidates: Candidates): Pod {
  const pods = [...candidates.pending, ...candidates.existing].filter(
    (pod) => namespace === undefined || namespaceOf(pod) === namespace,
  );
  const found = [...podsCalled(word, pods), ...workloadsCalled(word, pods)];
  const [first, ...others] = found;
  if (first !== undefined && others.length === 0) return first.pod;
  throw new IssuesError("ERR_INPUT", [
    first === undefined ? unknown(word, namespace, pods) : ambiguous(word, namespace, found),
  ]);
}

interface Found {
  /** How to call it without doubt. */
  readonly name: string;
  readonly pod: Pod;
}

function podsCalled(word: string, pods: readonly Pod[]): Found[] {
  const [kind, name] = splitKind(word);
  return pods
    .filter((pod) => {
      const isNamed = pod.metadata?.name === (kind === "pod" ? name : word);
      return isNamed || namespacedName(pod) === word;
    })
    .map((pod) => ({ name: namespacedName(pod), pod }));
}

/** A workload is found through its pods, one entry a namespace. */
function workloadsCalled(word: string, pods: readonly Pod[]): Found[] {
  const [kind, name] = splitKind(word);
  const found = new Map<string, Pod>();
  for (const pod of kind === undefined ? [] : pods) {
    const isOwned = ownersOf(pod).some((owner) => owner.kind === kind && owner.name === name);
    const namespace = namespaceOf(pod);
    if (isOwned && !found.has(namespace)) found.set(namespace, pod);
  }
  return [...found].map(([namespace, pod]) => ({ name: `${kind}/${name} -n ${namespace}`, pod }));
}

/** `deployment/web`, `deploy/web` and `deployments.apps/web` are one. */
function splitKind(word: string): readonly [kind: string | undefined, name: string] {
  const [, kind = "", name = ""] = /^([^/.]+)(?:\.[^/]*)?\/([^/]+)$/.exec(word) ?? [];
  return [KINDS.get(kind.toLowerCase()), name];
}

/** Who made the pod, with kinds as they are typed. */
function ownersOf(pod: Pod): Maker[] {
  const makers = makersOf(pod).filter(({ kind }) => kind !== "");
  return makers.map(({ kind, name }) => ({ kind: kind.toLowerCase(), name }));
}

function unknown(word: string, namespace: string | undefined, pods: readonly Pod[]): Issue {
  const names = pods.flatMap((pod) => [
    namespacedName(pod),
    ...ownersOf(pod).map(({ kind, name }) => `${kind}/${name}`),
  ]);
  const near = nearNames(word, names);
  const where = namespace === undefined ? "" : ` in namespace ${namespace}`;
  const hint = near.length === 0 ? "" : `; did you mean ${near.join(", ")}?`;
  return flagIssue(word, `no pod and no workload with pods is called so${where}${hint}`);
}

function ambiguous(word: string, namespace: string | undefined, found: readonly Found[]): Issue {
  const names = found.map(({ name }) => name);
  const shown = namespace === undefined ? names : names.map((name) => name.replace(/ -n .*$/, ""));
  return flagIssue(word, `this could be any of ${shown.join(", ")}`);
}

function flagIssue(path: string, message: string): Issue {
  return { code: "bad-argument", severity: "error", path, message };
}
