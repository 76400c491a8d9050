/** A progress bar on standard error, for work that takes longer than a second. */

/** The work is done in steps; `stop` clears what was drawn. */
export interface Progress {
  readonly update: (done: number, total: number, words?: Readonly<Record<string, string>>) => void;
  readonly stop: () => void;
}

const DELAY_MS = 1000;

/** @param stream a terminal to draw on; undefined draws nothing. */
export function startProgress(
  stream: NodeJS.WriteStream | undefined,
  unit: string,
  format = `{bar} {value}/{total} ${unit}, {eta_formatted} left`,
): Progress {
  if (stream === undefined) return { update: () => undefined, stop: () => undefined };
  let state: { done: number; total: number; words?: object } = { done: 0, total: 0 };
  let bar: { update: (done: number, words?: object) => void; stop: () => void } | undefined;
  let isStopped = false;
  const timer = setTimeout(async () => {
    const { SingleBar } = await import("cli-progress");
    if (isStopped) return;
    const options = { stream, format, clearOnComplete: true };
    const drawn = new SingleBar(options);
    drawn.start(state.total, state.done, state.words);
    bar = drawn;
  }, DELAY_MS);
  return {
    update: (done, total, words = {}) => {
      state = { done, total, words };
      bar?.update(done, words);
    },
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
      bar?.stop();
    },
  };
}

/** A search that gets better until it ends. */
export interface SearchProgress {
  /** @param done from 0 to 1. @param cost Infinity until there is one. */
  readonly update: (done: number, cost: number, bound: number) => void;
  readonly stop: () => void;
}

/** Shows how far a search is, what the best costs, and how near to the bound that is. */
export function startSearchProgress(stream: NodeJS.WriteStream | undefined): SearchProgress {
  const steps = 100;
  const progress = startProgress(stream, "%", `{bar} {percentage} %, {state}`);
  return {
    update: (done, cost, bound) => {
      const gap = bound > 0 ? `, gap ${(100 * (cost / bound - 1)).toFixed(2)} %` : "";
      const state = Number.isFinite(cost) ? `cost ${cost.toFixed(4)}, bound ${bound.toFixed(4)}${gap}` : "searching";
      progress.update(Math.round(done * steps), steps, { state });
    },
    stop: progress.stop,
  };
}
