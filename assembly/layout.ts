// Identifiers that both sides speak: columns, fields of a class block, strategies. The module exports them, so
// TypeScript asks for them by name and no number is written twice.
//
// Slots are handed out in the order in which nodes come and never again, so slot order is the order of the nodes; holes
// are squeezed out by nodesCompact. The capacity is a multiple of 128, so kernels run over whole vectors and blocks and
// have no tail loop.
//
// Hot fields lie in tiles of two nodes, 128 bytes: a vector kernel loads a field of both with one instruction at a
// constant offset, and everything about one node lies in two neighbouring cache lines.
//
//   tile t   0                16               32               48                       112
//            [room 2t|2t+1]   [cpuAllocatable] [cpuRequested]   [cpuNonzero] [memory..]  [balance]      f64 pairs
//
// Everything else is a column, one element a slot:
//
//   slot             0      1      2     ...   count-1 | padding to capacity
//   resource column[ 0      1000   0     ...                          ]   f64   base units, of one resource
//   label column   [ 1      0      2     ...                          ]   u32   value id of one label key; 0 = no label
//   port column    [ 0      0      1     ...                          ]   u8    1 = this protocol, port and IP is taken

/** Hot fields, in the order of a tile. Addressed like columns, but only through f64At and tilesPtr. */
/** Pods that may still come; -1 = no node here, or one that the vector kernels must not take. */
export const COLUMN_ROOM: i32 = 0;
export const COLUMN_CPU_ALLOCATABLE: i32 = 1;
export const COLUMN_CPU_REQUESTED: i32 = 2;
export const COLUMN_CPU_NONZERO: i32 = 3;
export const COLUMN_MEMORY_ALLOCATABLE: i32 = 4;
export const COLUMN_MEMORY_REQUESTED: i32 = 5;
export const COLUMN_MEMORY_NONZERO: i32 = 6;
/** The half of NodeResourcesBalancedAllocation's score that does not depend on the pod, over cpu and memory: 50..100. */
export const COLUMN_BALANCE: i32 = 7;
export const HOT_COLUMNS: i32 = 8;
export const TILE_SHIFT: i32 = 7;

/** Columns that every cluster has. */
/** u8: STATE_* */
export const COLUMN_STATE: i32 = 8;
/** u8: 0 = still feasible, else 1 + the position of the filter that rejected the node. Of the running cycle. */
export const COLUMN_VERDICT: i32 = 9;
/** u8: 1 = the rejection is UnschedulableAndUnresolvable. Of the running cycle. */
export const COLUMN_UNRESOLVABLE: i32 = 10;
/** u32, two of them: which resources were insufficient, bit by resource id. Of the running cycle. */
export const COLUMN_LACKING_LOW: i32 = 11;
export const COLUMN_LACKING_HIGH: i32 = 12;
/** f64: feasibility and the parts of the score that a scan adds up; scratch of the running cycle. */
export const COLUMN_SCRATCH: i32 = 13;
/** f64: total score of the running cycle. */
export const COLUMN_TOTAL: i32 = 14;
/** u8: which of a filter's reasons rejected the node, or a mark of the running score. Of the running cycle. */
export const COLUMN_DETAIL: i32 = 15;
export const FIXED_COLUMNS: i32 = 16;

export const STATE_FREE: i32 = 0;
/** A node that the vector kernels take. */
export const STATE_REGULAR: i32 = 1;
/** A node that only the scalar code takes: an allocatable of 0, or values too large for exact f64 quotients. */
export const STATE_IRREGULAR: i32 = 2;

/** Resource ids that every cluster has; further ones are given out by resourceAdd. */
export const RESOURCE_CPU: i32 = 0;
export const RESOURCE_MEMORY: i32 = 1;
export const RESOURCE_EPHEMERAL_STORAGE: i32 = 2;
export const RESOURCE_PODS: i32 = 3;
export const FIXED_RESOURCES: i32 = 4;
export const MAX_RESOURCES: i32 = 64;

/** Fields of a class block: what a cycle knows of a pod. Every field is one f64, so a block is a plain Float64Array. */
export const CLASS_FIT_CPU: i32 = 0;
export const CLASS_FIT_MEMORY: i32 = 1;
export const CLASS_SCORE_CPU: i32 = 2;
export const CLASS_SCORE_MEMORY: i32 = 3;
export const CLASS_BALANCE_CPU: i32 = 4;
export const CLASS_BALANCE_MEMORY: i32 = 5;
/** 1 = NodeResourcesFit filters here, 0 = it does not. Bits for the filter kernels of the fused cycle. */
export const CLASS_FILTERS_FIT: i32 = 6;
export const CLASS_FILTERS_PORTS: i32 = 7;
/** One of STRATEGY_*. */
export const CLASS_STRATEGY: i32 = 8;
/** 1 = both scores run over cpu and memory with equal weights, so the vector kernels may score. */
export const CLASS_IS_PLAIN: i32 = 9;
/** Weights; 0 = the plugin does not score this pod. */
export const CLASS_WEIGHT_FIT: i32 = 10;
export const CLASS_WEIGHT_BALANCED: i32 = 11;
export const CLASS_WEIGHT_TAINTS: i32 = 12;
export const CLASS_WEIGHT_AFFINITY: i32 = 13;
export const CLASS_WEIGHT_IMAGES: i32 = 14;
/** Column of static verdict bits (u8), or -1: every node passes every static filter. */
export const CLASS_STATIC_VERDICT: i32 = 15;
/** Raw score columns (f64), or -1: 0 on every node. */
export const CLASS_RAW_TAINTS: i32 = 16;
export const CLASS_RAW_AFFINITY: i32 = 17;
export const CLASS_RAW_IMAGES: i32 = 18;
/** Column (f64) of static feasibility and static scores, or -1 where both are the same on every node. */
export const CLASS_BASE: i32 = 19;
/** The maxima CLASS_BASE was built with; NaN = never built. */
export const CLASS_BASE_TAINTS_MAX: i32 = 20;
export const CLASS_BASE_AFFINITY_MAX: i32 = 21;
/** Counts of the lists behind the fields, in this order: extra requests, ports, fit, balanced, shape. */
export const CLASS_EXTRA_COUNT: i32 = 22;
export const CLASS_PORT_COUNT: i32 = 23;
export const CLASS_FIT_COUNT: i32 = 24;
export const CLASS_BALANCED_COUNT: i32 = 25;
export const CLASS_SHAPE_COUNT: i32 = 26;
/** First f64 of the lists. */
export const CLASS_LISTS: i32 = 27;

/** f64s an entry of each list: extra (resource, request); port (column); fit (resource, request, weight, isScalar);
 *  balanced (resource, request, isScalar); shape (utilization, score). */
export const EXTRA_FIELDS: i32 = 2;
export const PORT_FIELDS: i32 = 1;
export const FIT_FIELDS: i32 = 4;
export const BALANCED_FIELDS: i32 = 3;
export const SHAPE_FIELDS: i32 = 2;

export const STRATEGY_LEAST_ALLOCATED: i32 = 0;
export const STRATEGY_MOST_ALLOCATED: i32 = 1;
export const STRATEGY_REQUESTED_TO_CAPACITY_RATIO: i32 = 2;

/** Bits of a static verdict: the filters that depend on a node's spec and labels alone. */
export const STATIC_UNSCHEDULABLE: i32 = 1;
export const STATIC_NODE_NAME: i32 = 2;
export const STATIC_TAINTS: i32 = 4;
export const STATIC_ADDED_AFFINITY: i32 = 8;
export const STATIC_AFFINITY: i32 = 16;
/** Outside the node set of NodeAffinity's PreFilter. */
export const STATIC_NODE_SET: i32 = 32;
/** What the volumes of a class cannot be used from, or attached to; only where the core decides for it. */
export const STATIC_VOLUMES: i32 = 64;

/** Fields of an occupancy block: what a placed pod takes from its node. Every field is one f64; pairs follow. */
export const POD_CPU: i32 = 0;
export const POD_MEMORY: i32 = 1;
export const POD_NONZERO_CPU: i32 = 2;
export const POD_NONZERO_MEMORY: i32 = 3;
export const POD_EXTRA_COUNT: i32 = 4;
/** (resource, amount) pairs from here. */
export const POD_EXTRAS: i32 = 5;

/** A request for an index: what it answers for. Blocks by pointer, 0 = none; weights of the scores of the last two. */
export const REQUEST_CLASS: i32 = 0;
export const REQUEST_SPREAD_FILTER: i32 = 1;
export const REQUEST_SPREAD_SCORE: i32 = 2;
export const REQUEST_AFFINITY_FILTER: i32 = 3;
export const REQUEST_AFFINITY_SCORE: i32 = 4;
export const REQUEST_WEIGHT_SPREAD: i32 = 5;
export const REQUEST_WEIGHT_AFFINITY: i32 = 6;
/** Whether the class sees nodes by their specs alone, so that the index ends when what it sees does. */
export const REQUEST_IS_STATIC: i32 = 7;
export const REQUEST_FIELDS: i32 = 8;

/** An order for many pods of one class, in words of 32 bits: index, occupancy block and list of tallies (or 0). */
export const ORDER_INDEX: i32 = 0;
export const ORDER_OCCUPANCY: i32 = 1;
export const ORDER_TALLIES: i32 = 2;
export const ORDER_IS_RANDOM: i32 = 3;
export const ORDER_SEED: i32 = 4;
/** The number of the next decision. */
export const ORDER_DECISION: i32 = 5;
/** Where slots (u32) and totals (f64) go. */
export const ORDER_SLOTS: i32 = 6;
export const ORDER_TOTALS: i32 = 7;
/** The last slot, or the status that ended it. */
export const ORDER_STATUS: i32 = 8;
export const ORDER_FIELDS: i32 = 9;

/** A plan of a diagnosis: the class block, how many steps, then the filters to ask of a node, in order. All f64. */
export const PLAN_CLASS: i32 = 0;
export const PLAN_STEPS: i32 = 1;
/** First f64 of the steps. */
export const PLAN_LIST: i32 = 2;
/** One of STEP_STATIC, STEP_PORTS, STEP_FIT; the code of its rejections; which STATIC_* bits reject. */
export const STEP_KERNEL: i32 = 0;
export const STEP_CODE: i32 = 1;
export const STEP_BITS: i32 = 2;
export const STEP_FIELDS: i32 = 3;
export const STEP_STATIC: i32 = 0;
export const STEP_PORTS: i32 = 1;
export const STEP_FIT: i32 = 2;
/** u32s a kind of rejection: nodes, code, and the details (u64). */
export const KIND_WORDS: i32 = 4;

/** A spread block: [count of constraints | requires all keys | constraints ...], a constraint as follows, all f64. */
export const SPREAD_REQUIRES_ALL: i32 = 1;
/** First f64 of the constraints. */
export const SPREAD_LIST: i32 = 2;
/** Tally (u32 column) of the pods that the constraint counts, or -1: none. */
export const SPREAD_COUNTS: i32 = 0;
/** Label column of the topology key, how many value ids it has, and where one f64 a value id is kept. */
export const SPREAD_VALUES: i32 = 1;
export const SPREAD_SIZE: i32 = 2;
export const SPREAD_SUMS: i32 = 3;
/** u8 column of the nodes whose pods count, or -1: all. */
export const SPREAD_INCLUDED: i32 = 4;
export const SPREAD_MAX_SKEW: i32 = 5;
export const SPREAD_MIN_DOMAINS: i32 = 6;
/** 1 = the selector matches the pod itself. */
export const SPREAD_SELF: i32 = 7;
/** 1 = the topology key is kubernetes.io/hostname, which scoring counts node by node. */
export const SPREAD_IS_HOSTNAME: i32 = 8;
/** The value id of the empty string, 0 when no node has it. */
export const SPREAD_EMPTY_VALUE: i32 = 9;
/** Scratch of the kernels. */
export const SPREAD_MIN: i32 = 10;
export const SPREAD_WEIGHT: i32 = 11;
/** Pods to add to the domain of one slot, for what-ifs that upstream counts otherwise than a fresh count would. */
export const SPREAD_DELTA: i32 = 12;
export const SPREAD_DELTA_SLOT: i32 = 13;
export const SPREAD_FIELDS: i32 = 14;

/** An affinity block: pointers (or 0) of term blocks, and whether the pod matches all of its own affinity terms. */
export const AFFINITY_OWN: i32 = 0;
export const AFFINITY_ANTI: i32 = 1;
export const AFFINITY_EXISTING: i32 = 2;
export const AFFINITY_SELF: i32 = 3;
export const AFFINITY_FIELDS: i32 = 4;

/** A term block: [count of keys | count of addends | keys ... | addends ...], all f64. */
export const TERMS_LIST: i32 = 2;
/** A topology key: its label column, how many value ids, where one f64 a value id is kept. */
export const KEY_VALUES: i32 = 0;
export const KEY_SIZE: i32 = 1;
export const KEY_SUMS: i32 = 2;
export const KEY_FIELDS: i32 = 3;
/** An addend: tally, weight of each pod in it, number of its key. */
export const ADDEND_COUNTS: i32 = 0;
export const ADDEND_WEIGHT: i32 = 1;
export const ADDEND_KEY: i32 = 2;
export const ADDEND_FIELDS: i32 = 3;

/** Details of rejections by InterPodAffinity. */
export const DETAIL_AFFINITY: i32 = 0;
export const DETAIL_ANTI_AFFINITY: i32 = 1;
export const DETAIL_EXISTING: i32 = 2;

/** What a node that is not feasible has in a base or total column. Below every possible total, and survives adding. */
export const INFEASIBLE: f64 = -1e300;

/** Largest allocatable for which floor(fl(100 * d / a)) is Go's truncating quotient: floor(2^53 / 100). */
export const MAX_EXACT_QUOTIENT: f64 = 90071992547409;
