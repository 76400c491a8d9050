/**
 * Arrays that do not last, cut from longer ones: to make one of its own takes eight times as long. The longer one goes when nothing
 * cut from it is left, so what is kept is copied first.
 */

const CHUNK_BYTES = 32_768;
/** Arrays up to so many bytes lie within their objects, and are made quickly. */
const SMALL_BYTES = 64;
const LARGE_BYTES = CHUNK_BYTES / 4;
const DOUBLE_BYTES = 8;
const INT_BYTES = 4;

let chunk = new ArrayBuffer(0);
let used = 0;

/** All 0. */
export function passingDoubles(length: number): Float64Array {
  const bytes = length * DOUBLE_BYTES;
  if (bytes <= SMALL_BYTES || bytes > LARGE_BYTES) return new Float64Array(length);
  const start = cut(bytes);
  return new Float64Array(chunk, start, length);
}

/** All 0. */
export function passingInts(length: number): Int32Array {
  // Doubles begin at multiples of their size.
  const bytes = Math.ceil((length * INT_BYTES) / DOUBLE_BYTES) * DOUBLE_BYTES;
  if (bytes <= SMALL_BYTES || bytes > LARGE_BYTES) return new Int32Array(length);
  const start = cut(bytes);
  return new Int32Array(chunk, start, length);
}

export function passingCopy(ints: Int32Array): Int32Array {
  const copy = passingInts(ints.length);
  copy.set(ints);
  return copy;
}

/** Where so many bytes of the chunk begin that nobody else has; of a new one where they do not fit into it. */
function cut(bytes: number): number {
  if (used + bytes > chunk.byteLength) {
    chunk = new ArrayBuffer(CHUNK_BYTES);
    used = 0;
  }
  const start = used;
  used += bytes;
  return start;
}
