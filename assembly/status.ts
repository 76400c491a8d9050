// What exports return when they do not return a count, a slot or a pointer. All are negative; src/core/engine.ts words them.

/** The 4 GiB of a wasm32 memory are used up. */
export const STATUS_NO_MEMORY: i32 = -2;
/** No node is feasible. */
export const STATUS_NONE: i32 = -1;
/** The index cannot answer: a scan must. */
export const STATUS_LOST: i32 = -3;
