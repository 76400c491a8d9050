/** Boxes by their bound, the highest first; of equals the order is fixed, but no particular one. */
export class BoxHeap<Box extends { readonly bound: number }> {
  readonly #boxes: Box[] = [];

  get isEmpty(): boolean {
    return this.#boxes.length === 0;
  }

  /** In no particular order. */
  get boxes(): readonly Box[] {
    return this.#boxes;
  }

  push(box: Box): void {
    let at = this.#boxes.push(box) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (this.#bound(above) >= this.#bound(at)) return;
      this.#swap(at, above);
      at = above;
    }
  }

  pop(): Box | undefined {
    if (this.#boxes.length <= 1) return this.#boxes.pop();
    const [top] = this.#boxes;
    this.#boxes[0] = this.#boxes.pop()!;
    for (let at = 0; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      let highest = at;
      if (this.#bound(left) > this.#bound(highest)) highest = left;
      if (this.#bound(right) > this.#bound(highest)) highest = right;
      if (highest === at) return top;
      this.#swap(at, highest);
      at = highest;
    }
  }

  #bound(at: number): number {
    return this.#boxes[at]?.bound ?? Number.NEGATIVE_INFINITY;
  }

  #swap(a: number, b: number): void {
    [this.#boxes[a], this.#boxes[b]] = [this.#boxes[b]!, this.#boxes[a]!];
  }
}
