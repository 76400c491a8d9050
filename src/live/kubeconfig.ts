/**
 * Where the API server is and who we are to it. @kubernetes/client-node reads kubeconfigs and runs credential plugins; this
 * is the only file that knows it. What it says is asked for again once a minute and after a 401, so that rotated tokens and
 * certificates are taken up, and connections outlive that as long as TLS settings stay the same.
 */

import { readFileSync } from "node:fs";
import type { Agent as HttpAgent } from "node:http";
import type { Agent, RequestOptions } from "node:https";
import { dirname, resolve } from "node:path";
import { StowageError } from "../errors.js";
import { readYaml } from "../kube/yaml.js";
import { loadPackage } from "../packages.js";

export interface ConnectOptions {
  /** Path of a kubeconfig. Without it and `inCluster`: $KUBECONFIG, ~/.kube/config, or the service account of this pod. */
  readonly kubeconfig?: string;
  /** Instead of the kubeconfig's current context. */
  readonly context?: string;
  /** Use the service account of this pod, whatever else there is. */
  readonly inCluster?: boolean;
}

/** What a request needs to be let in. Never print it. */
export interface Login {
  readonly agent: Agent | HttpAgent;
  readonly headers: Readonly<Record<string, string>>;
}

/** What is used of client-node's KubeConfig. */
interface Config {
  readonly users: { readonly name: string; readonly exec?: ExecPlugin; authProvider?: unknown }[];
  readonly contexts: { readonly name: string; readonly cluster: string; user: string }[];
  loadFromFile(file: string): void;
  loadFromCluster(): void;
  loadFromDefault(): void;
  getCurrentContext(): string;
  setCurrentContext(name: string): void;
  getCurrentCluster(): { readonly server: string; readonly proxyUrl?: string; skipTLSVerify: boolean } | null;
  applyToHTTPSOptions(options: RequestOptions): Promise<void>;
}

interface ExecPlugin {
  readonly apiVersion?: string;
  env?: { readonly name: string; readonly value: string }[] | null;
}

const REFRESH_MS = 60_000;
/** A server that keeps answering 401 does not make us run credential plugins all the time. */
const MIN_RENEWAL_MS = 5_000;
const CREDENTIALS_TIMEOUT_MS = 60_000;
const MAX_YAML_DEPTH = 100;

export class Credentials {
  readonly #options: ConnectOptions;
  #config: Config;
  #login: Promise<Login> | undefined;
  #loggedInAtMs = 0;
  #renewal: Promise<void> | undefined;
  #renewedAtMs = Number.NEGATIVE_INFINITY;
  #agent: { readonly agent: Agent | HttpAgent; readonly settings: string } | undefined;

  private constructor(options: ConnectOptions, config: Config) {
    this.#options = options;
    this.#config = config;
  }

  /** @throws StowageError ERR_KUBECONFIG, ERR_PACKAGE */
  static async load(options: ConnectOptions): Promise<Credentials> {
    return new Credentials(options, await loadConfig(options));
  }

  /** Where the API server is, as the kubeconfig has it; without a slash at the end. */
  get server(): string {
    return this.#config.getCurrentCluster()?.server ?? "";
  }

  /** How to log in now. @throws StowageError ERR_KUBECONFIG when a credential plugin or a file fails */
  current(): Promise<Login> {
    if (this.#login !== undefined && performance.now() - this.#loggedInAtMs < REFRESH_MS) return this.#login;
    const login = this.#logIn();
    this.#login = login;
    this.#loggedInAtMs = performance.now();
    login.catch(() => {
      if (this.#login === login) this.#login = undefined;
    });
    return login;
  }

  /** Reads everything again, since the server does not know this login any more. Returns whether there is another now. */
  async renew(refused: Login): Promise<boolean> {
    if (performance.now() - this.#renewedAtMs >= MIN_RENEWAL_MS) {
      this.#renewedAtMs = performance.now();
      this.#renewal = this.#reload();
    }
    await this.#renewal;
    return (await this.current()) !== refused;
  }

  /** Closes connections that are kept for later. */
  close(): void {
    this.#agent?.agent.destroy();
  }

  async #reload(): Promise<void> {
    this.#config = await loadConfig(this.#options);
    this.#login = undefined;
  }

  async #logIn(): Promise<Login> {
    const options: RequestOptions = {};
    try {
      await timeLimited(this.#config.applyToHTTPSOptions(options), "the credentials did not come");
    } catch (cause) {
      throw configError(this.#options, `no credentials: ${firstLine(cause)}`, cause);
    }
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(options.headers ?? {})) {
      // A token file may end with a line break, which no header may hold.
      if (value !== undefined) headers[name.toLowerCase()] = String(value).trim();
    }
    if (options.auth) headers.authorization = `Basic ${Buffer.from(options.auth).toString("base64")}`;
    return { agent: this.#agentOf(options), headers };
  }

  /** client-node makes an agent each time; the one with open connections is kept while it would be the same. */
  #agentOf(options: RequestOptions): Agent | HttpAgent {
    const { ca, cert, key, pfx, passphrase, servername, rejectUnauthorized } = options;
    const { server, proxyUrl } = this.#config.getCurrentCluster() ?? {};
    const tls = [ca, cert, key, pfx, passphrase, servername, rejectUnauthorized];
    const settings = [server, proxyUrl, ...tls].map(String).join("\n");
    if (this.#agent?.settings === settings) return this.#agent.agent;
    const agent = options.agent as Agent & { keepAlive: boolean };
    agent.keepAlive = true;
    const old = this.#agent?.agent as (Agent & { keepAlive: boolean }) | undefined;
    this.#agent = { agent, settings };
    if (old !== undefined) {
      // Requests under way on the old one end there; none begins.
      old.keepAlive = false;
      for (const sockets of Object.values(old.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
    }
    return agent;
  }
}

async function loadConfig(options: ConnectOptions): Promise<Config> {
  const { KubeConfig } = await loadPackage(
    "reading a kubeconfig",
    "@kubernetes/client-node",
    () => import("@kubernetes/client-node"),
  );
  /** Takes note of `tokenFile`, which client-node does not read. */
  class TokenFileConfig extends KubeConfig {
    override loadFromFile(file: string): void {
      super.loadFromFile(file);
      addTokenFiles(this, file);
    }
  }
  const config = new TokenFileConfig() as unknown as Config;
  try {
    if (options.inCluster === true) config.loadFromCluster();
    else if (options.kubeconfig !== undefined) config.loadFromFile(options.kubeconfig);
    else config.loadFromDefault();
  } catch (cause) {
    throw configError(options, firstLine(cause), cause);
  }
  select(config, options);
  complete(config);
  return config;
}

/** Chooses the context, and refuses what cannot work. */
function select(config: Config, options: ConnectOptions): void {
  const { context } = options;
  const names = config.contexts.map(({ name }) => name).join(", ") || "none";
  if (context !== undefined) {
    if (!config.contexts.some(({ name }) => name === context)) {
      throw configError(options, `no context is called ${context}; there is: ${names}`);
    }
    config.setCurrentContext(context);
  }
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    const current = config.getCurrentContext() || "(none is set)";
    throw configError(options, `the current context ${current} names no cluster; contexts: ${names}`);
  }
  if (cluster.server.includes("undefined")) {
    throw configError(options, "this is no pod of a cluster: KUBERNETES_SERVICE_HOST is not set");
  }
  if (config.getCurrentContext() === "loaded-context") {
    throw configError(options, "no kubeconfig was found: give its path, or set KUBECONFIG");
  }
  const { protocol, hostname } = serverUrl(cluster.server, options);
  if (protocol !== "http:") return;
  if (!isLoopback(hostname)) {
    throw configError(options, `${cluster.server} is plain http to another machine; credentials would be readable`);
  }
  // client-node refuses plain http unless it is told not to verify certificates, of which there are none.
  cluster.skipTLSVerify = true;
}

/** Fills in what client-node leaves out. */
function complete(config: Config): void {
  const context = config.contexts.find(({ name }) => name === config.getCurrentContext());
  // Without a user client-node forgets the cluster's CA, too.
  if (context !== undefined && !config.users.some(({ name }) => name === context.user)) {
    context.user ??= "";
    config.users.push({ name: context.user });
  }
  for (const { exec } of config.users) {
    if (!exec) continue;
    const value = JSON.stringify({
      apiVersion: exec.apiVersion,
      kind: "ExecCredential",
      spec: { interactive: false },
    });
    exec.env = [...(exec.env ?? []), { name: "KUBERNETES_EXEC_INFO", value }];
  }
}

function addTokenFiles(config: { readonly users: readonly { readonly name: string }[] }, file: string): void {
  const [document] = readYaml(readFileSync(file, "utf8"), MAX_YAML_DEPTH).documents;
  const { users } = (document ?? {}) as {
    users?: { name: string; user?: { token?: string; tokenFile?: string } }[] | null;
  };
  for (const { name, user } of users ?? []) {
    if (!user?.tokenFile || user.token) continue;
    const entry = config.users.find((each) => each.name === name);
    const tokenFile = resolve(dirname(file), user.tokenFile);
    if (entry !== undefined) Object.assign(entry, { authProvider: { name: "tokenFile", config: { tokenFile } } });
  }
}

function serverUrl(server: string, options: ConnectOptions): URL {
  try {
    return new URL(server);
  } catch (cause) {
    throw configError(options, `the cluster's server ${JSON.stringify(server)} is no URL`, cause);
  }
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d+){3}$/.test(hostname);
}

function configError(options: ConnectOptions, reason: string, cause?: unknown): StowageError {
  const source = options.inCluster === true ? "service account" : (options.kubeconfig ?? "kubeconfig");
  return new StowageError("ERR_KUBECONFIG", { source, reason }, { cause });
}

/** Parsers print the lines around what they do not understand, and those may hold a token. */
function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n", 1)[0] ?? "";
}

async function timeLimited<T>(promise: Promise<T>, reason: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${reason} within ${CREDENTIALS_TIMEOUT_MS} ms`)),
      CREDENTIALS_TIMEOUT_MS,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
