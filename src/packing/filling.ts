/** Good contents of whole items: the relaxed one rounded and filled up, and what exchanging items makes of it. */

import { CALL, type Effort, STEP } from "./effort.js";
import { type Box, type Frame, isOverfull, roomBeside } from "./frame.js";
import type { Model } from "./model.js";

/** What counts as whole. */
export const WHOLE = 1e-6;
const NONE = -1;

/** A content of whole items, written anew by each call: by the places of the box that it is of, and in arrays that may be longer. */
export class Filling {
  readonly counts: Int32Array;
  value = 0;
  readonly #model: Model;
  readonly #effort: Effort;
  readonly #floor: Int32Array;
  readonly #trial: Int32Array;
  readonly #candidates: Int32Array;
  readonly #fitting: Int32Array;
  readonly #worth: Float64Array;
  /** Beside the content that others are tried from, and beside the one that is tried. */
  readonly #rest: Float64Array;
  readonly #room: Float64Array;
  #candidateCount = 0;

  constructor(model: Model, effort: Effort) {
    const { kindCount, dimensions } = model;
    this.#model = model;
    this.#effort = effort;
    this.counts = new Int32Array(kindCount);
    this.#floor = new Int32Array(kindCount);
    this.#trial = new Int32Array(kindCount);
    this.#candidates = new Int32Array(kindCount);
    this.#fitting = new Int32Array(kindCount);
    this.#worth = new Float64Array(kindCount);
    this.#rest = new Float64Array(dimensions);
    this.#room = new Float64Array(dimensions);
  }

  /**
   * A good content: the relaxed one rounded down and filled up, also with one item less of each kind that the relaxed one
   * breaks or fills up with.
   */
  round({ frame, amounts, gains, most, basis }: Box): void {
    const { count } = frame;
    const floor = this.#floor;
    for (let place = 0; place < count; place++) {
      floor[place] = Math.min(Math.floor(amounts[place]! + WHOLE), most[place]!);
      this.counts[place] = 0;
    }
    this.value = 0;
    roomBeside(frame, floor, this.#model, this.#rest);
    this.#chooseBeside(frame, gains, most, basis);
    this.#tryWithout(NONE, frame, most);
    for (let row = 0; row < basis.length; row++) {
      const place = basis[row]!;
      if (place < count && floor[place]! > 0) this.#tryWithout(place, frame, most);
    }
  }

  /** The rounded content without one item of a place, filled up: it is taken where it is worth more. */
  #tryWithout(without: number, frame: Frame, most: Int32Array): void {
    const [trial, floor, room, { count }] = [this.#trial, this.#floor, this.#room, frame];
    this.#roomWithout(frame, without, 1);
    if (isOverfull(room)) return;
    for (let place = 0; place < count; place++) trial[place] = floor[place]!;
    if (without !== NONE) trial[without]!--;
    if (this.#fillUp(frame, trial, most, without)) this.#takeIfAbove(this.value, frame);
  }

  /** Takes items out and fills up without their kind, as long as that makes the content worth more. */
  exchange({ frame, gains, most }: Box): void {
    const [trial, counts, limits, { count }] = [this.#trial, this.counts, this.#floor, frame];
    for (let place = 0; place < count; place++) limits[place] = most[place]!;
    roomBeside(frame, counts, this.#model, this.#rest);
    this.#candidateCount = 0;
    for (let place = 0; place < count; place++) if (frame.prices[place]! > 0) this.#addCandidate(frame, gains, place);
    for (let isBetter = true; isBetter; ) {
      isBetter = false;
      for (let place = 0; place < count; place++) {
        for (let out = 1; out <= Math.min(2, counts[place]!); out++) {
          for (let at = 0; at < count; at++) trial[at] = counts[at]!;
          trial[place]! -= out;
          this.#roomWithout(frame, place, out);
          limits[place] = trial[place]!;
          this.#fillUp(frame, trial, limits, NONE);
          limits[place] = most[place]!;
          if (!this.#takeIfAbove(this.value * (1 + 1e-9), frame)) continue;
          roomBeside(frame, counts, this.#model, this.#rest);
          isBetter = true;
        }
      }
    }
  }

  #takeIfAbove(enough: number, { count, prices }: Frame): boolean {
    const [trial, counts] = [this.#trial, this.counts];
    let value = 0;
    for (let place = 0; place < count; place++) value += trial[place]! * prices[place]!;
    if (value <= enough) return false;
    for (let place = 0; place < count; place++) counts[place] = trial[place]!;
    this.value = value;
    return true;
  }

  #roomWithout({ sizes }: Frame, place: number, times: number): void {
    const { dimensions } = this.#model;
    const [rest, room] = [this.#rest, this.#room];
    for (let d = 0; d < dimensions; d++) {
      room[d] = place === NONE ? rest[d]! : rest[d]! + times * sizes[place * dimensions + d]!;
    }
  }

  /** The places of which an item fits beside the rounded content, or where one less of a broken kind makes room. */
  #chooseBeside(frame: Frame, gains: Float64Array, most: Int32Array, basis: Int32Array): void {
    const { dimensions } = this.#model;
    const { count, prices, sizes } = frame;
    const [floor, rest, room] = [this.#floor, this.#rest, this.#room];
    for (let d = 0; d < dimensions; d++) room[d] = rest[d]!;
    for (let row = 0; row < dimensions; row++) {
      const place = basis[row]!;
      if (place >= count || floor[place] === 0) continue;
      for (let d = 0; d < dimensions; d++) room[d] = Math.max(room[d]!, rest[d]! + sizes[place * dimensions + d]!);
    }
    this.#candidateCount = 0;
    for (let place = 0; place < count; place++) {
      if (prices[place]! <= 0 || (floor[place]! >= most[place]! && !isIn(basis, place))) continue;
      if (this.#fits(frame, place, room)) this.#addCandidate(frame, gains, place);
    }
  }

  #addCandidate({ prices }: Frame, gains: Float64Array, place: number): void {
    // What the room is worth is the price less the gain; a tenth of a thousandth keeps it from being nothing.
    this.#worth[place] = gains[place]! / (prices[place]! * 1.0001 - gains[place]!);
    this.#candidates[this.#candidateCount++] = place;
  }

  /**
   * Fills the room up with what is worth most for it, of the candidates.
   *
   * @param without an item of that was taken out
   * @returns false where it comes back before any other: the rest is as without having taken it out
   */
  #fillUp(frame: Frame, counts: Int32Array, most: Int32Array, without: number): boolean {
    const { kindCount, dimensions } = this.#model;
    const { prices } = frame;
    this.#effort.spend(CALL + 2 * kindCount * dimensions * STEP);
    const [fitting, worth, candidates, room] = [this.#fitting, this.#worth, this.#candidates, this.#room];
    let found = 0;
    for (let at = 0; at < this.#candidateCount; at++) {
      const place = candidates[at]!;
      if (counts[place]! < most[place]! && this.#fits(frame, place, room)) fitting[found++] = place;
    }
    // Little room is left, and one kind that is added takes the room of most others.
    let isFirst = true;
    while (found > 0) {
      let best = fitting[0]!;
      for (let at = 1; at < found; at++) {
        const place = fitting[at]!;
        if ((worth[place]! - worth[best]! || prices[place]! - prices[best]!) > 0) best = place;
      }
      const more = this.#add(frame, best, most[best]! - counts[best]!, counts);
      if (isFirst && best === without && more === 1) return false;
      isFirst = false;
      let left = 0;
      for (let at = 0; at < found; at++) {
        const place = fitting[at]!;
        if (place !== best && this.#fits(frame, place, room)) fitting[left++] = place;
      }
      found = left;
    }
    return true;
  }

  /** Adds items of a place as long as there is room. @returns how many */
  #add({ sizes }: Frame, place: number, most: number, counts: Int32Array): number {
    const { dimensions } = this.#model;
    const room = this.#room;
    let more = most;
    for (let d = 0; d < dimensions && more > 0; d++) {
      const size = sizes[place * dimensions + d]!;
      if (more * size > room[d]!) more = Math.floor(room[d]! / size);
    }
    if (more <= 0) return 0;
    counts[place]! += more;
    for (let d = 0; d < dimensions; d++) room[d]! -= more * sizes[place * dimensions + d]!;
    return more;
  }

  #fits({ sizes }: Frame, place: number, room: Float64Array): boolean {
    const { dimensions } = this.#model;
    for (let d = 0; d < dimensions; d++) if (sizes[place * dimensions + d]! > room[d]!) return false;
    return true;
  }
}

function isIn(basis: Int32Array, place: number): boolean {
  for (let row = 0; row < basis.length; row++) if (basis[row] === place) return true;
  return false;
}
