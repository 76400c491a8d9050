/** The real `stowage extender` as a process. */

import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { KeyPair } from "./certificates.js";
import { Child, freePorts } from "./child.js";
import { isHealthy } from "./control-plane.js";
import { Metrics } from "./metrics.js";

export const STOWAGE = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));

/** Mutual TLS: what the server shows, what a client shows, and who has signed both. */
export interface MutualTls {
  readonly server: KeyPair;
  readonly client: KeyPair;
  readonly authority: KeyPair;
}

export interface StowageOptions {
  /** Where logs go. */
  readonly folder: string;
  readonly kubeconfig: string;
  /** Tells replicas apart. */
  readonly name?: string;
  /** Left out, a free one. */
  readonly port?: number;
  readonly tls?: MutualTls;
  /** How long it goes on serving when it is told to end. Left out, not at all. */
  readonly drainDelay?: string;
  /** Further flags. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export class Stowage {
  readonly child: Child;
  readonly port: number;
  /** As an extender's urlPrefix. */
  readonly url: string;
  readonly #tls: MutualTls | undefined;

  private constructor(child: Child, port: number, tls: MutualTls | undefined) {
    this.child = child;
    this.port = port;
    this.url = `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`;
    this.#tls = tls;
  }

  /** Starts one and waits until it is ready. */
  static async start(options: StowageOptions): Promise<Stowage> {
    const { name = "stowage", folder, kubeconfig, tls, drainDelay = "0s", flags = [], env = {} } = options;
    const port = options.port ?? (await freePorts(1))[0] ?? 0;
    const own = [`--kubeconfig=${kubeconfig}`, `--listen=127.0.0.1:${port}`, `--drain-delay=${drainDelay}`];
    const command = [process.execPath, STOWAGE, "extender", ...own, ...tlsFlags(tls), ...flags] as const;
    const child = new Child(name, command, { folder, env });
    const started = new Stowage(child, port, tls);
    await child.untilReady(() => isHealthy(`${started.url}/readyz`));
    return started;
  }

  /** What must not be found in its log, beside tokens. */
  get secrets(): readonly string[] {
    if (this.#tls === undefined) return [];
    const lines = readFileSync(this.#tls.server.keyPath, "utf8").split("\n");
    return lines.filter((line) => line !== "" && !line.startsWith("-----"));
  }

  async metrics(): Promise<Metrics> {
    const { status, body } = await this.ask("GET", "/metrics");
    if (status !== 200) throw new Error(`${this.child.name} tells no metrics: ${status} ${body}`);
    return new Metrics(body);
  }

  /** One request on a connection of its own, with a client's certificate where there is TLS. */
  ask(method: string, path: string, body?: string, client = this.#tls?.client): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const authority = this.#tls?.authority;
      const ca = authority && { ca: readFileSync(authority.certPath) };
      const own = client && { cert: readFileSync(client.certPath), key: readFileSync(client.keyPath) };
      const send = this.#tls === undefined ? httpRequest : httpsRequest;
      const sent = send(this.url + path, { method, agent: false, ...ca, ...own }, (answer) => {
        text(answer).then((told) => resolve({ status: answer.statusCode ?? 0, body: told }), reject);
      });
      sent.on("error", reject);
      sent.end(body);
    });
  }
}

function tlsFlags(tls: MutualTls | undefined): string[] {
  if (tls === undefined) return [];
  const { server, authority } = tls;
  return [`--tls-cert=${server.certPath}`, `--tls-key=${server.keyPath}`, `--tls-client-ca=${authority.certPath}`];
}
