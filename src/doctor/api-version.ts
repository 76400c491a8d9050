/**
 * `apiVersion` and `kind`: versions that Kubernetes has removed. From KEP-785 and Kubernetes' changelogs; v1 is read since
 * 1.25, and the Policy files of old went with 1.23.
 */

import { API_VERSION, KIND } from "../scheduler/type-meta.js";
import type { Draft } from "./finding.js";

/** By version, the last minor of Kubernetes 1 that reads it. */
const LAST_MINOR: ReadonlyMap<string, number> = new Map([
  ["kubescheduler.config.k8s.io/v1beta3", 28],
  ["kubescheduler.config.k8s.io/v1beta2", 27],
  ["kubescheduler.config.k8s.io/v1beta1", 22],
  ["kubescheduler.config.k8s.io/v1alpha2", 19],
  ["kubescheduler.config.k8s.io/v1alpha1", 18],
]);
/** The first minor that reads v1. */
const FIRST_MINOR = 25;

/** @param clusterMinor of the cluster, where something in the input tells it */
export function checkApiVersion(object: unknown, clusterMinor: number | undefined): Draft[] {
  const { apiVersion = "", kind = "" } = object as { readonly apiVersion?: string; readonly kind?: string };
  if (kind === "Policy") return [policy()];
  const drafts: Draft[] = [];
  if (kind !== KIND) {
    const message = `kube-scheduler reads a ${KIND}, and this is ${kind === "" ? "of no kind" : `a ${kind}`}`;
    drafts.push({ code: "wrong-kind", severity: "broken", path: "kind", message, fix: setting("kind", KIND) });
  }
  if (apiVersion === API_VERSION) return [...drafts, ...tooNew(clusterMinor)];
  const last = LAST_MINOR.get(apiVersion);
  const isStillRead = last !== undefined && clusterMinor !== undefined && clusterMinor <= last;
  const canMove = clusterMinor === undefined || clusterMinor >= FIRST_MINOR;
  drafts.push({
    code: "api-version",
    severity: isStillRead ? "warning" : "broken",
    path: "apiVersion",
    message:
      last === undefined
        ? `no kube-scheduler reads apiVersion ${JSON.stringify(apiVersion)}`
        : `${apiVersion} was removed in Kubernetes 1.${last + 1}: from there on kube-scheduler does not start with this file`,
    evidence:
      clusterMinor === undefined
        ? `1.${FIRST_MINOR} and later read ${API_VERSION}`
        : `the cluster is 1.${clusterMinor}`,
    ...(canMove && { fix: setting("apiVersion", API_VERSION) }),
  });
  return drafts;
}

function policy(): Draft {
  return {
    code: "api-version",
    severity: "broken",
    path: "kind",
    message: "Policy files were removed in Kubernetes 1.23: extenders stand in a KubeSchedulerConfiguration now",
    fix: { text: `write apiVersion: ${API_VERSION}, kind: ${KIND} and an extenders list with the same fields` },
  };
}

function tooNew(clusterMinor: number | undefined): Draft[] {
  if (clusterMinor === undefined || clusterMinor >= FIRST_MINOR) return [];
  const message = `Kubernetes 1.${clusterMinor} does not read ${API_VERSION}, which came with 1.${FIRST_MINOR}`;
  const fix = setting("apiVersion", "kubescheduler.config.k8s.io/v1beta3");
  return [{ code: "api-version", severity: "broken", path: "apiVersion", message, ...(clusterMinor >= 23 && { fix }) }];
}

function setting(path: string, value: string): NonNullable<Draft["fix"]> {
  return { text: `set ${path} to ${value}`, changes: [{ kind: "set", path, value }] };
}
