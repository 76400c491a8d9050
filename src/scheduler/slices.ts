/** Yielding to the event loop between slices of a long job, in every runtime and without the delay of a timer. */

/** Resolves after pending events had their turn. */
export function pause(): Promise<void> {
  return new Promise(typeof setImmediate === "function" ? setImmediate : postResolve);
}

/** In browsers and workers. */
function postResolve(resolve: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    resolve();
  };
  port2.postMessage(undefined);
}
