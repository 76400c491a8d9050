/** The library: everything here works in Node, browsers and workers, and depends on nothing at run time. */

export { Cluster, type ClusterOptions } from "./cluster/cluster.js";
export type { Token } from "./cluster/node-record.js";
export type { NodeView } from "./cluster/node-view.js";
export { type ReadObjects, type ReadOptions, readObjects } from "./cluster/read.js";
export type { AssumeOptions } from "./cluster/reservations.js";
export { type ErrorCode, type ErrorDetails, formatIssue, type Issue, IssuesError, StowageError } from "./errors.js";
export type * from "./kube/objects.js";
export type { NodeInput, PlainNode, PlainPod, PodInput } from "./kube/plain.js";
export type {
  Candidate,
  Decision,
  Fit,
  Placed,
  PluginScore,
  Preemption,
  ReasonCount,
  Rejection,
  RejectionCode,
  Scores,
  Undecided,
  Unschedulable,
  Victim,
} from "./scheduler/decision.js";
export type { DecidedBy, Explanation, RejectedNodes } from "./scheduler/explanation.js";
export type { ExplainedVictim, ExplanationDocument } from "./scheduler/explanation-document.js";
export type { FilterFailure, NodeExplanation } from "./scheduler/node-explanation.js";
export type { PlaceAllOptions, PreemptOptions, SchedulerOptions } from "./scheduler/options.js";
export type { Placements, PodTemplate } from "./scheduler/placements.js";
export { type ClusterView, definePlugin, type FilterCycle, type Plugin, type ScoreCycle } from "./scheduler/plugin.js";
export type { PreFilterVerdict } from "./scheduler/pre-filter-story.js";
export { type Binder, Scheduler } from "./scheduler/scheduler.js";
