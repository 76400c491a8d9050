// A small extender on Fastify whose every answer a test may replace, so that one fault at a time can be planted.
import Fastify, { type FastifyInstance, type FastifyReply } from "fastify";

/** What a verb answers; Pascal case as Go's clients read it. */
export type Verb = (body: FilterRequest, reply: FastifyReply) => unknown;

export interface FilterRequest {
  readonly Pod: { readonly metadata: { readonly name: string } };
  readonly Nodes: { readonly items: readonly { readonly metadata: { readonly name: string } }[] } | null;
  readonly NodeNames: readonly string[] | null;
}

export interface ServerOptions {
  readonly filter?: Verb;
  readonly prioritize?: Verb;
  readonly bind?: Verb;
  readonly preempt?: Verb;
  readonly version?: Record<string, unknown>;
  readonly ready?: boolean;
  readonly keepAliveMs?: number;
  readonly bodyLimitBytes?: number;
  readonly tls?: { readonly key: string; readonly cert: string; readonly ca?: string; readonly requestCert?: boolean };
}

/** All that a right extender does: every node passes, in the form in which it was sent. */
export const RIGHT: Required<Pick<ServerOptions, "filter" | "prioritize" | "bind" | "preempt">> = {
  filter: ({ Nodes, NodeNames }) => ({ Nodes, NodeNames, FailedNodes: {}, FailedAndUnresolvableNodes: {}, Error: "" }),
  prioritize: (body) => namesOf(body).map((Host, at) => ({ Host, Score: at % 11 })),
  bind: () => ({ Error: "the pod is not known" }),
  preempt: () => ({ NodeNameToMetaVictims: {} }),
};

export function namesOf({ Nodes, NodeNames }: FilterRequest): string[] {
  return [...(NodeNames ?? Nodes?.items.map(({ metadata }) => metadata.name) ?? [])];
}

/** A server on a free port of the loopback address, with its URL and the requests that it got. */
export class Server {
  readonly requests: { readonly url: string; readonly body: unknown }[] = [];
  url = "";
  readonly #fastify: FastifyInstance;

  constructor(options: ServerOptions) {
    const verbs = { ...RIGHT, ...options };
    const { keepAliveMs = 120_000, bodyLimitBytes = 64 * 2 ** 20, tls } = options;
    const https = tls && { ...tls, rejectUnauthorized: tls.requestCert === true };
    this.#fastify = Fastify({
      keepAliveTimeout: keepAliveMs,
      bodyLimit: bodyLimitBytes,
      forceCloseConnections: true,
      ...(https && { https }),
    }) as unknown as FastifyInstance;
    for (const verb of ["filter", "prioritize", "bind", "preempt"] as const) {
      this.#fastify.post(`/${verb}`, async (request, reply) => {
        this.requests.push({ url: request.url, body: request.body });
        return verbs[verb](request.body as FilterRequest, reply);
      });
    }
    this.#fastify.get("/version", async () => options.version ?? { name: "test", version: "1" });
    this.#fastify.get("/readyz", async (_, reply) => reply.code(options.ready === false ? 503 : 200).send("state"));
  }

  async start(): Promise<this> {
    this.url = await this.#fastify.listen({ host: "127.0.0.1", port: 0 });
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#fastify.close();
  }
}
