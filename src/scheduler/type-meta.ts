/** `apiVersion` and `kind`, of a configuration and of the args of a plugin. */

import type { FieldIssues } from "./field-issues.js";
import { quoteText } from "./go-text.js";

export const API_VERSION = "kubescheduler.config.k8s.io/v1";
export const KIND = "KubeSchedulerConfiguration";

const GROUP = API_VERSION.replace(/\/.*/, "");
const REMOVED_VERSION = /^kubescheduler\.config\.k8s\.io\/(v1beta[123]|v1alpha[12])$/;

/** @param isRequired whether both must be there, as in a file that kube-scheduler reads. */
export function checkTypeMeta(apiVersion = "", kind = "", isRequired: boolean, issues: FieldIssues): void {
  if (isRequired && apiVersion === "") issues.required("apiVersion", `set it to ${API_VERSION}`);
  if (isRequired && kind === "") issues.required("kind", `set it to ${KIND}`);
  if (apiVersion !== "" && apiVersion !== API_VERSION) reportVersion(apiVersion, kind || KIND, issues);
  if (kind !== "" && kind !== KIND) {
    issues.error("unsupported-value", "kind", `${notRegistered(kind, API_VERSION)}: set kind to ${KIND}`);
  }
}

function reportVersion(apiVersion: string, kind: string, issues: FieldIssues): void {
  const version = REMOVED_VERSION.exec(apiVersion)?.[1];
  const history = version === undefined ? "" : `kube-scheduler no longer reads ${version}; `;
  const rest = version === undefined ? "" : " and remove fields reported as unknown";
  const message = `${notRegistered(kind, apiVersion)}: ${history}set apiVersion to ${API_VERSION}${rest}`;
  issues.error("unsupported-version", "apiVersion", message);
}

/**
 * Of `pluginConfig[].args`. Args may leave out either; the kind is the plugin's name and `Args`.
 *
 * @param path of the args.
 */
export function checkArgsMeta(plugin: string, apiVersion = "", kind = "", path: string, issues: FieldIssues): void {
  const wanted = `${plugin}Args`;
  if (apiVersion !== "" && apiVersion !== API_VERSION) {
    issues.error("unsupported-version", `${path}.apiVersion`, notRegistered(kind || wanted, apiVersion));
  }
  if (kind !== "" && kind !== wanted) {
    const message = `args for plugin ${plugin} were not of type ${wanted}.${GROUP}, got ${kind}.${GROUP}`;
    issues.error("unsupported-value", `${path}.kind`, message);
  }
}

/** Upstream goes on with a place in its own source. */
function notRegistered(kind: string, apiVersion: string): string {
  return `no kind ${quoteText(kind)} is registered for version ${quoteText(apiVersion)}`;
}
