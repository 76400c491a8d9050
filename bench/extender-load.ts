/** HTTP load for the bench of the extender: kept connections, whole answers read, every latency kept. */

import { Agent, request } from "node:http";

export interface Load {
  /** Nanoseconds of each request, in order of their ends. */
  readonly latenciesNs: readonly number[];
  /** Answers that were not 200, and requests that had none. */
  readonly errors: number;
  readonly seconds: number;
}

const NS_A_MS = 1e6;
const MS_A_SECOND = 1_000;

/** Posts once. @returns the text of the answer. @throws Error where it is not 200 */
export function postOnce(agent: Agent, url: string, body: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": body.length };
    const sent = request(url, { method: "POST", agent, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () => {
        const text = Buffer.concat(parts).toString();
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`${response.statusCode}: ${text.slice(0, 300)}`));
      });
      response.on("error", reject);
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

export function newAgent(): Agent {
  return new Agent({ keepAlive: true, maxSockets: 1 });
}

/** One request after the other on one connection. */
export async function inTurn(url: string, body: Buffer, count: number): Promise<Load> {
  const agent = newAgent();
  try {
    return await loop(
      async () => void (await postOnce(agent, url, body)),
      (done) => done < count,
    );
  } finally {
    agent.destroy();
  }
}

/**
 * Many clients at the same time, each on a connection of its own and one request after the other.
 *
 * @param perSecond of all clients together; as fast as it goes when left out
 */
export async function together(
  url: string,
  body: Buffer,
  clients: number,
  timeMs: number,
  perSecond?: number,
): Promise<Load> {
  const start = performance.now();
  const pauseMs = perSecond === undefined ? 0 : (clients * MS_A_SECOND) / perSecond;
  const loads = await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      const agent = newAgent();
      // Spread over the pause, so that they do not come in step.
      if (pauseMs > 0) await wait((pauseMs * client) / clients);
      let turn = 0;
      const load = await loop(
        async () => void (await postOnce(agent, url, body)),
        () => performance.now() - start < timeMs,
        async () => {
          const next = start + (pauseMs * client) / clients + ++turn * pauseMs;
          if (pauseMs > 0 && next > performance.now()) await wait(next - performance.now());
        },
      );
      agent.destroy();
      return load;
    }),
  );
  return {
    latenciesNs: loads.flatMap(({ latenciesNs }) => latenciesNs),
    errors: loads.reduce((sum, { errors }) => sum + errors, 0),
    seconds: (performance.now() - start) / MS_A_SECOND,
  };
}

async function loop(
  once: () => Promise<void>,
  goesOn: (done: number) => boolean,
  between: () => Promise<void> = async () => undefined,
): Promise<Load> {
  const latenciesNs: number[] = [];
  let errors = 0;
  const start = performance.now();
  for (let done = 0; goesOn(done); done++) {
    const sent = performance.now();
    try {
      await once();
    } catch {
      errors++;
    }
    latenciesNs.push((performance.now() - sent) * NS_A_MS);
    await between();
  }
  return { latenciesNs, errors, seconds: (performance.now() - start) / MS_A_SECOND };
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
