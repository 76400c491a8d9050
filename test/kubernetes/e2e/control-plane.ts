/** etcd, kube-apiserver and kube-scheduler as processes on the loopback interface. */

import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { join } from "node:path";
import { policyRules, RESOURCE_NAMES } from "../../../src/live/resources.js";
import { Api } from "./api.js";
import { binaryPath } from "./binaries.js";
import { Child, freePorts } from "./child.js";

/** Who may call the API server, by bearer token. kube-scheduler's name is the one that upstream's roles are bound to. */
const USERS = {
  admin: { name: "admin", groups: ["system:masters"] },
  scheduler: { name: "system:kube-scheduler", groups: [] },
  stowage: { name: "stowage", groups: [] },
} as const;

export type User = keyof typeof USERS;

/** A Binding that somebody posted, from the API server's audit log. */
export interface Binding {
  readonly user: string;
  readonly pod: string;
  readonly node: string;
  /** The HTTP status of the answer. */
  readonly code: number;
}

/** Bindings alone are audited, with their bodies, when they are answered. */
const AUDIT_POLICY = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [{ level: "Request", resources: [{ group: "", resources: ["bindings", "pods/binding"] }] }, { level: "None" }],
};

export class ControlPlane {
  readonly api: Api;
  #scheduler: Child | undefined;
  readonly #tokens: Readonly<Record<User, string>>;
  readonly #folder: string;
  readonly #ports: { readonly etcd: number; readonly peer: number; readonly api: number; readonly scheduler: number };
  #etcd: Child | undefined;
  #apiServer: Child | undefined;

  private constructor(folder: string, [etcd, peer, api, scheduler]: readonly [number, number, number, number]) {
    this.#folder = folder;
    this.#ports = { etcd, peer, api, scheduler };
    const token = (): string => randomBytes(16).toString("hex");
    this.#tokens = { admin: token(), scheduler: token(), stowage: token() };
    this.api = new Api(api, this.#tokens.admin);
  }

  /** etcd and kube-apiserver, ready, without a scheduler. State and logs go to `folder`. */
  static async start(folder: string): Promise<ControlPlane> {
    const ports = (await freePorts(4)) as [number, number, number, number];
    const plane = new ControlPlane(folder, ports);
    try {
      plane.#writeFiles();
      await plane.#startEtcd();
      await plane.startApiServer();
      await plane.#grantRights();
      return plane;
    } catch (error) {
      await plane.stop();
      throw error;
    }
  }

  get apiPort(): number {
    return this.#ports.api;
  }

  /** What must not be found in any log. */
  get secrets(): readonly string[] {
    return Object.values(this.#tokens);
  }

  get children(): readonly Child[] {
    return [this.#etcd, this.#apiServer, this.#scheduler].filter((child) => child !== undefined);
  }

  /**
   * Writes a kubeconfig for a user and returns its path.
   * @param server where to send the calls, if not to the API server itself
   */
  kubeconfig(user: User, server = `https://127.0.0.1:${this.#ports.api}`): string {
    const port = new URL(server).port;
    const path = join(this.#folder, `${user}-${port}.kubeconfig`);
    // The certificate that the API server made for itself is its own authority.
    const trust = server.startsWith("https:")
      ? { "certificate-authority": join(this.#folder, "pki/apiserver.crt") }
      : {};
    const document = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "e2e", cluster: { server, ...trust } }],
      users: [{ name: user, user: { token: this.#tokens[user] } }],
      contexts: [{ name: "e2e", context: { cluster: "e2e", user } }],
      "current-context": "e2e",
    };
    writeFileSync(path, JSON.stringify(document));
    return path;
  }

  /** Gives stowage the rights that its own table names, and no others. */
  async #grantRights(): Promise<void> {
    const [apiGroup, metadata] = ["rbac.authorization.k8s.io", { name: "stowage" }];
    const header = { apiVersion: `${apiGroup}/v1`, metadata };
    const rules = policyRules(RESOURCE_NAMES, true);
    await this.api.create(`/apis/${apiGroup}/v1/clusterroles`, { ...header, kind: "ClusterRole", rules });
    await this.api.create(`/apis/${apiGroup}/v1/clusterrolebindings`, {
      ...header,
      kind: "ClusterRoleBinding",
      roleRef: { apiGroup, kind: "ClusterRole", name: "stowage" },
      subjects: [{ apiGroup, kind: "User", name: USERS.stowage.name }],
    });
  }

  async #startEtcd(): Promise<void> {
    const { etcd, peer } = this.#ports;
    const [client, own] = [`http://127.0.0.1:${etcd}`, `http://127.0.0.1:${peer}`];
    this.#etcd = this.#child("etcd", [
      `--data-dir=${join(this.#folder, "etcd")}`,
      "--unsafe-no-fsync",
      "--log-level=error",
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${own}`,
      `--initial-advertise-peer-urls=${own}`,
      `--initial-cluster=default=${own}`,
    ]);
    await this.#etcd.untilReady(() => isHealthy(`${client}/health`));
  }

  async startApiServer(): Promise<void> {
    const file = (name: string): string => join(this.#folder, name);
    this.#apiServer = this.#child("kube-apiserver", [
      `--etcd-servers=http://127.0.0.1:${this.#ports.etcd}`,
      "--bind-address=127.0.0.1",
      `--secure-port=${this.#ports.api}`,
      `--cert-dir=${file("pki")}`,
      // It refuses to publish an address of the loopback interface.
      "--endpoint-reconciler-type=none",
      "--service-cluster-ip-range=10.0.0.0/24",
      `--token-auth-file=${file("tokens.csv")}`,
      "--authorization-mode=RBAC",
      "--service-account-issuer=https://kubernetes.default.svc",
      `--service-account-key-file=${file("pki/sa.key")}`,
      `--service-account-signing-key-file=${file("pki/sa.key")}`,
      // Both wait for kube-controller-manager: for an account, and for the taint of a new node to be taken away.
      "--disable-admission-plugins=ServiceAccount,TaintNodesByCondition",
      `--audit-policy-file=${file("audit-policy.json")}`,
      `--audit-log-path=${file("audit.log")}`,
      "--max-requests-inflight=3000",
      "--max-mutating-requests-inflight=1000",
    ]);
    await this.#apiServer.untilReady(() => isHealthy(`https://127.0.0.1:${this.#ports.api}/readyz`));
  }

  /** Ends the API server at once, as a crash would. */
  async killApiServer(): Promise<void> {
    await this.#apiServer?.kill();
  }

  /** Throws away what etcd remembers of before now, so that a watch from an older version cannot be resumed. */
  async compact(): Promise<void> {
    const { metadata } = await this.api.list("/api/v1/namespaces");
    const body = JSON.stringify({ revision: metadata.resourceVersion, physical: true });
    const answer = await fetch(`http://127.0.0.1:${this.#ports.etcd}/v3/kv/compaction`, { method: "POST", body });
    if (!answer.ok) throw new Error(`etcd does not compact: ${answer.status} ${await answer.text()}`);
  }

  /** @param configuration what a KubeSchedulerConfiguration says beside the connection, such as `extenders` */
  async startScheduler(configuration: Readonly<Record<string, unknown>> = {}): Promise<Child> {
    const path = join(this.#folder, "scheduler.json");
    const document = {
      apiVersion: "kubescheduler.config.k8s.io/v1",
      kind: "KubeSchedulerConfiguration",
      clientConnection: { kubeconfig: this.kubeconfig("scheduler"), qps: 5000, burst: 5000 },
      leaderElection: { leaderElect: false },
      ...configuration,
    };
    writeFileSync(path, JSON.stringify(document, undefined, 2));
    this.#scheduler = this.#child("kube-scheduler", [
      `--config=${path}`,
      "--bind-address=127.0.0.1",
      `--secure-port=${this.#ports.scheduler}`,
      `--cert-dir=${join(this.#folder, "pki")}`,
      "--authorization-always-allow-paths=/healthz,/livez,/readyz,/metrics",
      "--v=2",
    ]);
    await this.#scheduler.untilReady(() => isHealthy(`https://127.0.0.1:${this.#ports.scheduler}/readyz`));
    return this.#scheduler;
  }

  async stopScheduler(): Promise<void> {
    await this.#scheduler?.stop();
    this.#scheduler = undefined;
  }

  /** Every Binding that was posted, in the order of the answers. */
  bindings(): Binding[] {
    const path = join(this.#folder, "audit.log");
    const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n") : [];
    return lines.filter((line) => line !== "").map(bindingOf);
  }

  async stop(): Promise<void> {
    this.api.close();
    for (const child of this.children.toReversed()) await child.stop();
  }

  #child(part: "etcd" | "kube-apiserver" | "kube-scheduler", flags: readonly string[]): Child {
    return new Child(part, [binaryPath(part), ...flags], { folder: this.#folder });
  }

  #writeFiles(): void {
    const pki = join(this.#folder, "pki");
    mkdirSync(pki, { recursive: true });
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    writeFileSync(join(pki, "sa.key"), privateKey.export({ type: "pkcs1", format: "pem" }));
    const rows = (Object.keys(USERS) as User[]).map((user, index) =>
      [this.#tokens[user], USERS[user].name, index, ...USERS[user].groups].join(","),
    );
    writeFileSync(join(this.#folder, "tokens.csv"), `${rows.join("\n")}\n`);
    writeFileSync(join(this.#folder, "audit-policy.json"), JSON.stringify(AUDIT_POLICY));
  }
}

function bindingOf(line: string): Binding {
  const { user, objectRef, requestObject, responseStatus } = JSON.parse(line) as {
    readonly user: { readonly username: string };
    readonly objectRef: { readonly name: string };
    readonly requestObject?: { readonly target?: { readonly name?: string } };
    readonly responseStatus: { readonly code: number };
  };
  const node = requestObject?.target?.name ?? "";
  return { user: user.username, pod: objectRef.name, node, code: responseStatus.code };
}

/** Whether a GET is answered with 200, whoever signed the certificate. */
export function isHealthy(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { timeout: 2000, rejectUnauthorized: false, agent: false } as const;
    const sent = url.startsWith("https:") ? httpsRequest(url, options) : httpRequest(url, options);
    sent.on("response", (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    sent.on("timeout", () => sent.destroy());
    sent.on("error", () => resolve(false));
    sent.end();
  });
}
