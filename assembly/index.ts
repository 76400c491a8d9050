// What the module exports, and nothing else.

export { arenaAlloc, arenaBytes, arenaFree } from "./arena";
export {
  cycleBegin,
  cycleBeginOne,
  cycleFeasible,
  cycleNormalize,
  cycleRaw,
  cycleRejectStatic,
  cycleSelect,
  cycleTotalsBegin,
  cycleWeigh,
  SCORE_AFFINITY,
  SCORE_BALANCED,
  SCORE_FIT,
  SCORE_IMAGES,
  SCORE_TAINTS,
  VERDICT_NO_NODE,
} from "./cycle";
export { dryRun, DRY_RUN_LACKING, DRY_RUN_USELESS } from "./dry-run";
export { journalFound, journalNote, journalRead } from "./journal";
export { indexAdd, indexFree, indexGroups } from "./class-index/build";
export { indexRun } from "./class-index/choice";
export { indexPlace } from "./class-index/place";
export { diagnosisAdd, diagnosisFree, diagnosisKinds, diagnosisRun } from "./diagnosis";
export * from "./layout";
export {
  allocatableColumn,
  columnAdd,
  columnFree,
  columnPtr,
  f64At,
  nodesAdd,
  nodesCapacity,
  nodesCompact,
  nodesCount,
  nodesInit,
  nodesOccupy,
  nodesRefresh,
  nodesRemove,
  nodesReserve,
  requestedColumn,
  resourceAdd,
  setF64,
  stateAt,
} from "./nodes";
export { goLog } from "./go-log";
export { affinityFilter, affinityNormalize, affinityScore, affinitySkips } from "./plugins/inter-pod-affinity";
export { spreadFilter, spreadNormalize, spreadScore } from "./plugins/pod-topology-spread";
export { imageAdd, imageScores } from "./plugins/image-locality";
export { portsFilter } from "./plugins/node-ports";
export { fitFilter } from "./plugins/node-resources-fit";
export { cycleRun, cycleRunTotal } from "./scan";
export { STATUS_LOST, STATUS_NO_MEMORY, STATUS_NONE } from "./status";
export { talliesMove, tallyAdd } from "./tallies";
export {
  bytesAdd,
  bytesAnd,
  bytesFill,
  bytesOr,
  bytesReject,
  doublesClear,
  tableAdd,
  tableAnd,
  tableReject,
} from "./tables";

/** Raised when an export, a field or their meaning changes. */
export const ABI_VERSION: i32 = 6;
/** Whether this is the binary with vector kernels. */
export const HAS_SIMD: bool = ASC_FEATURE_SIMD;
