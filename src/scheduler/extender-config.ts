/**
 * `extenders[]` of a KubeSchedulerConfiguration: decoding and validation (kube-scheduler 0.36 config/v1; k8s 1.36
 * pkg/scheduler/apis/config/validation, validateExtenders; pkg/scheduler/extender.go, NewHTTPExtender).
 */

import { extendedResourceNameErrors } from "../kube/names.js";
import { base64, boolean, duration, int64, list, object, string, type Value } from "./decoder.js";
import type { FieldIssues } from "./field-issues.js";

export const extenders = list(
  object({
    urlPrefix: string,
    filterVerb: string,
    preemptVerb: string,
    prioritizeVerb: string,
    weight: int64,
    bindVerb: string,
    enableHTTPS: boolean,
    tlsConfig: object({
      insecure: boolean,
      serverName: string,
      certFile: string,
      keyFile: string,
      caFile: string,
      certData: base64,
      keyData: base64,
      caData: base64,
    }),
    httpTimeout: duration,
    nodeCacheCapable: boolean,
    managedResources: list(object({ name: string, ignoredByScheduler: boolean })),
    ignorable: boolean,
  }),
);

/** An extender as written; absent fields are the ones the configuration leaves out. */
export type ExtenderConfig = Value<typeof extenders>[number];

/** Reports what kube-scheduler's validation refuses. */
export function checkExtenders(configs: readonly ExtenderConfig[], path: string, issues: FieldIssues): void {
  const managed = new Set<string>();
  configs.forEach((config, index) => {
    checkExtender(config, `${path}[${index}]`, managed, issues);
  });
  const binders = configs.filter((config) => (config.bindVerb ?? "") !== "").length;
  if (binders > 1) {
    issues.invalid(path, `found ${binders} extenders implementing bind`, "only one extender can implement bind");
  }
}

/** The resources that NodeResourcesFit leaves to extenders, in every profile and instead of its own list. */
export function resourcesIgnoredByScheduler(configs: readonly ExtenderConfig[]): readonly string[] {
  return configs
    .flatMap((config) => config.managedResources ?? [])
    .filter((resource) => resource.ignoredByScheduler === true)
    .map((resource) => resource.name ?? "");
}

function checkExtender(config: ExtenderConfig, path: string, managed: Set<string>, issues: FieldIssues): void {
  const { prioritizeVerb = "", weight = 0, managedResources = [] } = config;
  if (prioritizeVerb !== "" && weight <= 0) {
    issues.invalid(`${path}.weight`, weight, "must have a positive weight applied to it");
  }
  managedResources.forEach(({ name = "" }, index) => {
    const at = `${path}.managedResources[${index}].name`;
    for (const error of extendedResourceNameErrors(name)) issues.invalidTyped(at, name, error);
    if (managed.has(name)) issues.invalid(at, name, "duplicate extender managed resource name");
    managed.add(name);
  });
}

/** Reports what kube-scheduler finds when it makes its clients. Certificates are not read, neither files nor data. */
export function checkExtenderClients(configs: readonly ExtenderConfig[], path: string, issues: FieldIssues): void {
  configs.forEach(({ tlsConfig = {} }, index) => {
    const hasAuthority = (tlsConfig.caFile ?? "") !== "" || (tlsConfig.caData ?? "") !== "";
    if (tlsConfig.insecure !== true || !hasAuthority) return;
    const message = "specifying a root certificates file with the insecure flag is not allowed";
    issues.error("bad-extender", `${path}[${index}].tlsConfig.insecure`, message);
  });
}
