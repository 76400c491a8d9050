/** An extender of kube-scheduler to mount in any server. Published as `stowage/extender`; depends on nothing at run time. */

export { dropWatchedPod, putWatchedPod } from "./cluster/watched-pods.js";
export type { Binding, ExtenderBinder } from "./extender/binder.js";
export {
  type DecisionNote,
  Extender,
  type ExtenderAnswer,
  type ExtenderOptions,
  VERBS,
  type Verb,
} from "./extender/extender.js";
export type { RoomPromise } from "./extender/promises.js";
export type { ScoreMap } from "./extender/score-map.js";
export type { SimulatedDecision, SimulateRequest, Simulation } from "./extender/simulate.js";
export { type ClusterSource, type PodChange, type ResourceStats, stillSource } from "./extender/source.js";
