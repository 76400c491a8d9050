/** The library: everything here works in Node, browsers and workers, and depends on nothing at run time. */

export { Cluster, type ClusterOptions } from "./cluster/cluster.js";
export type { Token } from "./cluster/node-record.js";
export type { NodeView } from "./cluster/node-view.js";
export { type ReadObjects, type ReadOptions, readObjects } from "./cluster/read.js";
export type { AssumeOptions } from "./cluster/reservations.js";
export { type ErrorCode, type ErrorDetails, formatIssue, type Issue, IssuesError, StowageError } from "./errors.js";
export type { Compat } from "./kube/compat.js";
export type * from "./kube/objects.js";
export type { NodeInput, PlainNode, PlainPod, PodInput } from "./kube/plain.js";
export type * from "./kube/volume-sources.js";
export type { Columns, IntegerProgram, IntegerSolution, LinearSolution, LinearSolver } from "./packing/solver.js";
export { type AdditionOptions, additionsFor } from "./planning/additions.js";
export { type CompareOptions, compare, type Variant } from "./planning/compare.js";
export type { Comparison, MoveReason, VariantMove, VariantResult } from "./planning/comparison.js";
export type { Blocked } from "./planning/drain.js";
export type { Failure, Level } from "./planning/failures.js";
export type { SizeOrder } from "./planning/fleet-check.js";
export type { Fill, Fills } from "./planning/fullness.js";
export type { Kept, Offer } from "./planning/offers.js";
export type { Eviction } from "./planning/preempting.js";
export type { Quantities } from "./planning/quantities.js";
export { type RebalanceOptions, rebalance } from "./planning/rebalance.js";
export type { Goal, KeptNode, Rebalance, RebalanceMove } from "./planning/rebalancing.js";
export { size } from "./planning/size.js";
export type { SizeOptions, SizeProgress } from "./planning/size-context.js";
export type {
  Alternative,
  Binding,
  Bound,
  Contradiction,
  Cost,
  CountBound,
  CountedNode,
  CountTree,
  FleetDocument,
  HeadroomRow,
  LeftOut,
  MixPart,
  NodePods,
  PackableFleet,
  Repair,
  SchedulableFleet,
  SearchReport,
  Size,
  Survival as SizeSurvival,
  Unplaceable,
} from "./planning/size-document.js";
export type {
  AddedNode,
  AddedNodes,
  Addition,
  FailureCase,
  Move,
  PendingPod,
  Survival,
  SurvivalSummary,
  SurvivedLevel,
} from "./planning/survival.js";
export { type SurviveOptions, survive } from "./planning/survive.js";
export type { PriceOf, ResourceUse, Utilization } from "./planning/utilization.js";
export type { Quirks } from "./scheduler/compat.js";
export type {
  Candidate,
  Decision,
  Fit,
  Placed,
  PluginScore,
  Preemption,
  PreFilterStatus,
  ReasonCount,
  Rejection,
  RejectionCode,
  Scores,
  Undecided,
  Unschedulable,
  Victim,
} from "./scheduler/decision.js";
export type { DecidedBy, Explanation, RejectedNodes } from "./scheduler/explanation.js";
export type {
  ByNodeAndPlugin,
  ExplainedPreFilter,
  ExplainedVictim,
  ExplanationDocument,
} from "./scheduler/explanation-document.js";
export type { FilterFailure, NodeExplanation } from "./scheduler/node-explanation.js";
export type { PlaceAllOptions, PreemptOptions, SchedulerOptions } from "./scheduler/options.js";
export type { Placements, PodTemplate } from "./scheduler/placements.js";
export { type ClusterView, definePlugin, type FilterCycle, type Plugin, type ScoreCycle } from "./scheduler/plugin.js";
export type { PreFilterVerdict } from "./scheduler/pre-filter-story.js";
export { type Binder, Scheduler } from "./scheduler/scheduler.js";
