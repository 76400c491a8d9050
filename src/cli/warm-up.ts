/**
 * Calls that nobody made, answered before the extender calls itself ready. V8 compiles what is called often; until then a call
 * costs three times as much, and a burst of pods behind a restart is over before. What is asked is a server of its own, beside
 * a made-up API server, and it packs by default: no plugin, metric, log or promise of the real one hears of such a pod.
 */

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { PassThrough } from "node:stream";
import { setFlagsFromString } from "node:v8";
import type { Logger } from "pino";
import { Extender } from "../extender/extender.js";
import { ExtenderServer } from "../extender/server.js";
import type { ApiRequest } from "../live/client.js";
import { watchCluster } from "../live/cluster-source.js";
import { madeUpNode, madeUpPod } from "./made-up.js";

const PODS = 300;
const NODES = 100;
/** Bytes of bytecode after which V8 looks whether a function is worth compiling: a seventh of what it takes by itself. */
const INTERRUPT_BUDGET = 10_000;
const BODY_LIMIT_BYTES = 2 ** 20;

/** Resolves when the calls are answered, or sooner where the signal fires. @param logger gets a line a decision */
export async function warmUp(logger: Logger, signal: AbortSignal): Promise<void> {
  setFlagsFromString(`--interrupt-budget=${INTERRUPT_BUDGET}`);
  const api = new MadeUpApi();
  const source = watchCluster(api, { resources: [] });
  const extender = new Extender({ source });
  const limits = { bodyLimitBytes: BODY_LIMIT_BYTES, concurrency: 1, ofProcess: false };
  const own = { extender, source, logger, host: "127.0.0.1", port: 0, about: {}, ...limits };
  const server = await ExtenderServer.start(own);
  try {
    await source.whenSynced(signal);
    const caller = await Caller.to(server.url);
    await ask(caller, api, signal).finally(() => caller.end());
  } finally {
    await server.close();
    extender.stop();
    await source.stop();
    source.cluster.dispose();
  }
}

/** As kube-scheduler does: filter and prioritize, and then the watch tells of the pod on its node. */
async function ask(caller: Caller, api: MadeUpApi, signal: AbortSignal): Promise<void> {
  const names = api.nodes.map(({ metadata }) => metadata.name);
  for (let index = 0; index < PODS && !signal.aborted; index++) {
    const body = JSON.stringify({ Pod: madeUpPod(index), Nodes: null, NodeNames: names });
    await caller.post("/filter", body);
    await caller.post("/prioritize", body);
    api.tell({ type: "MODIFIED", object: madeUpPod(index, names[index % NODES]) });
  }
}

/** Lists nodes and pods, and tells of pods. */
class MadeUpApi {
  readonly server = "http://made-up.invalid";
  readonly nodes = Array.from({ length: NODES }, (_, index) => madeUpNode(index));
  readonly #pods = new PassThrough();

  async stream({ path, query, signal }: ApiRequest & { readonly signal: AbortSignal }): Promise<PassThrough> {
    const isOfPods = path.endsWith("/pods");
    const stream = isOfPods && query?.watch !== undefined ? this.#pods : new PassThrough();
    signal.addEventListener("abort", () => stream.destroy(), { once: true });
    if (query?.watch !== undefined) return stream;
    const items = isOfPods ? Array.from({ length: PODS }, (_, index) => madeUpPod(index)) : this.nodes;
    stream.end(JSON.stringify({ kind: "List", apiVersion: "v1", metadata: { resourceVersion: "1" }, items }));
    return stream;
  }

  tell(event: object): void {
    this.#pods.write(`${JSON.stringify(event)}\n`);
  }
}

/** A connection that asks one thing after the other, in the very bytes of Go's client: code is compiled for what it has seen. */
class Caller {
  readonly #socket: Socket;
  readonly #host: string;
  #answer = "";

  private constructor(socket: Socket, host: string) {
    this.#socket = socket;
    this.#host = host;
  }

  static async to(url: string): Promise<Caller> {
    const { hostname, port, host } = new URL(url);
    const socket = connect(Number(port), hostname).setEncoding("latin1").setNoDelay();
    await once(socket, "connect");
    return new Caller(socket, host);
  }

  /** Resolves when the answer is here. */
  post(path: string, body: string): Promise<void> {
    const head = [
      `POST ${path} HTTP/1.1`,
      `Host: ${this.#host}`,
      "User-Agent: Go-http-client/1.1",
      `Content-Length: ${Buffer.byteLength(body)}`,
      "Content-Type: application/json",
      "Accept-Encoding: gzip",
    ];
    this.#answer = "";
    return new Promise((resolve, reject) => {
      const onEnd = (): void => reject(new Error("the connection was closed"));
      const onData = (part: string): void => {
        this.#answer += part;
        const [, length = ""] = /content-length: (\d+)/.exec(this.#answer) ?? [];
        const start = this.#answer.indexOf("\r\n\r\n") + 4;
        if (length === "" || start < 4 || this.#answer.length < start + Number(length)) return;
        this.#socket.off("data", onData).off("close", onEnd);
        resolve();
      };
      this.#socket.on("data", onData).once("close", onEnd);
      this.#socket.write(`${head.join("\r\n")}\r\n\r\n${body}`);
    });
  }

  end(): void {
    this.#socket.destroy();
  }
}
