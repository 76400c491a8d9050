/** The few calls of the Kubernetes API that the cases make themselves: HTTPS with a bearer token, connections kept. */

import { Agent, request } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";

/** Objects as they come from the API server; the cases look at few of their fields. */
export interface ApiObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

export interface ApiPod extends ApiObject {
  readonly spec: {
    readonly nodeName?: string;
    readonly containers: readonly { readonly resources?: { readonly requests?: Readonly<Record<string, string>> } }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly nominatedNodeName?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
  };
}

export interface ApiNode extends ApiObject {
  readonly status: { readonly allocatable: Readonly<Record<string, string>> };
}

export interface ApiEvent extends ApiObject {
  readonly type: string;
  readonly reason: string;
  readonly note: string;
  readonly regarding: { readonly name: string };
}

export interface ApiList<T> {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly T[];
}

export const NODES = "/api/v1/nodes";
export const PODS = "/api/v1/namespaces/default/pods";
export const EVENTS = "/apis/events.k8s.io/v1/namespaces/default/events";

/** An answer that is no success. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export class Api {
  readonly #port: number;
  readonly #token: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 32, rejectUnauthorized: false });

  constructor(port: number, token: string) {
    this.#port = port;
    this.#token = token;
  }

  /** @throws ApiError when the answer is no success */
  call<T = unknown>(method: string, path: string, body?: unknown, contentType = "application/json"): Promise<T> {
    return new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const headers = { authorization: `Bearer ${this.#token}`, accept: "application/json" };
      const typed =
        text === undefined
          ? headers
          : { ...headers, "content-type": contentType, "content-length": Buffer.byteLength(text) };
      const options = { host: "127.0.0.1", port: this.#port, method, path, agent: this.#agent, headers: typed };
      const sent = request(options, (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("error", reject);
        answer.on("end", () => {
          const answered = Buffer.concat(chunks).toString();
          const status = answer.statusCode ?? 0;
          if (status >= 300) reject(new ApiError(status, `${method} ${path}: ${status} ${answered.slice(0, 300)}`));
          else resolve((answered.startsWith("{") ? JSON.parse(answered) : answered) as T);
        });
      });
      sent.on("error", reject);
      sent.end(text);
    });
  }

  list<T extends ApiObject>(path: string): Promise<ApiList<T>> {
    return this.call<ApiList<T>>("GET", path);
  }

  create<T extends ApiObject>(path: string, object: T): Promise<unknown> {
    return this.call("POST", path, object);
  }

  /** Creates the objects, a few at a time. */
  async createAll(path: string, objects: readonly ApiObject[]): Promise<void> {
    await eachOf(objects, 16, (object) => this.create(path, object));
  }

  pod(name: string): Promise<ApiPod> {
    return this.call<ApiPod>("GET", `${PODS}/${name}`);
  }

  delete(path: string): Promise<unknown> {
    return this.call("DELETE", path, { apiVersion: "v1", kind: "DeleteOptions", gracePeriodSeconds: 0 });
  }

  /**
   * One watch from a resource version on.
   * @returns once the server has ended it, for whatever reason, or `signal` has
   */
  watch(
    path: string,
    from: string,
    onEvent: (type: string, object: ApiObject) => void,
    signal: AbortSignal,
  ): Promise<void> {
    return new Promise((resolve) => {
      const query = `${path.includes("?") ? "&" : "?"}watch=1&allowWatchBookmarks=true&resourceVersion=${from}`;
      const headers = { authorization: `Bearer ${this.#token}`, accept: "application/json" };
      const options = {
        host: "127.0.0.1",
        port: this.#port,
        path: path + query,
        headers,
        rejectUnauthorized: false,
        signal,
      };
      const sent = request(options, (answer) => {
        let rest = "";
        answer.setEncoding("utf8");
        answer.on("data", (text: string) => {
          const lines = (rest + text).split("\n");
          rest = lines.pop() ?? "";
          if (answer.statusCode !== 200) return;
          for (const line of lines) {
            const { type, object } = JSON.parse(line) as { type: string; object: ApiObject };
            if (type !== "ERROR" && type !== "BOOKMARK") onEvent(type, object);
          }
        });
        answer.on("error", () => resolve());
        answer.on("close", resolve);
      });
      sent.on("error", () => resolve());
      sent.end();
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Does `job` for each item, at most `width` at a time. */
export async function eachOf<T>(items: readonly T[], width: number, job: (item: T) => Promise<unknown>): Promise<void> {
  const waiting = items.values();
  const work = async (): Promise<void> => {
    for (const item of waiting) await job(item);
  };
  await Promise.all(Array.from({ length: width }, work));
}

/**
 * Asks again and again until there is an answer other than undefined or false.
 * @throws Error that says `what` was awaited, after `timeoutMs`
 */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 30_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > deadline) throw new Error(`${timeoutMs} ms went by, but not: ${what}`);
    await sleep(25);
  }
}
