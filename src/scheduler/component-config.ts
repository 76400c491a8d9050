/**
 * The parts of a KubeSchedulerConfiguration that have no effect on a decision: read as strictly as the others and validated
 * by the same rules, so that a file is good here exactly if kube-scheduler takes it, and then dropped (k8s 1.36
 * pkg/scheduler/apis/config/validation, component-base 0.36 config/validation).
 */

import { boolean, duration, int32, int64, number, object, string, type Value } from "./decoder.js";
import type { FieldIssues } from "./field-issues.js";

const leaderElection = object({
  leaderElect: boolean,
  leaseDuration: duration,
  renewDeadline: duration,
  retryPeriod: duration,
  resourceLock: string,
  resourceName: string,
  resourceNamespace: string,
});

/** The fields of the top level that belong here. */
export const componentFields = {
  parallelism: int32,
  podInitialBackoffSeconds: int64,
  podMaxBackoffSeconds: int64,
  delayCacheUntilActive: boolean,
  enableProfiling: boolean,
  enableContentionProfiling: boolean,
  leaderElection,
  clientConnection: object({
    kubeconfig: string,
    acceptContentTypes: string,
    contentType: string,
    qps: number,
    burst: int32,
  }),
};
const componentConfig = object(componentFields);
type ComponentConfig = Value<typeof componentConfig>;

/** What upstream looks at before the profiles. */
export function checkProcess(config: ComponentConfig, issues: FieldIssues): void {
  const { clientConnection: { burst = 0 } = {}, parallelism = 16 } = config;
  if (burst < 0) issues.invalid("clientConnection.burst", burst, "must be non-negative");
  checkLeaderElection(config.leaderElection ?? {}, issues);
  if (parallelism <= 0) {
    issues.invalid("parallelism", parallelism, "should be an integer value greater than zero");
  }
}

/** What upstream looks at after the profiles. */
export function checkBackoff(config: ComponentConfig, issues: FieldIssues): void {
  const { podInitialBackoffSeconds: initial = 1, podMaxBackoffSeconds: max = 10 } = config;
  if (initial <= 0) issues.invalid("podInitialBackoffSeconds", initial, "must be greater than 0");
  if (max < initial) {
    issues.invalid("podMaxBackoffSeconds", max, "must be greater than or equal to PodInitialBackoffSeconds");
  }
}

/** An empty duration takes its default, as in upstream, where it cannot be told from a missing one. */
function checkLeaderElection(config: Value<typeof leaderElection>, issues: FieldIssues): void {
  if (config.leaderElect === false) return;
  const lease = config.leaseDuration?.ms ? config.leaseDuration : { text: "15s", ms: 15_000 };
  const renew = config.renewDeadline?.ms ? config.renewDeadline : { text: "10s", ms: 10_000 };
  const retry = config.retryPeriod?.ms ? config.retryPeriod : { text: "2s", ms: 2_000 };
  for (const [field, { text, ms }] of Object.entries({
    leaseDuration: lease,
    renewDeadline: renew,
    retryPeriod: retry,
  })) {
    if (ms <= 0) issues.invalid(`leaderElection.${field}`, text, "must be greater than zero");
  }
  if (lease.ms <= renew.ms) {
    issues.invalid("leaderElection.leaseDuration", renew.text, "must be greater than `RenewDeadline`");
  }
  const lock = config.resourceLock || "leases";
  if (lock !== "leases") {
    issues.invalid("leaderElection.resourceLock", lock, 'resourceLock value must be "leases"');
  }
}
