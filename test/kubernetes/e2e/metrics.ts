/** Reads what an extender counts (the Prometheus text format) and compares it with what the case knows. */

/** One series: its labels as they stand, and its value. */
interface Sample {
  readonly name: string;
  readonly labels: string;
  readonly value: number;
}

export class Metrics {
  readonly #samples: readonly Sample[];

  /** @param text an exposition */
  constructor(text: string) {
    this.#samples = text
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => {
        const [, name = "", labels = "", value = ""] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
        if (name === "") throw new Error(`this is no sample: ${line}`);
        return { name, labels, value: Number(value) };
      });
  }

  /** The sum of the series of a name that have all of these labels. */
  sum(name: string, labels: Readonly<Record<string, string>> = {}): number {
    const wanted = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
    return this.#samples
      .filter((sample) => sample.name === name && wanted.every((label) => sample.labels.split(",").includes(label)))
      .reduce((sum, { value }) => sum + value, 0);
  }
}
