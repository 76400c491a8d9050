/** A real server for tests: the extender over HTTP on a free port, with what it logs kept. */

import { connect, type Socket } from "node:net";
import { Writable } from "node:stream";
import { pino } from "pino";
import type { ExtenderOptions } from "../../src/extender/extender.js";
import { Extender } from "../../src/extender/extender.js";
import { ExtenderServer, type ServerOptions } from "../../src/extender/server.js";
import type { ClusterSource } from "../../src/extender/source.js";

export interface Serving {
  readonly server: ExtenderServer;
  readonly extender: Extender;
  readonly url: string;
  readonly port: number;
  /** What was logged, a line each. */
  readonly lines: string[];
}

export async function serve(
  source: ClusterSource,
  options: Partial<ServerOptions> = {},
  deciding: Partial<ExtenderOptions> = {},
): Promise<Serving> {
  const lines: string[] = [];
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk));
      done();
    },
  });
  const extender = new Extender({ source, ...deciding });
  const server = await ExtenderServer.start({
    extender,
    source,
    logger: pino({ base: null }, stream),
    host: "127.0.0.1",
    port: 0,
    bodyLimitBytes: 2 ** 20,
    concurrency: 16,
    about: { name: "stowage" },
    ...options,
  });
  const { url } = server;
  return { server, extender, url, port: Number(new URL(url).port), lines };
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly connection: string | null;
}

export async function post(
  url: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return read(await fetch(url, { method: "POST", body, headers }));
}

export async function get(url: string): Promise<Answer> {
  return read(await fetch(url));
}

async function read(response: Response): Promise<Answer> {
  return { status: response.status, text: await response.text(), connection: response.headers.get("connection") };
}

/** A connection on which a test says what it wants, byte by byte. */
export class RawClient {
  readonly #socket: Socket;
  received = "";
  isClosed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (data) => {
      this.received += data.toString();
    });
    socket.on("close", () => {
      this.isClosed = true;
    });
    socket.on("error", () => undefined);
  }

  static async open(port: number): Promise<RawClient> {
    const socket = connect(port, "127.0.0.1");
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return new RawClient(socket);
  }

  send(text: string): void {
    this.#socket.write(text);
  }

  end(): void {
    this.#socket.destroy();
  }

  /** Waits until what came, or the end of the connection, is as wanted. */
  async until(isSo: (client: RawClient) => boolean, timeoutMs = 20_000): Promise<void> {
    const end = performance.now() + timeoutMs;
    while (!isSo(this)) {
      if (performance.now() > end)
        throw new Error(`not within ${timeoutMs} ms; received: ${this.received.slice(0, 500)}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

export function rawPost(path: string, body: string, headers: readonly string[] = []): string {
  const head = [`POST ${path} HTTP/1.1`, "Host: x", `Content-Length: ${Buffer.byteLength(body)}`, ...headers];
  return `${head.join("\r\n")}\r\n\r\n${body}`;
}
