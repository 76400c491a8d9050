/** What the WebAssembly module exports, as types. test/contract/core.test.ts holds this list against the module. */

/** Functions. Pointers, columns and slots are i32; amounts and scores are f64. A negative i32 is a status. */
export interface CoreFunctions {
  arenaAlloc(bytes: number): number;
  arenaFree(pointer: number): void;
  arenaBytes(): number;

  columnAdd(elementShift: number): number;
  columnFree(column: number): void;
  columnPtr(column: number): number;
  f64At(column: number, slot: number): number;
  setF64(column: number, slot: number, value: number): void;

  nodesInit(): number;
  nodesAdd(): number;
  nodesReserve(count: number): number;
  nodesRemove(slot: number): void;
  nodesCompact(): number;
  nodesCount(): number;
  nodesCapacity(): number;
  nodesRefresh(slot: number): void;
  nodesOccupy(slot: number, podBlock: number, sign: number): void;

  resourceAdd(): number;
  allocatableColumn(resource: number): number;
  requestedColumn(resource: number): number;

  tableReject(values: number, table: number, out: number, bit: number): number;
  tableAnd(values: number, table: number, out: number): void;
  tableAdd(values: number, table: number, out: number): number;
  bytesFill(column: number, value: number): void;
  bytesOr(input: number, out: number): void;
  bytesAnd(input: number, out: number): void;
  bytesReject(matches: number, out: number, bit: number): number;
  bytesAdd(matches: number, amount: number, out: number): number;
  doublesClear(column: number): void;
  imageAdd(sums: number, slots: number, count: number, scaledBytes: number): void;
  imageScores(sums: number, containers: number): number;

  cycleBegin(): void;
  cycleBeginOne(slot: number): void;
  cycleRejectStatic(classBlock: number, bits: number, code: number): void;
  portsFilter(classBlock: number, code: number): void;
  fitFilter(classBlock: number, code: number): void;
  spreadFilter(spreadBlock: number, code: number): void;
  affinityFilter(affinityBlock: number, code: number): void;
  affinitySkips(affinityBlock: number): number;
  cycleFeasible(): number;
  cycleRaw(classBlock: number, kernel: number, out: number): void;
  cycleNormalize(column: number, reverse: number): void;
  spreadScore(spreadBlock: number, out: number): void;
  spreadNormalize(column: number): void;
  affinityScore(termBlock: number, out: number): number;
  affinityNormalize(column: number): void;
  /** Of one slot alone where `only` is not negative. */
  cycleTotalsBegin(only: number): void;
  cycleWeigh(column: number, weight: number): void;
  cycleSelect(isRandom: number, seed: number, decision: number): number;
  cycleRun(classBlock: number, isRandom: number, seed: number, decision: number): number;
  cycleRunTotal(): number;

  /** A pointer, STATUS_LOST or STATUS_NO_MEMORY. */
  indexAdd(request: number): number;
  indexFree(index: number): void;
  indexGroups(index: number): number;
  /** How many pods of an order were placed. */
  indexPlace(order: number, count: number): number;
  /** A slot, STATUS_NONE or STATUS_LOST; the total by cycleRunTotal. */
  indexRun(index: number, isRandom: number, seed: number, decision: number): number;

  /** How many of the pods have to go, or DRY_RUN_*. `victims`: their occupancy blocks (u32), room for answers (u8) behind. */
  dryRun(classBlock: number, slot: number, victims: number, count: number): number;
  /** How many slots changed since the reader (a pointer to 8 bytes) last read, or -1: it cannot be told. */
  journalRead(reader: number): number;
  /** Whoever keeps something of this slot looks at it again. */
  journalNote(slot: number): void;
  /** Where those slots lie (u32). */
  journalFound(): number;
  /** A pointer, or 0. */
  diagnosisAdd(plan: number): number;
  diagnosisFree(diagnosis: number): void;
  /** A pointer. */
  diagnosisKinds(diagnosis: number): number;
  /** A count of kinds, STATUS_LOST or STATUS_NO_MEMORY. */
  diagnosisRun(diagnosis: number): number;

  talliesMove(list: number, slot: number, sign: number): void;
  tallyAdd(column: number, slot: number, amount: number): void;
  /** Go's natural logarithm. */
  goLog(x: number): number;
}

/** Names of the functions, for wrapping; the type makes the list complete. */
export const CORE_FUNCTIONS: Readonly<Record<keyof CoreFunctions, true>> = {
  arenaAlloc: true,
  arenaFree: true,
  arenaBytes: true,
  columnAdd: true,
  columnFree: true,
  columnPtr: true,
  f64At: true,
  setF64: true,
  nodesInit: true,
  nodesAdd: true,
  nodesReserve: true,
  nodesRemove: true,
  nodesCompact: true,
  nodesCount: true,
  nodesCapacity: true,
  nodesRefresh: true,
  nodesOccupy: true,
  resourceAdd: true,
  allocatableColumn: true,
  requestedColumn: true,
  tableReject: true,
  tableAnd: true,
  tableAdd: true,
  bytesFill: true,
  bytesOr: true,
  bytesAnd: true,
  bytesReject: true,
  bytesAdd: true,
  doublesClear: true,
  imageAdd: true,
  imageScores: true,
  cycleBegin: true,
  cycleBeginOne: true,
  spreadFilter: true,
  affinityFilter: true,
  affinitySkips: true,
  spreadScore: true,
  spreadNormalize: true,
  affinityScore: true,
  affinityNormalize: true,
  cycleRejectStatic: true,
  portsFilter: true,
  fitFilter: true,
  cycleFeasible: true,
  cycleRaw: true,
  cycleNormalize: true,
  cycleTotalsBegin: true,
  cycleWeigh: true,
  cycleSelect: true,
  cycleRun: true,
  cycleRunTotal: true,
  indexAdd: true,
  indexFree: true,
  indexGroups: true,
  indexPlace: true,
  indexRun: true,
  dryRun: true,
  journalRead: true,
  journalNote: true,
  journalFound: true,
  diagnosisAdd: true,
  diagnosisFree: true,
  diagnosisKinds: true,
  diagnosisRun: true,
  talliesMove: true,
  tallyAdd: true,
  goLog: true,
};

/** The meaning of exports and fields that this code speaks; assembly/index.ts has the module's own number. */
export const ABI_VERSION = 6;

/** Identifiers that the module gives numbers to (assembly/layout.ts, cycle.ts); asked for by name, never written here. */
export const CORE_CONSTANTS = [
  "ABI_VERSION",
  "STATUS_NO_MEMORY",
  "STATUS_LOST",
  "COLUMN_VERDICT",
  "COLUMN_UNRESOLVABLE",
  "COLUMN_LACKING_LOW",
  "COLUMN_LACKING_HIGH",
  "COLUMN_TOTAL",
  "COLUMN_DETAIL",
  "RESOURCE_CPU",
  "RESOURCE_MEMORY",
  "RESOURCE_EPHEMERAL_STORAGE",
  "RESOURCE_PODS",
  "FIXED_RESOURCES",
  "MAX_RESOURCES",
  "CLASS_FIT_CPU",
  "CLASS_FIT_MEMORY",
  "CLASS_SCORE_CPU",
  "CLASS_SCORE_MEMORY",
  "CLASS_BALANCE_CPU",
  "CLASS_BALANCE_MEMORY",
  "CLASS_FILTERS_FIT",
  "CLASS_FILTERS_PORTS",
  "CLASS_STRATEGY",
  "CLASS_IS_PLAIN",
  "CLASS_WEIGHT_FIT",
  "CLASS_WEIGHT_BALANCED",
  "CLASS_WEIGHT_TAINTS",
  "CLASS_WEIGHT_AFFINITY",
  "CLASS_WEIGHT_IMAGES",
  "CLASS_STATIC_VERDICT",
  "CLASS_RAW_TAINTS",
  "CLASS_RAW_AFFINITY",
  "CLASS_RAW_IMAGES",
  "CLASS_BASE",
  "CLASS_BASE_TAINTS_MAX",
  "CLASS_BASE_AFFINITY_MAX",
  "CLASS_EXTRA_COUNT",
  "CLASS_PORT_COUNT",
  "CLASS_FIT_COUNT",
  "CLASS_BALANCED_COUNT",
  "CLASS_SHAPE_COUNT",
  "CLASS_LISTS",
  "STRATEGY_LEAST_ALLOCATED",
  "STRATEGY_MOST_ALLOCATED",
  "STRATEGY_REQUESTED_TO_CAPACITY_RATIO",
  "STATIC_UNSCHEDULABLE",
  "STATIC_NODE_NAME",
  "STATIC_TAINTS",
  "STATIC_ADDED_AFFINITY",
  "STATIC_AFFINITY",
  "STATIC_NODE_SET",
  "STATIC_VOLUMES",
  "REQUEST_CLASS",
  "REQUEST_SPREAD_FILTER",
  "REQUEST_SPREAD_SCORE",
  "REQUEST_AFFINITY_FILTER",
  "REQUEST_AFFINITY_SCORE",
  "REQUEST_WEIGHT_SPREAD",
  "REQUEST_WEIGHT_AFFINITY",
  "REQUEST_IS_STATIC",
  "REQUEST_FIELDS",
  "ORDER_INDEX",
  "ORDER_OCCUPANCY",
  "ORDER_TALLIES",
  "ORDER_IS_RANDOM",
  "ORDER_SEED",
  "ORDER_DECISION",
  "ORDER_SLOTS",
  "ORDER_TOTALS",
  "ORDER_STATUS",
  "ORDER_FIELDS",
  "PLAN_CLASS",
  "PLAN_STEPS",
  "PLAN_LIST",
  "STEP_KERNEL",
  "STEP_CODE",
  "STEP_BITS",
  "STEP_FIELDS",
  "STEP_STATIC",
  "STEP_PORTS",
  "STEP_FIT",
  "KIND_WORDS",
  "SPREAD_REQUIRES_ALL",
  "SPREAD_LIST",
  "SPREAD_COUNTS",
  "SPREAD_VALUES",
  "SPREAD_SIZE",
  "SPREAD_SUMS",
  "SPREAD_INCLUDED",
  "SPREAD_MAX_SKEW",
  "SPREAD_MIN_DOMAINS",
  "SPREAD_SELF",
  "SPREAD_IS_HOSTNAME",
  "SPREAD_EMPTY_VALUE",
  "SPREAD_DELTA",
  "SPREAD_DELTA_SLOT",
  "SPREAD_FIELDS",
  "AFFINITY_OWN",
  "AFFINITY_ANTI",
  "AFFINITY_EXISTING",
  "AFFINITY_SELF",
  "AFFINITY_FIELDS",
  "TERMS_LIST",
  "KEY_VALUES",
  "KEY_SIZE",
  "KEY_SUMS",
  "KEY_FIELDS",
  "ADDEND_COUNTS",
  "ADDEND_WEIGHT",
  "ADDEND_KEY",
  "ADDEND_FIELDS",
  "DETAIL_AFFINITY",
  "DETAIL_ANTI_AFFINITY",
  "DETAIL_EXISTING",
  "DRY_RUN_LACKING",
  "DRY_RUN_USELESS",
  "POD_CPU",
  "POD_MEMORY",
  "POD_NONZERO_CPU",
  "POD_NONZERO_MEMORY",
  "POD_EXTRA_COUNT",
  "POD_EXTRAS",
  "SCORE_TAINTS",
  "SCORE_AFFINITY",
  "SCORE_FIT",
  "SCORE_BALANCED",
  "SCORE_IMAGES",
] as const;

export type CoreConstants = Readonly<Record<(typeof CORE_CONSTANTS)[number], number>>;
