/** A small dense linear programme: few rows, any number of columns with bounds, and nothing to start from needed. */

/** Maximise `values . x` with `rows x <= right`, `0 <= x <= upper`; all of `right` is at least 0. */
export interface DenseProgram {
  readonly values: Float64Array;
  readonly upper: Float64Array;
  /** [row * columns + column] */
  readonly rows: Float64Array;
  readonly right: Float64Array;
}

export interface DenseSolution {
  readonly x: Float64Array;
  /** What one more unit of each right side is worth; at least 0. */
  readonly multipliers: Float64Array;
  readonly pivots: number;
}

const EPSILON = 1e-9;
/** Past so many pivots a column in, Bland's rule keeps it from going in circles. */
const CAREFUL_AFTER = 4;

/**
 * The primal simplex on a full tableau whose first basis is the slacks. Rounding errors can make the answer a little worse
 * than the best, so whoever needs a bound computes it from the multipliers.
 */
export function maximize(program: DenseProgram): DenseSolution {
  const tableau = new Tableau(program);
  let pivots = 0;
  const careful = CAREFUL_AFTER * (program.right.length + 10) + program.values.length;
  while (pivots < 4 * careful && tableau.improve(pivots > careful)) pivots++;
  return { x: tableau.solution(), multipliers: tableau.multipliers(), pivots };
}

class Tableau {
  readonly #columns: number;
  readonly #rows: number;
  readonly #width: number;
  /** Structural columns, then the slacks. */
  readonly #cells: Float64Array;
  readonly #gains: Float64Array;
  readonly #upper: Float64Array;
  readonly #isAtUpper: Uint8Array;
  readonly #basis: Int32Array;
  readonly #level: Float64Array;

  constructor({ values, upper, rows, right }: DenseProgram) {
    this.#columns = values.length;
    this.#rows = right.length;
    this.#width = this.#columns + this.#rows;
    this.#cells = new Float64Array(this.#rows * this.#width);
    for (let row = 0; row < this.#rows; row++) {
      this.#cells.set(rows.subarray(row * this.#columns, (row + 1) * this.#columns), row * this.#width);
      this.#cells[row * this.#width + this.#columns + row] = 1;
    }
    this.#gains = new Float64Array(this.#width);
    this.#gains.set(values);
    this.#upper = new Float64Array(this.#width).fill(Number.POSITIVE_INFINITY);
    this.#upper.set(upper);
    this.#isAtUpper = new Uint8Array(this.#width);
    this.#basis = Int32Array.from({ length: this.#rows }, (_, row) => this.#columns + row);
    this.#level = Float64Array.from(right);
  }

  /** One step. @returns false when there is none that helps. */
  improve(isCareful: boolean): boolean {
    const entering = this.#entering(isCareful);
    if (entering < 0) return false;
    const direction = this.#isAtUpper[entering] === 1 ? -1 : 1;
    const { row, step, leavesAtUpper } = this.#ratioTest(entering, direction);
    for (let r = 0; r < this.#rows; r++) {
      this.#level[r]! -= direction * step * this.#cells[r * this.#width + entering]!;
    }
    if (row < 0) this.#isAtUpper[entering] = direction > 0 ? 1 : 0;
    else this.#pivot(row, entering, direction > 0 ? step : this.#upper[entering]! - step, leavesAtUpper);
    return true;
  }

  solution(): Float64Array {
    const x = new Float64Array(this.#columns);
    for (let column = 0; column < this.#columns; column++) {
      if (this.#isAtUpper[column] === 1) x[column] = this.#upper[column]!;
    }
    this.#basis.forEach((column, row) => {
      if (column < this.#columns) x[column] = Math.max(0, this.#level[row]!);
    });
    return x;
  }

  multipliers(): Float64Array {
    return this.#gains.slice(this.#columns).map((gain) => Math.max(0, -gain));
  }

  #entering(isCareful: boolean): number {
    let best = -1;
    let most = EPSILON;
    for (let column = 0; column < this.#width; column++) {
      if (this.#upper[column] === 0) continue;
      const gain = this.#isAtUpper[column] === 1 ? -this.#gains[column]! : this.#gains[column]!;
      if (gain <= most) continue;
      best = column;
      if (isCareful) break;
      most = gain;
    }
    return best;
  }

  /** How far the entering column can go, and which row stops it; -1 when its own bound does. */
  #ratioTest(entering: number, direction: number): { row: number; step: number; leavesAtUpper: boolean } {
    let row = -1;
    let step = this.#upper[entering]!;
    let leavesAtUpper = false;
    for (let r = 0; r < this.#rows; r++) {
      const rate = direction * this.#cells[r * this.#width + entering]!;
      if (Math.abs(rate) <= EPSILON) continue;
      const falls = rate > 0;
      const room = falls ? this.#level[r]! : this.#upper[this.#basis[r]!]! - this.#level[r]!;
      const ratio = Math.max(0, room / Math.abs(rate));
      if (ratio < step) [row, step, leavesAtUpper] = [r, ratio, !falls];
    }
    return { row, step: Number.isFinite(step) ? step : 0, leavesAtUpper };
  }

  #pivot(row: number, entering: number, level: number, leavesAtUpper: boolean): void {
    const leaving = this.#basis[row]!;
    this.#isAtUpper[leaving] = leavesAtUpper ? 1 : 0;
    this.#isAtUpper[entering] = 0;
    this.#basis[row] = entering;
    this.#level[row] = level;
    const [cells, width, start] = [this.#cells, this.#width, row * this.#width];
    const scale = 1 / cells[start + entering]!;
    for (let column = 0; column < width; column++) cells[start + column]! *= scale;
    for (let r = 0; r < this.#rows; r++) {
      const factor = cells[r * width + entering]!;
      if (r === row || factor === 0) continue;
      for (let column = 0; column < width; column++) cells[r * width + column]! -= factor * cells[start + column]!;
    }
    const gain = this.#gains[entering]!;
    for (let column = 0; column < width; column++) this.#gains[column]! -= gain * cells[start + column]!;
  }
}
