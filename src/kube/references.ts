/** Names in pods that nothing in the input answers to, where the API server would refuse the pod. */

import type { DefaultContext } from "./admission.js";
import { type ObjectIssue, objectLabel, readKindOf } from "./kinds.js";
import type { KubeObject, PodSpec } from "./objects.js";

/** Where each kind has its pod spec. */
const SPEC_PATHS: Readonly<Record<string, readonly string[]>> = {
  Pod: ["spec"],
  Deployment: ["spec", "template", "spec"],
  ReplicaSet: ["spec", "template", "spec"],
  StatefulSet: ["spec", "template", "spec"],
  DaemonSet: ["spec", "template", "spec"],
  ReplicationController: ["spec", "template", "spec"],
  Job: ["spec", "template", "spec"],
  CronJob: ["spec", "jobTemplate", "spec", "template", "spec"],
};

/** Warnings: the pods are planned, with priority 0 or without the class's overhead. */
export function* missingReferences(objects: readonly KubeObject[], context: DefaultContext): Generator<ObjectIssue> {
  for (const object of objects) {
    const path = SPEC_PATHS[readKindOf(object) ?? ""];
    const spec = path?.reduce<unknown>((at, field) => (at as Record<string, unknown> | undefined)?.[field], object);
    if (path === undefined || spec === undefined || spec === null) continue;
    for (const { field, message } of referenceProblems(spec as PodSpec, context)) {
      const issue = { code: "unknown-name", severity: "warning", message, path: [...path, field].join(".") } as const;
      yield { object, issue: { ...issue, object: objectLabel(object) } };
    }
  }
}

function referenceProblems(spec: PodSpec, context: DefaultContext): { field: string; message: string }[] {
  const problems: { field: string; message: string }[] = [];
  const { priorityClassName, runtimeClassName } = spec;
  const hasPriority = spec.priority !== undefined && spec.priority !== null;
  if (priorityClassName && !hasPriority && !context.priorityClasses.has(priorityClassName)) {
    const message = `no PriorityClass is called ${priorityClassName}: priority 0 is assumed`;
    problems.push({ field: "priorityClassName", message });
  }
  if (!runtimeClassName || spec.nodeName) return problems;
  const runtimeClass = context.runtimeClasses.get(runtimeClassName);
  if (runtimeClass === undefined && !spec.overhead) {
    const message = `no RuntimeClass is called ${runtimeClassName}: no overhead is assumed`;
    problems.push({ field: "runtimeClassName", message });
  }
  for (const [key, value] of Object.entries(runtimeClass?.scheduling?.nodeSelector ?? {})) {
    const asked = spec.nodeSelector?.[key];
    if (asked === undefined || asked === value) continue;
    const message = `RuntimeClass ${runtimeClassName} wants ${key}=${value}, the pod ${key}=${asked}: the class is followed`;
    problems.push({ field: "nodeSelector", message });
  }
  return problems;
}
