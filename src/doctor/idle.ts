/** How long the server keeps an idle connection, measured: one call, silence, and whether the connection is still there. */

import { connect as connectPlain, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { ExtenderConfig } from "../scheduler/extender-config.js";
import { tlsOptions } from "./caller.js";

/**
 * Milliseconds until the server closed the connection; undefined where it did not within the time, or never answered.
 *
 * @param signal ends the wait
 */
export function idleTime(
  config: ExtenderConfig,
  url: URL,
  waitMs: number,
  signal?: AbortSignal,
): Promise<number | undefined> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  return new Promise((resolve) => {
    let answeredAt: number | undefined;
    const socket: Socket =
      url.protocol === "https:"
        ? connectTls({ ...tlsOptions(config).options, host, port, ...(isIP(host) === 0 && { servername: host }) })
        : connectPlain({ host, port });
    const finish = (ms: number | undefined): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
      socket.destroy();
      resolve(ms);
    };
    const stop = (): void => finish(undefined);
    const timer = setTimeout(stop, waitMs);
    signal?.addEventListener("abort", stop);
    socket.on(url.protocol === "https:" ? "secureConnect" : "connect", () => {
      socket.write(`GET /version HTTP/1.1\r\nHost: ${url.host}\r\nUser-Agent: stowage-doctor\r\n\r\n`);
    });
    socket.on("data", () => {
      answeredAt = performance.now();
    });
    socket.on("error", stop).on("close", () => {
      finish(answeredAt === undefined ? undefined : performance.now() - answeredAt);
    });
  });
}
