/** One address for several servers, as a Service is: each new connection goes to the next server that is ready. */

import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const PROBE_INTERVAL_MS = 50;

export interface Target {
  readonly port: number;
  /** Asked again and again; left out, the target is taken for ready. */
  readonly isReady?: () => Promise<boolean>;
}

export class Balancer {
  readonly #targets: readonly Target[];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #ready: readonly Target[];
  #next = 0;
  #isOpen = true;
  #isStopped = false;

  private constructor(targets: readonly Target[]) {
    this.#targets = targets;
    this.#ready = targets;
    this.#server = createServer((client) => this.#join(client));
  }

  static async start(targets: readonly Target[]): Promise<Balancer> {
    const balancer = new Balancer(targets);
    await once(balancer.#server.listen(0, "127.0.0.1"), "listening");
    if (targets.some(({ isReady }) => isReady !== undefined)) void balancer.#probe();
    return balancer;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /** Breaks every connection, and further ones at once until `mend` is called. */
  cut(): void {
    this.#isOpen = false;
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  mend(): void {
    this.#isOpen = true;
  }

  stop(): void {
    this.#isStopped = true;
    this.cut();
    this.#server.close();
  }

  async #probe(): Promise<void> {
    while (!this.#isStopped) {
      const answers = await Promise.all(this.#targets.map(({ isReady }) => isReady?.() ?? true));
      this.#ready = this.#targets.filter((_, index) => answers[index]);
      await sleep(PROBE_INTERVAL_MS);
    }
  }

  #join(client: Socket): void {
    const target = this.#ready[this.#next++ % this.#ready.length];
    this.#keep(client);
    if (!this.#isOpen || target === undefined) {
      client.resetAndDestroy();
      return;
    }
    const server = connect(target.port, "127.0.0.1");
    this.#keep(server);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.pipe(to);
      from.on("close", () => to.destroy());
    }
  }

  #keep(socket: Socket): void {
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#sockets.delete(socket));
    this.#sockets.add(socket);
  }
}
