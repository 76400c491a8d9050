/** A small dense linear programme: few rows, any number of columns with bounds, solved from any basis. */

import { passingDoubles } from "./arrays.js";

/** Maximise `values . x` with `rows x <= right`, `0 <= x <= upper`; all of `right` is at least 0, all of `upper` finite. */
export interface DenseProgram {
  readonly values: Float64Array;
  readonly upper: Float64Array;
  /** [row * columns + column]; none is below 0. */
  readonly rows: Float64Array;
  readonly right: Float64Array;
}

/** What is long as there are columns does not last: see arrays.ts. */
export interface DenseSolution {
  readonly x: Float64Array;
  /** What one more unit of each right side is worth; at least 0. */
  readonly multipliers: Float64Array;
  /** What one more of each column would be worth at these multipliers. */
  readonly gains: Float64Array;
  /** Of each row the column that it was solved for; those from the number of columns on are slacks. */
  readonly basis: Int32Array;
  readonly pivots: number;
}

const EPSILON = 1e-9;
/** In the place of a column that has none, or none yet. */
const CLOSED = -1;
const WANTED = -2;
/** Pivots before it takes what there is, for each row and beside. */
const MOST_PIVOTS = 20;

/**
 * The dual simplex with long steps, for programmes of one shape. Every column has two bounds, so any basis is one to begin
 * with: that of a programme with other values or bounds is nearly the right one. Rounding errors can make the answer a
 * little worse than the best, so whoever needs a bound computes it from the multipliers.
 *
 * Columns whose upper bound is 0 take no part, but for those of the basis to begin with, which is none without them. The
 * others are the open ones; everything here goes by their places, after which come the slacks.
 */
export class DualSimplex {
  readonly #columns: number;
  readonly #rows: number;
  #count = 0;
  #bound = 0;
  /** The column of each place, and the place of each column. */
  readonly #open: Int32Array;
  readonly #places: Int32Array;
  readonly #values: Float64Array;
  /** What is left of a row, all of it at most, is the bound of its slack. */
  readonly #upper: Float64Array;
  /** [row * columns + place] */
  readonly #matrix: Float64Array;
  readonly #right: Float64Array;
  readonly #gains: Float64Array;
  readonly #isAtUpper: Uint8Array;
  readonly #isBasic: Uint8Array;
  /** By row. */
  readonly #basis: Int32Array;
  readonly #inverse: Float64Array;
  readonly #levels: Float64Array;
  /** What is left of each right side beside the columns that are at their upper bound. */
  readonly #room: Float64Array;
  readonly #multipliers: Float64Array;
  /** Of the row that is looked at. */
  readonly #cells: Float64Array;
  /** Columns whose gain changes its sign along the way, and how far along. */
  readonly #crossing: Int32Array;
  readonly #distances: Float64Array;

  constructor(columns: number, rows: number) {
    const all = columns + rows;
    this.#columns = columns;
    this.#rows = rows;
    this.#open = new Int32Array(columns);
    this.#places = new Int32Array(columns);
    this.#values = new Float64Array(columns);
    this.#upper = new Float64Array(all);
    this.#matrix = new Float64Array(rows * columns);
    this.#right = new Float64Array(rows);
    this.#gains = new Float64Array(all);
    this.#isAtUpper = new Uint8Array(all);
    this.#isBasic = new Uint8Array(all);
    this.#basis = new Int32Array(rows);
    this.#inverse = new Float64Array(rows * rows);
    this.#levels = new Float64Array(rows);
    this.#room = new Float64Array(rows);
    this.#multipliers = new Float64Array(rows);
    this.#cells = new Float64Array(all);
    this.#crossing = new Int32Array(all);
    this.#distances = new Float64Array(all);
  }

  /** @param start the basis of a solution of a programme of the same shape. */
  maximize(program: DenseProgram, start?: Int32Array): DenseSolution {
    return this.maximizeAbove(program, start, Number.NEGATIVE_INFINITY) as DenseSolution;
  }

  /**
   * @param enough of no interest is what is not worth more
   * @returns undefined as soon as the multipliers show that nothing is
   */
  maximizeAbove(program: DenseProgram, start: Int32Array | undefined, enough: number): DenseSolution | undefined {
    this.#begin(program, start);
    const most = MOST_PIVOTS * (this.#rows + 2);
    let pivots = 0;
    // The multipliers bound what there is all along, and the bound only falls.
    while (this.#bound > enough && pivots < most && this.#improve()) pivots++;
    if (this.#bound <= enough) return undefined;
    // On the way it is only moved along, and rounding errors add up.
    if (pivots > 0) this.#level();
    return this.#solution(program, pivots);
  }

  /** One step. @returns false when there is none that helps. */
  #improve(): boolean {
    const row = this.#worstRow();
    if (row < 0) return false;
    const isAbove = this.#levels[row]! > 0;
    const leaving = this.#basis[row]!;
    const violation = isAbove ? this.#levels[row]! - this.#upper[leaving]! : -this.#levels[row]!;
    const entering = this.#entering(row, isAbove ? -1 : 1, violation);
    if (entering < 0) return false;
    if (this.#isAtUpper[entering] === 1) this.#flip(entering);
    if (isAbove) this.#flip(leaving);
    const [gains, cells, all] = [this.#gains, this.#cells, this.#count + this.#rows];
    const step = gains[entering]! / cells[entering]!;
    for (let place = 0; place < all; place++) gains[place]! -= step * cells[place]!;
    gains[entering] = 0;
    this.#replace(row, entering);
    this.#solve();
    this.#bound = this.#boundNow();
    return true;
  }

  /** What the multipliers and gains allow. */
  #boundNow(): number {
    const [gains, upper, count, height] = [this.#gains, this.#upper, this.#count, this.#rows];
    let bound = 0;
    for (let place = 0; place < count; place++) if (gains[place]! > 0) bound += gains[place]! * upper[place]!;
    // The gain of a slack is its row's multiplier, the other way round.
    for (let place = count; place < count + height; place++) {
      if (gains[place]! < 0) bound -= gains[place]! * upper[place]!;
    }
    return bound;
  }

  /** Moves a column from one of its bounds to the other. */
  #flip(place: number): void {
    const [columns, count, rows, room] = [this.#columns, this.#count, this.#rows, this.#room];
    const isAtUpper = this.#isAtUpper[place] === 1;
    this.#isAtUpper[place] = isAtUpper ? 0 : 1;
    const amount = isAtUpper ? this.#upper[place]! : -this.#upper[place]!;
    if (place >= count) room[place - count]! += amount;
    else for (let row = 0; row < rows; row++) room[row]! += amount * this.#matrix[row * columns + place]!;
  }

  #solution({ values, rows }: DenseProgram, pivots: number): DenseSolution {
    const [columns, count, height] = [this.#columns, this.#count, this.#rows];
    const x = passingDoubles(columns);
    for (let place = 0; place < count; place++) {
      if (this.#isAtUpper[place] === 1) x[this.#open[place]!] = this.#upper[place]!;
    }
    const [multipliers, basis] = [new Float64Array(height), new Int32Array(height)];
    this.#weigh();
    const gains = passingDoubles(columns);
    for (let column = 0; column < columns; column++) gains[column] = values[column]!;
    for (let row = 0; row < height; row++) {
      const place = this.#basis[row]!;
      basis[row] = place < count ? this.#open[place]! : columns + place - count;
      if (place < count) x[basis[row]!] = Math.min(this.#upper[place]!, Math.max(0, this.#levels[row]!));
      const multiplier = this.#multipliers[row]!;
      multipliers[row] = Math.max(0, multiplier);
      if (multiplier === 0) continue;
      const start = row * columns;
      for (let column = 0; column < columns; column++) gains[column]! -= multiplier * rows[start + column]!;
    }
    return { x, multipliers, gains, basis, pivots };
  }

  #begin(program: DenseProgram, start: Int32Array | undefined): void {
    this.#take(program, start);
    const [rows, count] = [this.#rows, this.#count];
    this.#isBasic.fill(0, 0, count).fill(1, count);
    this.#inverse.fill(0);
    for (let row = 0; row < rows; row++) {
      this.#basis[row] = count + row;
      this.#inverse[row * rows + row] = 1;
    }
    if (start !== undefined) this.#enterAll(start);
    this.#price();
    for (let place = 0; place < count + rows; place++) {
      this.#isAtUpper[place] = this.#gains[place]! > 0 && this.#isBasic[place] === 0 ? 1 : 0;
    }
    this.#level();
    this.#bound = this.#boundNow();
  }

  /** The columns that are open, side by side. */
  #take({ values, upper, rows, right }: DenseProgram, start: Int32Array | undefined): void {
    const [columns, height, matrix, places] = [this.#columns, this.#rows, this.#matrix, this.#places];
    places.fill(CLOSED);
    for (const column of start ?? []) if (column < columns) places[column] = WANTED;
    let count = 0;
    for (let column = 0; column < columns; column++) {
      if (upper[column]! <= 0 && places[column] === CLOSED) continue;
      places[column] = count;
      this.#open[count] = column;
      this.#values[count] = values[column]!;
      this.#upper[count] = upper[column]!;
      for (let row = 0; row < height; row++) matrix[row * columns + count] = rows[row * columns + column]!;
      count++;
    }
    this.#count = count;
    this.#right.set(right);
    this.#upper.set(right, count);
  }

  #enterAll(start: Int32Array): void {
    const [columns, height] = [this.#columns, this.#rows];
    // Slacks that stay basic keep their rows; the others give theirs to the columns that come.
    const isFree = this.#crossing.fill(1, 0, height);
    for (const column of start) if (column >= columns) isFree[column - columns] = 0;
    for (const column of start) {
      if (column >= columns) continue;
      const place = this.#places[column]!;
      let row = -1;
      let most = EPSILON;
      for (let r = 0; r < height; r++) {
        if (isFree[r] === 0) continue;
        const cell = Math.abs(this.#cell(r, place));
        if (cell > most) [row, most] = [r, cell];
      }
      if (row < 0) continue;
      this.#replace(row, place);
      isFree[row] = 0;
    }
  }

  /** Of the column in terms of the basis. */
  #cell(row: number, place: number): number {
    const [columns, count, height] = [this.#columns, this.#count, this.#rows];
    const start = row * height;
    if (place >= count) return this.#inverse[start + place - count]!;
    let cell = 0;
    for (let r = 0; r < height; r++) cell += this.#inverse[start + r]! * this.#matrix[r * columns + place]!;
    return cell;
  }

  #replace(row: number, entering: number): void {
    const [inverse, height] = [this.#inverse, this.#rows];
    const scale = 1 / this.#cell(row, entering);
    for (let r = 0; r < height; r++) {
      if (r === row) continue;
      const factor = this.#cell(r, entering) * scale;
      if (factor === 0) continue;
      for (let c = 0; c < height; c++) inverse[r * height + c]! -= factor * inverse[row * height + c]!;
    }
    for (let c = 0; c < height; c++) inverse[row * height + c]! *= scale;
    this.#isBasic[this.#basis[row]!] = 0;
    this.#isBasic[entering] = 1;
    this.#basis[row] = entering;
  }

  /** Multipliers of the basis. */
  #weigh(): void {
    const [inverse, multipliers, height] = [this.#inverse, this.#multipliers, this.#rows];
    multipliers.fill(0);
    for (let row = 0; row < height; row++) {
      const place = this.#basis[row]!;
      const value = place < this.#count ? this.#values[place]! : 0;
      if (value === 0) continue;
      for (let r = 0; r < height; r++) multipliers[r]! += value * inverse[row * height + r]!;
    }
  }

  /** Multipliers and gains of the basis. */
  #price(): void {
    const [gains, values, matrix] = [this.#gains, this.#values, this.#matrix];
    const [columns, count, height] = [this.#columns, this.#count, this.#rows];
    this.#weigh();
    for (let place = 0; place < count; place++) gains[place] = values[place]!;
    for (let row = 0; row < height; row++) {
      const multiplier = this.#multipliers[row]!;
      gains[count + row] = -multiplier;
      if (multiplier === 0) continue;
      const start = row * columns;
      for (let place = 0; place < count; place++) gains[place]! -= multiplier * matrix[start + place]!;
    }
  }

  /** What is left of each row beside the columns that are at a bound, and so how much of each basic one there is. */
  #level(): void {
    const [upper, matrix, right, room] = [this.#upper, this.#matrix, this.#right, this.#room];
    const [columns, count, height] = [this.#columns, this.#count, this.#rows];
    for (let row = 0; row < height; row++) room[row] = this.#isAtUpper[count + row] === 1 ? 0 : right[row]!;
    for (let place = 0; place < count; place++) {
      if (this.#isAtUpper[place] === 0) continue;
      for (let row = 0; row < height; row++) room[row]! -= matrix[row * columns + place]! * upper[place]!;
    }
    this.#solve();
  }

  #solve(): void {
    const [inverse, room, height] = [this.#inverse, this.#room, this.#rows];
    for (let row = 0; row < height; row++) {
      let level = 0;
      for (let r = 0; r < height; r++) level += inverse[row * height + r]! * room[r]!;
      this.#levels[row] = level;
    }
  }

  #worstRow(): number {
    let worst = -1;
    let most = EPSILON;
    for (let row = 0; row < this.#rows; row++) {
      const [level, upper] = [this.#levels[row]!, this.#upper[this.#basis[row]!]!];
      const violation = Math.max(-level, level - upper) / Math.max(1, upper);
      if (violation > most) [worst, most] = [row, violation];
    }
    return worst;
  }

  /**
   * The multipliers move along the row, one way or the other, as long as that lowers the bound: columns whose gain changes
   * its sign go from one of their bounds to the other, and the last one of them enters.
   */
  #entering(row: number, way: number, violation: number): number {
    this.#readRow(row);
    const [cells, gains, isBasic, isAtUpper] = [this.#cells, this.#gains, this.#isBasic, this.#isAtUpper];
    const all = this.#count + this.#rows;
    let found = 0;
    for (let place = 0; place < all; place++) {
      if (isBasic[place] === 1) continue;
      const cell = way * cells[place]!;
      if (isAtUpper[place] === 1 ? cell <= EPSILON : cell >= -EPSILON) continue;
      this.#crossing[found] = place;
      this.#distances[found++] = Math.max(0, gains[place]! / cell);
    }
    if (found === 0) return -1;
    let [low, high, left] = [0, found, violation];
    while (high - low > 1) {
      const middle = this.#partition(low, high);
      // By so much the bound falls more slowly once these have changed their bounds.
      let slower = 0;
      for (let at = low; at < middle; at++) {
        const place = this.#crossing[at]!;
        slower += Math.abs(cells[place]!) * this.#upper[place]!;
      }
      if (slower < left) {
        left -= slower;
        low = middle;
      } else high = middle;
    }
    for (let at = 0; at < low; at++) this.#flip(this.#crossing[at]!);
    return this.#crossing[low]!;
  }

  #readRow(row: number): void {
    const [cells, matrix, columns, count, height] = [this.#cells, this.#matrix, this.#columns, this.#count, this.#rows];
    cells.fill(0, 0, count);
    for (let r = 0; r < height; r++) {
      const factor = this.#inverse[row * height + r]!;
      cells[count + r] = factor;
      if (factor === 0) continue;
      const start = r * columns;
      for (let place = 0; place < count; place++) cells[place]! += factor * matrix[start + place]!;
    }
  }

  /** The nearer ones first. @returns where the farther ones begin; neither part is empty. */
  #partition(low: number, high: number): number {
    const [crossing, distances] = [this.#crossing, this.#distances];
    const pivot = distances[(low + high - 1) >> 1]!;
    let [left, right] = [low - 1, high];
    for (;;) {
      do left++;
      while (distances[left]! < pivot);
      do right--;
      while (distances[right]! > pivot);
      if (left >= right) return right + 1;
      [distances[left], distances[right]] = [distances[right]!, distances[left]!];
      [crossing[left], crossing[right]] = [crossing[right]!, crossing[left]!];
    }
  }
}
