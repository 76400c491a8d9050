/** A progress bar on standard error, for work that takes longer than a second. */

/** The work is done in steps; `stop` clears what was drawn. */
export interface Progress {
  readonly update: (done: number, total: number) => void;
  readonly stop: () => void;
}

const DELAY_MS = 1000;

/** @param stream a terminal to draw on; undefined draws nothing. */
export function startProgress(stream: NodeJS.WriteStream | undefined, unit: string): Progress {
  if (stream === undefined) return { update: () => undefined, stop: () => undefined };
  let state = { done: 0, total: 0 };
  let bar: { update: (done: number) => void; stop: () => void } | undefined;
  let isStopped = false;
  const timer = setTimeout(async () => {
    const { SingleBar } = await import("cli-progress");
    if (isStopped) return;
    const options = { stream, format: `{bar} {value}/{total} ${unit}, {eta_formatted} left`, clearOnComplete: true };
    const drawn = new SingleBar(options);
    drawn.start(state.total, state.done);
    bar = drawn;
  }, DELAY_MS);
  return {
    update: (done, total) => {
      state = { done, total };
      bar?.update(done);
    },
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
      bar?.stop();
    },
  };
}
