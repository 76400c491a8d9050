/** A reverse proxy on the loopback interface that counts what goes through and loses what a case tells it to lose. */

import { once } from "node:events";
import {
  createServer,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { Transform } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** What becomes of one exchange. */
export interface Fate {
  /** How long the server's answer is held back. */
  readonly delayMs?: number;
  /** The server does what it is asked, but the caller's connection breaks instead of bringing the answer. */
  readonly isAnswerLost?: boolean;
  /** How long each piece of the answer is held back, asked again and again: a watch lags, or falls silent. */
  readonly lagMs?: () => number;
}

export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

export interface ProxyOptions {
  /** Where the requests go, in turn; `http:` or `https:` with any certificate. */
  readonly targets: readonly string[];
  readonly fateOf?: (exchange: Exchange) => Fate;
}

export class FaultyProxy {
  /** Answers that the servers gave, lost ones too, by `VERB status`; the verb is the last part of the path. */
  readonly answers = new Map<string, number>();
  readonly #server: Server;
  readonly #agents = {
    "http:": new HttpAgent({ keepAlive: true }),
    "https:": new HttpsAgent({ keepAlive: true, rejectUnauthorized: false }),
  };
  readonly #options: ProxyOptions;
  #next = 0;

  private constructor(options: ProxyOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => {
      this.#forward(request, response).catch(() => response.destroy());
    });
    // Go keeps idle connections for 90 s.
    this.#server.keepAliveTimeout = 120_000;
  }

  static async start(options: ProxyOptions): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(options);
    await once(proxy.#server.listen(0, "127.0.0.1"), "listening");
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }

  async #forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const exchange = { method: request.method ?? "", path: request.url ?? "", body: body.toString() };
    const { delayMs = 0, isAnswerLost = false, lagMs = () => 0 } = this.#options.fateOf?.(exchange) ?? {};
    const answer = await this.#ask(request, body, response);
    const verb = `${exchange.path.split("?")[0]?.split("/").at(-1)} ${answer.statusCode}`;
    this.answers.set(verb, (this.answers.get(verb) ?? 0) + 1);
    if (delayMs > 0) await sleep(delayMs);
    if (isAnswerLost) {
      await buffer(answer);
      response.destroy();
      return;
    }
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    response.flushHeaders();
    await pipeline(answer, lagging(lagMs), response);
  }

  #ask(request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<IncomingMessage> {
    const target = this.#options.targets[this.#next++ % this.#options.targets.length] ?? "";
    const url = new URL(request.url ?? "", target);
    const options = { method: request.method, headers: { ...request.headers, host: url.host } };
    return new Promise((resolve, reject) => {
      const sent =
        url.protocol === "https:"
          ? httpsRequest(url, { ...options, agent: this.#agents["https:"] }, resolve)
          : httpRequest(url, { ...options, agent: this.#agents["http:"] }, resolve);
      // A watch that its reader leaves must not go on.
      response.on("close", () => sent.destroy());
      sent.on("error", reject);
      sent.end(body);
    });
  }
}

function lagging(lagMs: () => number): Transform {
  return new Transform({
    async transform(chunk: Buffer, _, passOn) {
      const start = performance.now();
      while (performance.now() - start < lagMs()) await sleep(20);
      passOn(undefined, chunk);
    },
  });
}
