/** Requests to an API server: a small typed layer over Node's own HTTP, with a time limit on everything. */

import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { ApiError, type RequestLine, type Status, statusError } from "./api-error.js";
import { Deadline } from "./deadline.js";
import { type ConnectOptions, Credentials, type Login } from "./kubeconfig.js";

export type { ConnectOptions };

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface ApiRequest {
  readonly method?: "GET" | "POST" | "DELETE" | "PUT" | "PATCH";
  /** From the root of the API: `/api/v1/nodes`. */
  readonly path: string;
  readonly query?: Query;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** How long the whole exchange may take; of a stream, how long its head may. Default 30 s. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Default 256 MiB. */
  readonly maxBytes?: number;
}

/** What listing and watching takes: of {@link ApiClient}. */
export interface WatchClient {
  readonly server: string;
  stream(request: ApiRequest & { readonly signal: AbortSignal }): Promise<AsyncIterable<Uint8Array>>;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_MAX_BYTES = 256 * 2 ** 20;
/** What of an error's body is read. */
const MAX_STATUS_BYTES = 64 * 1024;
const UNAUTHORIZED = 401;

/**
 * Connects to an API server: reads where it is and how to log in. No request is sent.
 *
 * @throws StowageError ERR_KUBECONFIG, and ERR_PACKAGE without @kubernetes/client-node
 */
export async function connect(options: ConnectOptions = {}): Promise<ApiClient> {
  return new ApiClient(await Credentials.load(options));
}

export class ApiClient {
  readonly #credentials: Credentials;

  /** @internal */
  constructor(credentials: Credentials) {
    this.#credentials = credentials;
  }

  /** Where the API server is. */
  get server(): string {
    return this.#credentials.server;
  }

  /** Sends a request and reads the JSON of its answer, with a count of its bytes. @throws ApiError */
  async request<T>(request: ApiRequest): Promise<{ readonly value: T; readonly bytes: number }> {
    const { timeoutMs = DEFAULT_TIMEOUT_MS, maxBytes = DEFAULT_MAX_BYTES, signal } = request;
    const line = this.#lineOf(request);
    const deadline = new Deadline(timeoutMs, signal);
    try {
      const response = await this.#open(request, line, deadline.signal);
      const text = await read(response, maxBytes, line);
      return { value: parse<T>(text, line), bytes: Buffer.byteLength(text) };
    } catch (error) {
      throw worded(error, line, deadline, `no answer within ${timeoutMs} ms`, signal);
    } finally {
      deadline.clear();
    }
  }

  /** Sends a request and gives its answer while it still comes, for as long as `signal` lets it. @throws ApiError */
  async stream(request: ApiRequest & { readonly signal: AbortSignal }): Promise<IncomingMessage> {
    const { timeoutMs = DEFAULT_TIMEOUT_MS, signal } = request;
    const line = this.#lineOf(request);
    const head = new Deadline(timeoutMs, signal);
    const whole = new AbortController();
    const abort = (): void => whole.abort(head.signal.reason);
    head.signal.addEventListener("abort", abort, { once: true });
    try {
      const response = await this.#open(request, line, whole.signal);
      signal.addEventListener("abort", () => response.destroy(), { once: true });
      return response;
    } catch (error) {
      throw worded(error, line, head, `no answer within ${timeoutMs} ms`, signal);
    } finally {
      head.clear();
    }
  }

  /** Closes connections that are kept for later. Requests under way fail. */
  close(): void {
    this.#credentials.close();
  }

  #lineOf({ method = "GET", path, query = {} }: ApiRequest): RequestLine {
    const url = new URL(`${this.server}${path}`);
    url.username = "";
    url.password = "";
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    return { method, url: url.href };
  }

  /** An answer that is not an error, its body still to be read. */
  async #open(request: ApiRequest, line: RequestLine, signal: AbortSignal): Promise<IncomingMessage> {
    const login = await this.#credentials.current();
    const response = await send(request, line, login, signal);
    if (response.statusCode !== UNAUTHORIZED || !(await this.#credentials.renew(login)))
      return accepted(response, line);
    response.destroy();
    return accepted(await send(request, line, await this.#credentials.current(), signal), line);
  }
}

/** Sends a request, again if the server closed a kept connection just as it was used: nothing was asked of it yet. */
async function send(
  request: ApiRequest,
  line: RequestLine,
  login: Login,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  signal.throwIfAborted();
  try {
    return await exchange(request, line, login, signal);
  } catch (error) {
    // Whether a POST was acted upon nobody knows.
    if (!(error instanceof StaleConnection) || line.method !== "GET") throw error;
    return exchange(request, line, login, signal);
  }
}

/** A connection broke that had served before, before the answer began. */
class StaleConnection extends Error {}

function exchange(
  { body }: ApiRequest,
  { method, url }: RequestLine,
  { agent, headers }: Login,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const send = url.startsWith("http:") ? requestHttp : requestHttps;
  return new Promise((resolve, reject) => {
    const request = send(url, {
      method,
      agent,
      signal,
      headers: {
        accept: "application/json",
        "user-agent": "stowage",
        ...(text === undefined
          ? {}
          : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
        ...headers,
      },
    });
    request.once("response", resolve);
    request.on("error", (error: NodeJS.ErrnoException) => {
      const isStale = request.reusedSocket && (error.code === "ECONNRESET" || error.code === "EPIPE");
      reject(isStale ? new StaleConnection(error.message, { cause: error }) : error);
    });
    request.end(text);
  });
}

async function accepted(response: IncomingMessage, line: RequestLine): Promise<IncomingMessage> {
  const { statusCode = 0, headers } = response;
  if (statusCode >= 200 && statusCode < 300) return response;
  const text = await readSome(response);
  throw statusError(line, statusCode, statusOf(text), retryAfterOf(headers["retry-after"]));
}

function statusOf(text: string): Status {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // Proxies answer in their own words.
  }
  return { message: text.slice(0, 200).trim() };
}

function retryAfterOf(header: string | undefined): number | undefined {
  const seconds = header === undefined ? Number.NaN : Number(header);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

async function read(response: IncomingMessage, maxBytes: number, line: RequestLine): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new ApiError(line, `the answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  if (!response.complete) throw new ApiError(line, "the connection broke in the middle of the answer");
  return Buffer.concat(chunks).toString("utf8");
}

async function readSome(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_STATUS_BYTES) break;
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parse<T>(text: string, line: RequestLine): T {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ApiError(line, "the answer is not JSON", { cause });
  }
}

/** The error as the caller should see it: the caller's own reason to stop, or one that names the request. */
function worded(error: unknown, line: RequestLine, deadline: Deadline, late: string, signal?: AbortSignal): unknown {
  if (signal?.aborted === true) return signal.reason;
  if (error instanceof ApiError) return error;
  if (deadline.isExpired) return new ApiError(line, late, { cause: error });
  const { code } = error as { readonly code?: unknown };
  if (typeof code === "string" && code.startsWith("ERR_KUBECONFIG")) return error;
  return new ApiError(line, error instanceof Error ? error.message || String(code) : String(error), { cause: error });
}
