/** Processes that a test starts: each writes a log, and none outlives the test, however that ends. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Linux kills with it what a parent leaves behind that is killed itself; elsewhere the handler of "exit" must do. */
const SETPRIV = "/usr/bin/setpriv";
const DIES_WITH_PARENT = existsSync(SETPRIV) ? [SETPRIV, "--pdeathsig", "KILL", "--"] : [];
const STOP_TIMEOUT_MS = 20_000;

const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

export interface ChildOptions {
  /** Where NAME.log is written; what is there is added to. */
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
}

export class Child {
  readonly name: string;
  readonly logPath: string;
  /** Resolves when the process has ended, with its exit code or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;
  readonly #process: ChildProcess;

  constructor(name: string, command: readonly [string, ...string[]], { folder, env = {} }: ChildOptions) {
    this.name = name;
    this.logPath = join(folder, `${name}.log`);
    const log = openSync(this.logPath, "a");
    const [file = "", ...args] = [...DIES_WITH_PARENT, ...command];
    this.#process = spawn(file, args, { stdio: ["ignore", log, log], env: { ...process.env, ...env } });
    closeSync(log);
    running.add(this.#process);
    this.exited = once(this.#process, "exit").then(([code, signal]) => {
      running.delete(this.#process);
      return (code ?? signal) as number | NodeJS.Signals;
    });
    // Whoever starts a process that cannot be started hears of it from untilReady.
    this.exited.catch(() => running.delete(this.#process));
  }

  get isRunning(): boolean {
    return running.has(this.#process);
  }

  get pid(): number {
    if (this.#process.pid === undefined) throw new Error(`${this.name} did not start`);
    return this.#process.pid;
  }

  /** User and system time so far, in seconds. Linux only. */
  get cpuSeconds(): number {
    const [, fields = ""] = readFileSync(`/proc/${this.pid}/stat`, "utf8").split(") ");
    const [, , , , , , , , , , , user, system] = fields.split(" ");
    return (Number(user) + Number(system)) / 100;
  }

  log(): string {
    return readFileSync(this.logPath, "utf8");
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name);
  }

  /** Asks the process to end and waits for it; kills it when that takes too long. */
  async stop(): Promise<number | NodeJS.Signals> {
    this.signal("SIGCONT");
    this.signal("SIGTERM");
    const timer = setTimeout(() => this.signal("SIGKILL"), STOP_TIMEOUT_MS);
    const code = await this.exited;
    clearTimeout(timer);
    return code;
  }

  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.exited;
  }

  /**
   * Waits until `isReady` says so.
   * @throws Error with the end of the log when the process ends first, or after `timeoutMs`
   */
  async untilReady(isReady: () => Promise<boolean>, timeoutMs = 60_000): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!(await isReady().catch(() => false))) {
      if (!this.isRunning) throw new Error(`${this.name} ended:\n${this.#tail()}`);
      if (performance.now() > deadline)
        throw new Error(`${this.name} is not ready after ${timeoutMs} ms:\n${this.#tail()}`);
      await sleep(50);
    }
  }

  #tail(): string {
    return this.log().split("\n").slice(-20).join("\n");
  }
}

/** Ports of the loopback interface that nobody listens on. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}
