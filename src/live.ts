/**
 * A real cluster seen from Node: list and watch, and binding. Published as `stowage/live`; kubeconfigs are read by
 * @kubernetes/client-node, which must be installed beside this package.
 */

export { ApiError, type ApiErrorOptions, type RequestLine } from "./live/api-error.js";
export {
  BindError,
  type BinderOptions,
  type BindFailure,
  type Binding,
  type BindPod,
  type Bound,
  podBinder,
} from "./live/binder.js";
export {
  type ApiClient,
  type ApiRequest,
  type ConnectOptions,
  connect,
  type Query,
  type WatchClient,
} from "./live/client.js";
export {
  type ClusterSource,
  type ClusterSourceOptions,
  type LogEntry,
  type PodChange,
  type ResourceStats,
  watchCluster,
} from "./live/cluster-source.js";
export type { ReflectorOptions, ReflectorTiming } from "./live/reflector.js";
export {
  type PluginLists,
  type PolicyRule,
  policyRules,
  RESOURCE_NAMES,
  type ResourceName,
  resourcesOf,
} from "./live/resources.js";
