/** A small dense linear programme: few rows, any number of columns with bounds, solved from any basis. */

/** Maximise `values . x` with `rows x <= right`, `0 <= x <= upper`; all of `right` is at least 0, all of `upper` finite. */
export interface DenseProgram {
  readonly values: Float64Array;
  readonly upper: Float64Array;
  /** [row * columns + column]; none is below 0. */
  readonly rows: Float64Array;
  readonly right: Float64Array;
}

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
/** Pivots before it takes what there is, for each row and beside. */
const MOST_PIVOTS = 20;

/**
 * The dual simplex with long steps, for programmes of one shape. Every column has two bounds, so any basis is one to begin
 * with: that of a programme with other values or bounds is nearly the right one. Rounding errors can make the answer a
 * little worse than the best, so whoever needs a bound computes it from the multipliers.
 */
export class DualSimplex {
  #program: DenseProgram;
  readonly #columns: number;
  readonly #rows: number;
  /** Columns of the programme, then the slacks, in everything that goes by column. */
  readonly #gains: Float64Array;
  readonly #isAtUpper: Uint8Array;
  readonly #isBasic: Uint8Array;
  /** By row. */
  readonly #basis: Int32Array;
  readonly #inverse: Float64Array;
  readonly #levels: Float64Array;
  readonly #multipliers: Float64Array;
  /** Of the row that is looked at. */
  readonly #cells: Float64Array;
  /** Columns whose gain changes its sign along the way, and how far along. */
  readonly #crossing: Int32Array;
  readonly #distances: Float64Array;

  constructor(columns: number, rows: number) {
    const [none, all] = [new Float64Array(), columns + rows];
    this.#program = { values: none, upper: none, rows: none, right: none };
    this.#columns = columns;
    this.#rows = rows;
    this.#gains = new Float64Array(all);
    this.#isAtUpper = new Uint8Array(all);
    this.#isBasic = new Uint8Array(all);
    this.#basis = new Int32Array(rows);
    this.#inverse = new Float64Array(rows * rows);
    this.#levels = new Float64Array(rows);
    this.#multipliers = new Float64Array(rows);
    this.#cells = new Float64Array(all);
    this.#crossing = new Int32Array(all);
    this.#distances = new Float64Array(all);
  }

  /** @param start the basis of a solution of a programme of the same shape. */
  maximize(program: DenseProgram, start?: Int32Array): DenseSolution {
    this.#begin(program, start);
    const most = MOST_PIVOTS * (this.#rows + 2);
    let pivots = 0;
    while (pivots < most && this.#improve()) pivots++;
    return this.#solution(pivots);
  }

  /** One step. @returns false when there is none that helps. */
  #improve(): boolean {
    const row = this.#worstRow();
    if (row < 0) return false;
    const isAbove = this.#levels[row]! > 0;
    const leaving = this.#basis[row]!;
    const violation = isAbove ? this.#levels[row]! - this.#upperOf(leaving) : -this.#levels[row]!;
    const entering = this.#entering(row, isAbove ? -1 : 1, violation);
    if (entering < 0) return false;
    this.#isAtUpper[leaving] = isAbove ? 1 : 0;
    this.#isAtUpper[entering] = 0;
    this.#replace(row, entering);
    this.#price();
    this.#level();
    return true;
  }

  #solution(pivots: number): DenseSolution {
    const { upper } = this.#program;
    const x = new Float64Array(this.#columns);
    for (let column = 0; column < this.#columns; column++) {
      if (this.#isAtUpper[column] === 1) x[column] = upper[column]!;
    }
    for (let row = 0; row < this.#rows; row++) {
      const column = this.#basis[row]!;
      if (column < this.#columns) x[column] = Math.min(upper[column]!, Math.max(0, this.#levels[row]!));
    }
    const multipliers = this.#multipliers.map((multiplier) => Math.max(0, multiplier));
    return { x, multipliers, gains: this.#gains.slice(0, this.#columns), basis: this.#basis.slice(), pivots };
  }

  /** What is left of a row, all of it at most. */
  #upperOf(column: number): number {
    const { upper, right } = this.#program;
    return column < this.#columns ? upper[column]! : right[column - this.#columns]!;
  }

  #begin(program: DenseProgram, start: Int32Array | undefined): void {
    const [columns, rows] = [this.#columns, this.#rows];
    this.#program = program;
    this.#isBasic.fill(0, 0, columns).fill(1, columns);
    this.#inverse.fill(0);
    for (let row = 0; row < rows; row++) {
      this.#basis[row] = columns + row;
      this.#inverse[row * rows + row] = 1;
    }
    if (start !== undefined) this.#enterAll(start);
    this.#price();
    for (let column = 0; column < columns + rows; column++) {
      this.#isAtUpper[column] = this.#gains[column]! > 0 && this.#isBasic[column] === 0 ? 1 : 0;
    }
    this.#level();
  }

  #enterAll(start: Int32Array): void {
    const wanted = new Set(start);
    for (const column of start) {
      if (column >= this.#columns) continue;
      let row = -1;
      let most = EPSILON;
      for (let r = 0; r < this.#rows; r++) {
        if (wanted.has(this.#basis[r]!)) continue;
        const cell = Math.abs(this.#cell(r, column));
        if (cell > most) [row, most] = [r, cell];
      }
      if (row >= 0) this.#replace(row, column);
    }
  }

  /** Of the column in terms of the basis. */
  #cell(row: number, column: number): number {
    const { rows } = this.#program;
    const start = row * this.#rows;
    if (column >= this.#columns) return this.#inverse[start + column - this.#columns]!;
    let cell = 0;
    for (let r = 0; r < this.#rows; r++) cell += this.#inverse[start + r]! * rows[r * this.#columns + column]!;
    return cell;
  }

  #replace(row: number, entering: number): void {
    const [inverse, count] = [this.#inverse, this.#rows];
    const scale = 1 / this.#cell(row, entering);
    for (let r = 0; r < count; r++) {
      if (r === row) continue;
      const factor = this.#cell(r, entering) * scale;
      if (factor === 0) continue;
      for (let c = 0; c < count; c++) inverse[r * count + c]! -= factor * inverse[row * count + c]!;
    }
    for (let c = 0; c < count; c++) inverse[row * count + c]! *= scale;
    this.#isBasic[this.#basis[row]!] = 0;
    this.#isBasic[entering] = 1;
    this.#basis[row] = entering;
  }

  /** Multipliers and gains of the basis. */
  #price(): void {
    const { values, rows } = this.#program;
    const [gains, columns, count] = [this.#gains, this.#columns, this.#rows];
    this.#multipliers.fill(0);
    for (let row = 0; row < count; row++) {
      const value = this.#basis[row]! < columns ? values[this.#basis[row]!]! : 0;
      if (value === 0) continue;
      for (let r = 0; r < count; r++) this.#multipliers[r]! += value * this.#inverse[row * count + r]!;
    }
    gains.set(values);
    for (let row = 0; row < count; row++) {
      const multiplier = this.#multipliers[row]!;
      gains[columns + row] = -multiplier;
      if (multiplier === 0) continue;
      const start = row * columns;
      for (let column = 0; column < columns; column++) gains[column]! -= multiplier * rows[start + column]!;
    }
  }

  /** How much of each basic column there is beside those that are at a bound. */
  #level(): void {
    const { upper, rows, right } = this.#program;
    const [columns, count] = [this.#columns, this.#rows];
    this.#levels.fill(0);
    for (let row = 0; row < count; row++) {
      let room = this.#isAtUpper[columns + row] === 1 ? 0 : right[row]!;
      const start = row * columns;
      for (let column = 0; column < columns; column++) {
        if (this.#isAtUpper[column] === 1) room -= rows[start + column]! * upper[column]!;
      }
      for (let r = 0; r < count; r++) this.#levels[r]! += this.#inverse[r * count + row]! * room;
    }
  }

  #worstRow(): number {
    let worst = -1;
    let most = EPSILON;
    for (let row = 0; row < this.#rows; row++) {
      const [level, upper] = [this.#levels[row]!, this.#upperOf(this.#basis[row]!)];
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
    const cells = this.#cells;
    let found = 0;
    for (let column = 0; column < cells.length; column++) {
      if (this.#isBasic[column] === 1) continue;
      const cell = way * cells[column]!;
      if (this.#isAtUpper[column] === 1 ? cell <= EPSILON : cell >= -EPSILON) continue;
      this.#crossing[found] = column;
      this.#distances[found++] = Math.max(0, this.#gains[column]! / cell);
    }
    if (found === 0) return -1;
    let [low, high, left] = [0, found, violation];
    while (high - low > 1) {
      const middle = this.#partition(low, high);
      // By so much the bound falls more slowly once these have changed their bounds.
      let slower = 0;
      for (let at = low; at < middle; at++) {
        const column = this.#crossing[at]!;
        slower += Math.abs(cells[column]!) * this.#upperOf(column);
      }
      if (slower < left) {
        left -= slower;
        low = middle;
      } else high = middle;
    }
    for (let at = 0; at < low; at++) this.#isAtUpper[this.#crossing[at]!]! ^= 1;
    return this.#crossing[low]!;
  }

  #readRow(row: number): void {
    const { rows } = this.#program;
    const [cells, columns, count] = [this.#cells, this.#columns, this.#rows];
    cells.fill(0);
    for (let r = 0; r < count; r++) {
      const factor = this.#inverse[row * count + r]!;
      cells[columns + r] = factor;
      if (factor === 0) continue;
      const start = r * columns;
      for (let column = 0; column < columns; column++) cells[column]! += factor * rows[start + column]!;
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
