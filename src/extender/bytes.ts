/** Comparing and copying short runs of bytes, by words: faster than a call of `set`, or a string, for each. */

export const WORD = 4;

export function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/** Whether the bytes of `a` from `start` to `end`, which is not part of them, are those of `b` at `from`. */
export function isSame(a: DataView, start: number, end: number, b: DataView, from: number): boolean {
  let [at, other] = [start, from];
  for (; at + WORD <= end; at += WORD, other += WORD) if (a.getInt32(at) !== b.getInt32(other)) return false;
  for (; at < end; at++, other++) if (a.getUint8(at) !== b.getUint8(other)) return false;
  return true;
}

/** Copies the bytes of `from` from `start` to `end`. Returns where they end in `to`. */
export function copied(to: DataView, at: number, from: DataView, start: number, end: number): number {
  const shift = at - start;
  let index = start;
  for (; index + WORD <= end; index += WORD) to.setUint32(index + shift, from.getUint32(index));
  for (; index < end; index++) to.setUint8(index + shift, from.getUint8(index));
  return end + shift;
}
