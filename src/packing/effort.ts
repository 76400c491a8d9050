/** Steps of effort of a knapsack for one operation on a number in an inner loop. */
export const STEP = 1 / 800;
/** And for one call, beside its loops. */
export const CALL = 2.5;

/**
 * How much work a search may do, counted in steps of a few microseconds, so that the same input gets the same answer on
 * every machine. A clock may end it early; then the answer depends on the machine, and says so.
 */
export class Effort {
  readonly limit: number;
  /** Part of the limit that may be used up by what goes on now. */
  stage = 1;
  #spent = 0;
  #wasCut = false;
  readonly #isOver: () => boolean;

  /** @param isOver asked now and then; true ends the work whatever is left. */
  constructor(limit: number, isOver: () => boolean = () => false) {
    this.limit = limit;
    this.#isOver = isOver;
  }

  get spent(): number {
    return this.#spent;
  }

  get left(): number {
    return Math.max(0, this.limit - this.#spent);
  }

  /** Whether something other than the count ended it. */
  get wasCut(): boolean {
    return this.#wasCut;
  }

  spend(steps: number): void {
    this.#spent += steps;
  }

  /** Whether the work is to end. @param share of the limit that may be used up; that of the stage if not given */
  isDone(share = this.stage): boolean {
    if (!this.#wasCut && this.#isOver()) this.#wasCut = true;
    return this.#wasCut || this.#spent >= this.limit * share;
  }
}
