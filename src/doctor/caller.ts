/**
 * Calls an extender as kube-scheduler's Go client does: POST with a JSON body over kept-alive connections, one time limit
 * for all of it, only 200 counts. Redirects are followed only within the same origin, since the doctor talks to the
 * address in the configuration and to nothing else.
 */

import { readFileSync } from "node:fs";
import { Agent as HttpAgent, type IncomingMessage, type RequestOptions, request as requestHttp } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import { isIP } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import type { ExtenderConfig } from "../scheduler/extender-config.js";
import type { CertificateFacts } from "./certificate.js";
import { isVerified } from "./security.js";

/** What became of a call. */
export type Outcome = Answered | Failed;

export interface Answered {
  readonly kind: "answered";
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
  readonly ms: number;
  readonly requestBytes: number;
  /** Where the answer came from, when redirects led elsewhere. */
  readonly redirects: readonly { readonly status: number; readonly location: string }[];
}

export interface Failed {
  readonly kind: "failed";
  /** Node's word for it: ENOTFOUND, ECONNREFUSED, ...; TIMEOUT where no answer came in time. */
  readonly code: string;
  readonly message: string;
  readonly ms: number;
}

/** Answers are read up to here; no extender that works sends more. */
const MAX_ANSWER_BYTES = 256 * 2 ** 20;
/** As Go's client. */
const MAX_REDIRECTS = 10;
const HANDSHAKE_MS = 5_000;

/** Reads a file of tlsConfig; undefined where it is not on this machine. */
function readOptional(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/** TLS as the configuration asks for it; files that are not here are left out and named. */
export function tlsOptions(config: ExtenderConfig): { options: Record<string, unknown>; unread: readonly string[] } {
  const { tlsConfig = {} } = config;
  const unread: string[] = [];
  const part = (data: string | undefined, file: string | undefined): Buffer | undefined => {
    if (data) return Buffer.from(data, "base64");
    if (!file) return undefined;
    const read = readOptional(file);
    if (read === undefined) unread.push(file);
    return read;
  };
  const ca = part(tlsConfig.caData, tlsConfig.caFile);
  const cert = part(tlsConfig.certData, tlsConfig.certFile);
  const key = part(tlsConfig.keyData, tlsConfig.keyFile);
  const options = {
    rejectUnauthorized: isVerified(config),
    ...(ca && { ca }),
    ...(cert && key && { cert, key }),
    ...(tlsConfig.serverName && { servername: tlsConfig.serverName }),
  };
  return { options, unread };
}

export class Caller {
  readonly #origin: string;
  readonly #timeoutMs: number;
  readonly #agent: HttpAgent | HttpsAgent;

  constructor(config: ExtenderConfig, url: URL, timeoutMs: number) {
    this.#origin = url.origin;
    this.#timeoutMs = timeoutMs;
    this.#agent =
      url.protocol === "https:"
        ? new HttpsAgent({ keepAlive: true, ...tlsOptions(config).options })
        : new HttpAgent({ keepAlive: true });
  }

  /** Never throws for what the server or the network does. */
  async post(url: string, body: string, signal?: AbortSignal): Promise<Outcome> {
    return await this.#follow(url, "POST", Buffer.from(body), signal);
  }

  async get(url: string, signal?: AbortSignal): Promise<Outcome> {
    return await this.#follow(url, "GET", undefined, signal);
  }

  close(): void {
    this.#agent.destroy();
  }

  async #follow(url: string, method: string, body: Buffer | undefined, signal?: AbortSignal): Promise<Outcome> {
    const start = performance.now();
    const redirects: { status: number; location: string }[] = [];
    let [at, how, what] = [url, method, body];
    for (;;) {
      const left = this.#timeoutMs - (performance.now() - start);
      const outcome = await this.#once(at, how, what, Math.max(1, left), signal);
      const ms = performance.now() - start;
      if (outcome.kind === "failed") return { ...outcome, ms };
      const { location } = outcome.headers;
      const isRedirect = outcome.status >= 301 && outcome.status <= 308 && location !== undefined;
      const target = isRedirect && URL.canParse(location, at) ? new URL(location, at) : undefined;
      if (target === undefined) return { ...outcome, ms, redirects };
      redirects.push({ status: outcome.status, location: target.href });
      if (target.origin !== this.#origin || redirects.length > MAX_REDIRECTS) return { ...outcome, ms, redirects };
      at = target.href;
      // Go's client, like browsers, asks again without the body after all but 307 and 308.
      if (outcome.status < 307) [how, what] = ["GET", undefined];
    }
  }

  #once(
    url: string,
    method: string,
    body: Buffer | undefined,
    timeoutMs: number,
    outer?: AbortSignal,
  ): Promise<Outcome> {
    const start = performance.now();
    const limit = AbortSignal.timeout(Math.ceil(timeoutMs));
    const signal = outer === undefined ? limit : AbortSignal.any([limit, outer]);
    const headers = {
      "accept-encoding": "identity",
      "user-agent": "stowage-doctor",
      ...(body && { "content-type": "application/json", "content-length": String(body.length) }),
    };
    return new Promise((resolve) => {
      const fail = (error: Error & { readonly code?: string }): void => {
        const code = limit.aborted ? "TIMEOUT" : (error.code ?? "UNKNOWN");
        const message = limit.aborted ? `no answer within ${Math.round(timeoutMs)} ms` : error.message;
        resolve({ kind: "failed", code, message, ms: performance.now() - start });
      };
      const options: RequestOptions = { method, headers, agent: this.#agent, signal };
      const send = url.startsWith("https:") ? requestHttps : requestHttp;
      const request = send(url, options, (response) => {
        readAll(response).then((text) => {
          const { statusCode: status = 0 } = response;
          const ms = performance.now() - start;
          const requestBytes = body?.length ?? 0;
          resolve({ kind: "answered", status, headers: response.headers, text, ms, requestBytes, redirects: [] });
        }, fail);
      });
      request.on("error", fail).end(body);
    });
  }
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`an answer of more than ${MAX_ANSWER_BYTES / 2 ** 20} MiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** What the server shows in a handshake, whether or not it is accepted; undefined where there is no handshake. */
export function readCertificate(config: ExtenderConfig, url: URL): Promise<CertificateFacts | undefined> {
  const { options } = tlsOptions(config);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const servername = config.tlsConfig?.serverName || (isIP(host) === 0 ? host : undefined);
  return new Promise((resolve) => {
    const socket: TLSSocket = connect(
      {
        ...options,
        host,
        port: Number(url.port || 443),
        ...(servername && { servername }),
        rejectUnauthorized: false,
        timeout: HANDSHAKE_MS,
      },
      () => {
        const { subjectaltname = "", valid_from, valid_to } = socket.getPeerCertificate();
        const { authorizationError } = socket as unknown as { readonly authorizationError?: unknown };
        const refusedFor = socket.authorized ? undefined : String(authorizationError ?? "");
        const names = subjectaltname.split(", ").filter((name) => name !== "");
        resolve({ refusedFor, names, validFromMs: Date.parse(valid_from), validToMs: Date.parse(valid_to) });
        socket.destroy();
      },
    );
    socket.on("error", () => resolve(undefined)).on("timeout", () => socket.destroy(new Error("timeout")));
  });
}
