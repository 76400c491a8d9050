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

/** Where a solution is written to; the arrays may be longer. */
export interface SolutionArrays {
  readonly amounts: Float64Array;
  /** What one more unit of each right side is worth; at least 0. */
  readonly multipliers: Float64Array;
  /** What one more of each column would be worth at these multipliers. */
  readonly gains: Float64Array;
  /** Of each row the column that it was solved for; those from the number of columns on are slacks. */
  readonly basis: Int32Array;
}

/** What is long as there are columns does not last: see arrays.ts. */
export interface DenseSolution extends SolutionArrays {
  readonly pivots: number;
}

const EPSILON = 1e-9;
/** What a column is: at a bound, or of the basis, or without room between its bounds. */
const AT_BOUND = 0;
const BASIC = 1;
const CLOSED = 2;
/** Pivots before it takes what there is, for each row and beside. */
const MOST_PIVOTS = 20;

/**
 * The dual simplex with long steps, for programmes of so many rows. Every column has two bounds, so any basis is one to begin
 * with: that of a programme with other values or bounds is nearly the right one. Rounding errors can make the answer a
 * little worse than the best, so whoever needs a bound computes it from the multipliers.
 *
 * What a basis comes to is reckoned once, by `begin`; then `within` solves for bounds and right sides, as often as there are some.
 * Columns whose upper bound is 0 take no part, but for those of the basis to begin with. After the columns come the slacks.
 */
export class DualSimplex {
  readonly #rows: number;
  /** How many columns there are. */
  #count = 0;
  #bound = 0;
  /** Of the programme. */
  #values: Float64Array = new Float64Array();
  #matrix: Float64Array = new Float64Array();
  #start: Int32Array | undefined;
  /** What is left of a row, all of it at most, is the bound of its slack. */
  readonly #upper: Float64Array;
  #gains: Float64Array;
  readonly #isAtUpper: Uint8Array;
  readonly #state: Uint8Array;
  /** By row. */
  readonly #basis: Int32Array;
  readonly #inverse: Float64Array;
  readonly #levels: Float64Array;
  /** What is left of each right side beside the columns that are at their upper bound. */
  readonly #room: Float64Array;
  readonly #multipliers: Float64Array;
  /** By row, of sums of rows. */
  readonly #factors: Float64Array;
  /** Of the row that is looked at. */
  readonly #cells: Float64Array;
  /** Columns whose gain changes its sign along the way, and how far along. */
  readonly #crossing: Int32Array;
  readonly #distances: Float64Array;
  /** Of the basis to begin with, which the steps of a solution move away from. */
  readonly #firstBasis: Int32Array;
  readonly #firstInverse: Float64Array;
  readonly #firstMultipliers: Float64Array;
  readonly #firstGains: Float64Array;
  readonly #movedGains: Float64Array;
  /** The columns that gain something there. */
  readonly #gaining: Int32Array;
  #gainingCount = 0;

  /** @param columns at most */
  constructor(columns: number, rows: number) {
    const all = columns + rows;
    this.#rows = rows;
    this.#upper = new Float64Array(all);
    this.#isAtUpper = new Uint8Array(all);
    this.#state = new Uint8Array(all);
    this.#basis = new Int32Array(rows);
    this.#inverse = new Float64Array(rows * rows);
    this.#levels = new Float64Array(rows);
    this.#room = new Float64Array(rows);
    this.#multipliers = new Float64Array(rows);
    this.#factors = new Float64Array(rows);
    this.#cells = new Float64Array(all);
    this.#crossing = new Int32Array(all);
    this.#distances = new Float64Array(all);
    this.#firstBasis = new Int32Array(rows);
    this.#firstInverse = new Float64Array(rows * rows);
    this.#firstMultipliers = new Float64Array(rows);
    this.#firstGains = new Float64Array(all);
    this.#movedGains = new Float64Array(all);
    this.#gains = this.#firstGains;
    this.#gaining = new Int32Array(columns);
  }

  /** @param start the basis of a solution of a programme with the same columns. */
  maximize({ values, upper, rows, right }: DenseProgram, start?: Int32Array): DenseSolution {
    this.begin(values, rows, values.length, start);
    const solution = {
      amounts: passingDoubles(values.length),
      multipliers: new Float64Array(right.length),
      gains: passingDoubles(values.length),
      basis: new Int32Array(right.length),
    };
    return { ...solution, pivots: this.within(upper, right, Number.NEGATIVE_INFINITY, solution) };
  }

  /**
   * What is the same whatever the bounds are. The arrays must stay as they are until the next one.
   *
   * @param rows [row * count + column]; none is below 0
   */
  begin(values: Float64Array, rows: Float64Array, count: number, start: Int32Array | undefined): void {
    const height = this.#rows;
    this.#values = values;
    this.#matrix = rows;
    this.#start = start;
    this.#count = count;
    // Where there are few rows, a loop is quicker than a call.
    const [basis, inverse, firstInverse] = [this.#basis, this.#inverse, this.#firstInverse];
    for (let at = 0; at < inverse.length; at++) inverse[at] = 0;
    for (let row = 0; row < height; row++) {
      basis[row] = count + row;
      inverse[row * height + row] = 1;
    }
    if (start !== undefined) this.#enterAll(start);
    this.#weigh();
    this.#price(this.#firstGains);
    const gains = this.#firstGains;
    for (let row = 0; row < height; row++) gains[count + row] = -this.#multipliers[row]!;
    let gaining = 0;
    for (let column = 0; column < count; column++) if (gains[column]! > 0) this.#gaining[gaining++] = column;
    this.#gainingCount = gaining;
    for (let at = 0; at < inverse.length; at++) firstInverse[at] = inverse[at]!;
    for (let row = 0; row < height; row++) {
      this.#firstBasis[row] = basis[row]!;
      this.#firstMultipliers[row] = this.#multipliers[row]!;
    }
  }

  /**
   * @param enough of no interest is what is not worth more
   * @returns how many steps it took; -1, and no solution, as soon as the multipliers show that nothing is
   */
  within(upper: Float64Array, right: Float64Array, enough: number, solution: SolutionArrays): number {
    this.#restart(upper, right);
    const most = MOST_PIVOTS * (this.#rows + 2);
    let pivots = 0;
    // The multipliers bound what there is all along, and the bound only falls.
    while (this.#bound > enough && pivots < most && this.#improve(pivots === 0)) pivots++;
    if (this.#bound <= enough) return -1;
    // On the way it is only moved along, and rounding errors add up.
    if (pivots > 0) this.#level();
    this.#write(solution, pivots > 0);
    return pivots;
  }

  /** Back to the basis to begin with: what its columns come to, and what bound it gives. */
  #restart(upper: Float64Array, right: Float64Array): void {
    const [count, height, matrix, gaining, isAtUpper] = [
      this.#count,
      this.#rows,
      this.#matrix,
      this.#gaining,
      this.#isAtUpper,
    ];
    const [gains, room, basis] = [this.#firstGains, this.#room, this.#firstBasis];
    this.#gains = gains;
    const [inverse, first] = [this.#inverse, this.#firstInverse];
    for (let row = 0; row < height; row++) this.#basis[row] = basis[row]!;
    for (let at = 0; at < inverse.length; at++) inverse[at] = first[at]!;
    const bounds = this.#upper;
    for (let column = 0; column < count; column++) bounds[column] = upper[column]!;
    for (let row = 0; row < height; row++) bounds[count + row] = right[row]!;
    for (let place = 0; place < count + height; place++) isAtUpper[place] = 0;
    for (let at = 0; at < this.#gainingCount; at++) isAtUpper[gaining[at]!] = 1;
    for (let row = 0; row < height; row++) if (gains[count + row]! > 0) isAtUpper[count + row] = 1;
    for (let row = 0; row < height; row++) isAtUpper[basis[row]!] = 0;
    for (let row = 0; row < height; row++) room[row] = isAtUpper[count + row] === 1 ? 0 : right[row]!;
    let bound = 0;
    for (let at = 0; at < this.#gainingCount; at++) {
      const column = gaining[at]!;
      const most = upper[column]!;
      bound += gains[column]! * most;
      if (isAtUpper[column] === 0 || most === 0) continue;
      for (let row = 0; row < height; row++) room[row]! -= matrix[row * count + column]! * most;
    }
    for (let row = 0; row < height; row++) if (gains[count + row]! < 0) bound -= gains[count + row]! * right[row]!;
    this.#bound = bound;
    this.#solve();
  }

  /** Before the first step. */
  #sort(): void {
    const [state, upper, count, height, basis] = [this.#state, this.#upper, this.#count, this.#rows, this.#basis];
    for (let column = 0; column < count; column++) state[column] = upper[column]! > 0 ? AT_BOUND : CLOSED;
    for (const column of this.#start ?? []) if (column < count) state[column] = AT_BOUND;
    state.fill(AT_BOUND, count, count + height);
    for (let row = 0; row < height; row++) state[basis[row]!] = BASIC;
  }

  /** One step. @returns false when there is none that helps. */
  #improve(isFirst: boolean): boolean {
    const row = this.#worstRow();
    if (row < 0) return false;
    if (isFirst) this.#sort();
    const isAbove = this.#levels[row]! > 0;
    const leaving = this.#basis[row]!;
    const violation = isAbove ? this.#levels[row]! - this.#upper[leaving]! : -this.#levels[row]!;
    const entering = this.#entering(row, isAbove ? -1 : 1, violation);
    if (entering < 0) return false;
    if (this.#isAtUpper[entering] === 1) this.#flip(entering);
    if (isAbove) this.#flip(leaving);
    this.#move(entering);
    this.#replace(row, entering);
    this.#solve();
    return true;
  }

  /** The gains once the entering column has none, and what the multipliers and gains then allow. */
  #move(entering: number): void {
    const [gains, moved, cells, upper] = [this.#gains, this.#movedGains, this.#cells, this.#upper];
    const [count, all] = [this.#count, this.#count + this.#rows];
    const step = gains[entering]! / cells[entering]!;
    let bound = 0;
    for (let column = 0; column < count; column++) {
      const gain = gains[column]! - step * cells[column]!;
      moved[column] = gain;
      if (gain > 0 && column !== entering) bound += gain * upper[column]!;
    }
    // The gain of a slack is its row's multiplier, the other way round.
    for (let slack = count; slack < all; slack++) {
      const gain = gains[slack]! - step * cells[slack]!;
      moved[slack] = gain;
      if (gain < 0 && slack !== entering) bound -= gain * upper[slack]!;
    }
    moved[entering] = 0;
    this.#gains = moved;
    this.#bound = bound;
  }

  /** Moves a column from one of its bounds to the other. */
  #flip(place: number): void {
    const [count, rows, room, matrix] = [this.#count, this.#rows, this.#room, this.#matrix];
    const isAtUpper = this.#isAtUpper[place] === 1;
    this.#isAtUpper[place] = isAtUpper ? 0 : 1;
    const amount = isAtUpper ? this.#upper[place]! : -this.#upper[place]!;
    if (place >= count) room[place - count]! += amount;
    else for (let row = 0; row < rows; row++) room[row]! += amount * matrix[row * count + place]!;
  }

  #write({ amounts, multipliers, gains, basis }: SolutionArrays, hasMoved: boolean): void {
    const [count, height, upper, isAtUpper] = [this.#count, this.#rows, this.#upper, this.#isAtUpper];
    for (let column = 0; column < count; column++) amounts[column] = isAtUpper[column] === 1 ? upper[column]! : 0;
    for (let row = 0; row < height; row++) {
      const place = this.#basis[row]!;
      basis[row] = place;
      if (place < count) amounts[place] = Math.min(upper[place]!, Math.max(0, this.#levels[row]!));
    }
    if (hasMoved) {
      this.#weigh();
      this.#price(gains);
    } else {
      const first = this.#firstGains;
      for (let column = 0; column < count; column++) gains[column] = first[column]!;
    }
    const own = hasMoved ? this.#multipliers : this.#firstMultipliers;
    for (let row = 0; row < height; row++) multipliers[row] = Math.max(0, own[row]!);
  }

  #enterAll(start: Int32Array): void {
    const [columns, height] = [this.#count, this.#rows];
    // Slacks that stay basic keep their rows; the others give theirs to the columns that come.
    const isFree = this.#crossing.fill(1, 0, height);
    for (const column of start) if (column >= columns) isFree[column - columns] = 0;
    for (const column of start) {
      if (column >= columns) continue;
      let row = -1;
      let most = EPSILON;
      for (let r = 0; r < height; r++) {
        if (isFree[r] === 0) continue;
        const cell = Math.abs(this.#cell(r, column));
        if (cell > most) [row, most] = [r, cell];
      }
      if (row < 0) continue;
      this.#replace(row, column);
      isFree[row] = 0;
    }
  }

  /** Of the column in terms of the basis. */
  #cell(row: number, place: number): number {
    const [count, height, inverse, matrix] = [this.#count, this.#rows, this.#inverse, this.#matrix];
    const start = row * height;
    if (place >= count) return inverse[start + place - count]!;
    let cell = 0;
    for (let r = 0; r < height; r++) cell += inverse[start + r]! * matrix[r * count + place]!;
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
    this.#state[this.#basis[row]!] = AT_BOUND;
    this.#state[entering] = BASIC;
    this.#basis[row] = entering;
  }

  /** Multipliers of the basis. */
  #weigh(): void {
    const [inverse, multipliers, height] = [this.#inverse, this.#multipliers, this.#rows];
    for (let row = 0; row < height; row++) multipliers[row] = 0;
    for (let row = 0; row < height; row++) {
      const place = this.#basis[row]!;
      const value = place < this.#count ? this.#values[place]! : 0;
      if (value === 0) continue;
      for (let r = 0; r < height; r++) multipliers[r]! += value * inverse[row * height + r]!;
    }
  }

  /** What the columns gain at the multipliers. */
  #price(gains: Float64Array): void {
    const [values, count, factors] = [this.#values, this.#count, this.#factors];
    for (let row = 0; row < factors.length; row++) factors[row] = -this.#multipliers[row]!;
    for (let column = 0; column < count; column++) gains[column] = values[column]!;
    addRows(gains, factors, this.#matrix, count);
  }

  /** What is left of each row beside the columns that are at a bound, and so how much of each basic one there is. */
  #level(): void {
    const [upper, matrix, room, isAtUpper] = [this.#upper, this.#matrix, this.#room, this.#isAtUpper];
    const [count, height] = [this.#count, this.#rows];
    for (let row = 0; row < height; row++) room[row] = isAtUpper[count + row] === 1 ? 0 : upper[count + row]!;
    for (let column = 0; column < count; column++) {
      if (isAtUpper[column] === 0) continue;
      for (let row = 0; row < height; row++) room[row]! -= matrix[row * count + column]! * upper[column]!;
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
    const [cells, gains, state, isAtUpper] = [this.#cells, this.#gains, this.#state, this.#isAtUpper];
    const [crossing, distances, upper] = [this.#crossing, this.#distances, this.#upper];
    const all = this.#count + this.#rows;
    let found = 0;
    for (let place = 0; place < all; place++) {
      if (state[place] !== AT_BOUND) continue;
      const cell = way * cells[place]!;
      if (isAtUpper[place] === 1 ? cell <= EPSILON : cell >= -EPSILON) continue;
      crossing[found] = place;
      distances[found++] = Math.max(0, gains[place]! / cell);
    }
    if (found === 0) return -1;
    let [low, high, left] = [0, found, violation];
    while (high - low > 1) {
      const middle = this.#partition(low, high);
      // By so much the bound falls more slowly once these have changed their bounds.
      let slower = 0;
      for (let at = low; at < middle; at++) {
        const place = crossing[at]!;
        slower += Math.abs(cells[place]!) * upper[place]!;
      }
      if (slower < left) {
        left -= slower;
        low = middle;
      } else high = middle;
    }
    for (let at = 0; at < low; at++) this.#flip(crossing[at]!);
    return crossing[low]!;
  }

  #readRow(row: number): void {
    const [cells, count, height] = [this.#cells, this.#count, this.#rows];
    const factors = this.#factors;
    for (let r = 0; r < height; r++) {
      factors[r] = this.#inverse[row * height + r]!;
      cells[count + r] = factors[r]!;
    }
    cells.fill(0, 0, count);
    addRows(cells, factors, this.#matrix, count);
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

/** Adds so many times each row, four at a time: what is added to is then read and written once for all of them. */
function addRows(sums: Float64Array, factors: Float64Array, matrix: Float64Array, count: number): void {
  const height = factors.length;
  let row = 0;
  for (; row + 4 <= height; row += 4) {
    const [a, b, c, d] = [factors[row]!, factors[row + 1]!, factors[row + 2]!, factors[row + 3]!];
    const [second, third, fourth] = [(row + 1) * count, (row + 2) * count, (row + 3) * count];
    for (let at = 0, first = row * count; at < count; at++) {
      let sum = sums[at]! + a * matrix[first + at]!;
      sum += b * matrix[second + at]!;
      sum += c * matrix[third + at]!;
      sums[at] = sum + d * matrix[fourth + at]!;
    }
  }
  for (; row < height; row++) {
    const factor = factors[row]!;
    for (let at = 0, start = row * count; at < count; at++) sums[at]! += factor * matrix[start + at]!;
  }
}
