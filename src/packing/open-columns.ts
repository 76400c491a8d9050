/** Dense linear programmes of one shape of which many columns have no room: they are solved without these. */

import { passingDoubles } from "./arrays.js";
import { type DenseProgram, type DenseSolution, DualSimplex } from "./simplex.js";

export class OpenColumns {
  readonly #columns: number;
  readonly #simplex: DualSimplex;
  /** The column of each place, and the place of each column. After them come the slacks. */
  readonly #open: Int32Array;
  readonly #places: Int32Array;
  /** By place; [row * places + place]. */
  readonly #values: Float64Array;
  readonly #upper: Float64Array;
  readonly #matrix: Float64Array;
  readonly #solution: Omit<DenseSolution, "pivots">;

  constructor(columns: number, rows: number) {
    this.#columns = columns;
    this.#simplex = new DualSimplex(columns, rows);
    this.#open = new Int32Array(columns);
    this.#places = new Int32Array(columns + rows);
    this.#values = new Float64Array(columns);
    this.#upper = new Float64Array(columns);
    this.#matrix = new Float64Array(rows * columns);
    const [amounts, gains] = [new Float64Array(columns), new Float64Array(columns)];
    this.#solution = { amounts, gains, multipliers: new Float64Array(rows), basis: new Int32Array(rows) };
  }

  /** As `maximize` of the simplex, but that closed columns are told to gain nothing. */
  maximize(programme: DenseProgram, start: Int32Array | undefined): DenseSolution {
    const [columns, open, places, solution] = [this.#columns, this.#open, this.#places, this.#solution];
    const count = this.#choose(programme, start ?? new Int32Array());
    const first = start?.map((column) => (column < columns ? places[column]! : column - columns + count));
    this.#simplex.begin(this.#values, this.#matrix, count, first);
    const pivots = this.#simplex.within(this.#upper, programme.right, Number.NEGATIVE_INFINITY, solution);
    const [amounts, gains] = [passingDoubles(columns), passingDoubles(columns)];
    for (let place = 0; place < count; place++) {
      amounts[open[place]!] = solution.amounts[place]!;
      gains[open[place]!] = solution.gains[place]!;
    }
    const basis = solution.basis.map((place) => (place < count ? open[place]! : place - count + columns));
    return { amounts, gains, multipliers: solution.multipliers.slice(), basis, pivots };
  }

  /** Columns that have room, or are of the basis. @returns how many */
  #choose({ values, upper, rows, right }: DenseProgram, start: Int32Array): number {
    const [columns, open, places, matrix] = [this.#columns, this.#open, this.#places, this.#matrix];
    places.fill(0);
    for (const column of start) places[column] = 1;
    let count = 0;
    for (let column = 0; column < columns; column++) {
      if (upper[column]! <= 0 && places[column] === 0) continue;
      places[column] = count;
      open[count] = column;
      this.#values[count] = values[column]!;
      this.#upper[count++] = upper[column]!;
    }
    for (let row = 0; row < right.length; row++) {
      const [from, to] = [row * columns, row * count];
      for (let place = 0; place < count; place++) matrix[to + place] = rows[from + open[place]!]!;
    }
    return count;
  }
}
