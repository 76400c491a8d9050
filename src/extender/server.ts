/** An extender over HTTP: paths, limits, health, certificates, and an end that loses no request. */

import type { Server as TlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from "fastify";
import type { Logger } from "pino";
import { Undecidable } from "./context.js";
import { type Extender, type ExtenderAnswer, VERBS, type Verb } from "./extender.js";
import { ExtenderMetrics, type Refusal } from "./metrics.js";
import type { ClusterSource } from "./source.js";
import { readTls, reloadTls, type TlsFiles, type TlsMaterial } from "./tls.js";
import { BadRequest } from "./wire.js";

export interface ServerOptions {
  readonly extender: Extender;
  readonly source: ClusterSource;
  readonly logger: Logger;
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  readonly tls?: TlsFiles;
  readonly bodyLimitBytes: number;
  /** A count of requests to the verbs that are read or answered at the same time. */
  readonly concurrency: number;
  /** What `GET /version` says. */
  readonly about: Readonly<Record<string, unknown>>;
  readonly timeouts?: Partial<ServerTimeouts>;
  /** Begun when it listens; it does not call itself ready until this has ended. Must not reject. */
  readonly warmUp?: () => Promise<unknown>;
  /** Whether its metrics tell of the process, too. Default true. */
  readonly ofProcess?: boolean;
}

export interface ServerTimeouts {
  /** How long an idle connection stays; above the 90 s for which Go's client keeps one. Default 120 s. */
  readonly keepAliveMs: number;
  /** How long a request may take to arrive, head and body. Default 30 s. */
  readonly requestMs: number;
  /** How often late requests are looked for. Default 5 s. */
  readonly checkMs: number;
  /** How often certificates are looked at. Default 10 s. */
  readonly tlsReloadMs: number;
}

const TIMEOUTS: ServerTimeouts = { keepAliveMs: 120_000, requestMs: 30_000, checkMs: 5_000, tlsReloadMs: 10_000 };

const BODY_TYPE = "application/json";

/** Bodies that are in memory at the same time, as a multiple of the largest. */
const LARGEST_BODIES = 4;

/** These answer also without a client certificate, so that a kubelet can probe. */
const OPEN_PATHS: ReadonlySet<string> = new Set(["/livez", "/readyz"]);

const PATHS = `POST ${VERBS.map((verb) => `/${verb}`).join(", ")}, /simulate; GET /explain/NAMESPACE/POD, /livez, /readyz, /metrics, /version`;

export class ExtenderServer {
  readonly #options: ServerOptions;
  readonly #app: FastifyInstance;
  readonly #metrics: ExtenderMetrics;
  #stopReloading: () => void = () => undefined;
  #isDraining = false;
  #isWarm: boolean;
  /** Requests to the verbs, and what they say their bodies have. */
  readonly #inFlight = { requests: 0, bytes: 0 };

  /** @throws Error where files cannot be read or the address is not free */
  static async start(options: ServerOptions): Promise<ExtenderServer> {
    const { tls, host, port, logger, timeouts } = options;
    const material = tls && (await readTls(tls));
    const server = new ExtenderServer(options, material);
    if (tls && material) {
      const intervalMs = timeouts?.tlsReloadMs ?? TIMEOUTS.tlsReloadMs;
      const https = server.#app.server as unknown as TlsServer;
      server.#stopReloading = reloadTls(https, tls, material, intervalMs, (error) =>
        error
          ? logger.warn({ error: error.message }, "certificates not reloaded")
          : logger.info("certificates reloaded"),
      );
    }
    await server.#app.listen({ host, port, listenTextResolver: (address) => `bound to ${address}` });
    options.warmUp?.().finally(() => {
      server.#isWarm = true;
    });
    return server;
  }

  private constructor(options: ServerOptions, material: TlsMaterial | undefined) {
    this.#options = options;
    const { extender, source, warmUp, ofProcess = true } = options;
    this.#metrics = new ExtenderMetrics(extender, source, () => this.#inFlight.requests, ofProcess);
    this.#isWarm = warmUp === undefined;
    this.#app = newApp(options, material);
    // Under the name that each body is given below: Fastify finds what is under "*" anew for each request.
    this.#app.addContentTypeParser(BODY_TYPE, { parseAs: "buffer" }, (_request, body, done) => done(null, body));
    // Without promises, of which each costs a turn of the queue a request.
    this.#app.addHook("onRequest", (request, reply, admitted) => {
      if (this.#admit(request, reply) === undefined) admitted();
    });
    this.#app.addHook("onSend", (_request, reply, _payload, done) => {
      if (this.#isDraining) reply.header("connection", "close");
      done();
    });
    this.#app.setErrorHandler<FastifyError>((error, request, reply) => this.#fail(error, request, reply));
    this.#app.setNotFoundHandler((request, reply) => this.#notFound(request, reply));
    this.#addVerbs();
    this.#addQuestions();
    this.#addHealth();
  }

  /** Where it listens: `http://127.0.0.1:9251`. */
  get url(): string {
    const [bound] = this.#app.addresses() as AddressInfo[];
    const host = bound?.family === "IPv6" ? `[${bound.address}]` : (bound?.address ?? this.#options.host);
    return `${this.#options.tls ? "https" : "http"}://${host}:${bound?.port ?? this.#options.port}`;
  }

  get metrics(): ExtenderMetrics {
    return this.#metrics;
  }

  /**
   * Ends without losing a request: not ready from now on, and each answer closes its connection; after the delay nobody new
   * is let in, and what is under way is answered.
   */
  async drain(delayMs: number): Promise<void> {
    this.#isDraining = true;
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    await this.close();
  }

  /** Lets nobody in any more, and waits for what is under way. */
  async close(): Promise<void> {
    this.#isDraining = true;
    this.#stopReloading();
    await this.#app.close();
  }

  #addVerbs(): void {
    for (const verb of VERBS) {
      this.#app.post(`/${verb}`, (request, reply) => this.#answer(verb, request, reply));
    }
  }

  /** Without a promise where there need be none: a reply that is returned is waited for. */
  #answer(verb: Verb, request: FastifyRequest, reply: FastifyReply): Promise<void> | undefined {
    const bytes = bodyOf(request);
    const sinceMs = performance.now() - reply.elapsedTime;
    const answer = this.#options.extender.answer(verb, bytes, sinceMs);
    if (answer instanceof Promise) return answer.then((late) => this.#tell(late, bytes.length, request, reply));
    this.#tell(answer, bytes.length, request, reply);
    return undefined;
  }

  #tell({ status, body, decision }: ExtenderAnswer, bytes: number, request: FastifyRequest, reply: FastifyReply): void {
    const ms = reply.elapsedTime;
    this.#metrics.note(decision, ms / 1_000, bytes);
    const isBad = decision.result === "error" || decision.result === "invalid" || decision.result === "late";
    this.#options.logger[isBad ? "warn" : "info"]({ reqId: request.id, ...decision, status, bytes, ms: rounded(ms) });
    reply.code(status).type(BODY_TYPE).send(asBuffer(body));
  }

  #addQuestions(): void {
    const { extender, about } = this.#options;
    this.#app.get<{ Params: { namespace: string; pod: string } }>(
      "/explain/:namespace/:pod",
      async (request, reply) => {
        const { namespace, pod } = request.params;
        const document = extender.explain(namespace, pod);
        if (document !== undefined) return document;
        return reply.code(404).send({ Error: `pod ${namespace}/${pod} is not known here` });
      },
    );
    this.#app.post("/simulate", async (request) => extender.simulate(bodyOf(request)));
    this.#app.get("/version", async () => about);
  }

  #addHealth(): void {
    this.#app.get("/metrics", async (_request, reply) =>
      reply.type(this.#metrics.contentType).send(await this.#metrics.text()),
    );
    this.#app.get("/livez", async (_request, reply) =>
      health(reply, this.#options.extender.isAlive ? [] : ["the engine has failed and cannot be believed any more"]),
    );
    this.#app.get("/readyz", async (_request, reply) => {
      const reasons: string[] = [];
      if (!this.#options.extender.isReady) reasons.push("the cluster is not known yet");
      if (!this.#options.extender.isAlive) reasons.push("the engine has failed");
      if (!this.#isWarm) reasons.push("it is warming up");
      if (this.#isDraining) reasons.push("it is shutting down");
      return health(reply, reasons);
    });
  }

  /** Before the body is read: who may not, and what is too much. Such a request is answered here. */
  #admit(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
    // Bodies are JSON, whatever they call themselves; Fastify would refuse names of types that are none.
    request.raw.headers["content-type"] = BODY_TYPE;
    const path = request.url.split("?", 1)[0] ?? "";
    if (this.#options.tls?.clientCaFile !== undefined && !OPEN_PATHS.has(path)) {
      const { authorized, authorizationError } = request.raw.socket as TLSSocket;
      const why = authorizationError ? ` (${String(authorizationError)})` : "";
      if (!authorized)
        return this.#refuse(reply, 401, "certificate", `a client certificate of --tls-client-ca is needed${why}`);
    }
    if (request.method !== "POST") return undefined;
    const bytes = Number(request.headers["content-length"] ?? this.#options.bodyLimitBytes);
    const { bodyLimitBytes, concurrency } = this.#options;
    if (this.#inFlight.requests >= concurrency) {
      return this.#refuse(reply, 503, "concurrency", `${concurrency} requests are under way; see --concurrency`);
    }
    if (bytes > bodyLimitBytes) return this.#refuse(reply, 413, "body-limit", tooLarge(bodyLimitBytes));
    if (this.#inFlight.bytes + bytes > LARGEST_BODIES * bodyLimitBytes) {
      return this.#refuse(
        reply,
        503,
        "bytes",
        `bodies of ${this.#inFlight.bytes} bytes are under way; see --body-limit`,
      );
    }
    this.#inFlight.requests++;
    this.#inFlight.bytes += bytes;
    reply.raw.once("close", () => {
      this.#inFlight.requests--;
      this.#inFlight.bytes -= bytes;
    });
    return undefined;
  }

  /** Closes the connection, since the body that follows is not wanted. */
  #refuse(reply: FastifyReply, status: number, reason: Refusal, message: string): FastifyReply {
    this.#metrics.refused(reason);
    return reply.code(status).header("connection", "close").send({ Error: message });
  }

  #fail(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    if (error.code === "FST_ERR_CTP_BODY_TOO_LARGE") {
      return this.#refuse(reply, 413, "body-limit", tooLarge(this.#options.bodyLimitBytes));
    }
    const status = error instanceof BadRequest ? 400 : error instanceof Undecidable ? 503 : (error.statusCode ?? 500);
    const level = status < 500 ? "warn" : "error";
    this.#options.logger[level]({ reqId: request.id, path: request.url.slice(0, 200), status, error: error.message });
    return reply.code(status).send({ Error: error.message });
  }

  #notFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const path = request.url.split("?", 1)[0]?.slice(0, 200) ?? "";
    const isVerb = [...VERBS, "simulate"].some((verb) => path === `/${verb}`);
    if (isVerb)
      return reply
        .code(405)
        .header("allow", "POST")
        .send({ Error: `${path} takes POST, not ${request.method}` });
    return reply.code(404).send({ Error: `nothing is at ${request.method} ${path}; there is ${PATHS}` });
  }
}

function newApp(
  { logger, bodyLimitBytes, timeouts, tls }: ServerOptions,
  material: TlsMaterial | undefined,
): FastifyInstance {
  const { keepAliveMs, requestMs, checkMs } = { ...TIMEOUTS, ...timeouts };
  const server = { headersTimeout: requestMs, connectionsCheckingInterval: checkMs };
  const app = Fastify({
    loggerInstance: logger,
    // Fastify would make a logger for each request; what is told of one here names its id.
    childLoggerFactory: (own) => own,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyLimitBytes,
    keepAliveTimeout: keepAliveMs,
    requestTimeout: requestMs,
    forceCloseConnections: "idle",
    return503OnClosing: false,
    exposeHeadRoutes: false,
    requestIdHeader: "x-request-id",
    ...(material === undefined
      ? { http: server }
      : {
          https: { ...server, ...material, requestCert: tls?.clientCaFile !== undefined, rejectUnauthorized: false },
        }),
  }) as unknown as FastifyInstance;
  app.removeAllContentTypeParsers();
  return app;
}

/** As kube-scheduler's own: `ok`, or a line for each thing that is not. */
function health(reply: FastifyReply, reasons: readonly string[]): FastifyReply {
  const text = reasons.length === 0 ? "ok" : reasons.map((reason) => `[-]${reason}`).join("\n");
  return reply
    .code(reasons.length === 0 ? 200 : 503)
    .type("text/plain")
    .send(text);
}

function bodyOf(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}

function asBuffer(body: string | Uint8Array): string | Buffer {
  return typeof body === "string" ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

function tooLarge(limitBytes: number): string {
  return `the body is larger than ${limitBytes} bytes: set nodeCacheCapable: true, so that names are sent, or raise --body-limit`;
}

function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
