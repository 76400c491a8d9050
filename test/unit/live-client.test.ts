// How a client finds its server and logs in: kubeconfigs as people have them, written to files, against real HTTP and TLS.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer as createTlsServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { type ApiClient, connect } from "../../src/live/client.js";
import { loadPackage } from "../../src/packages.js";
import { ApiServer, type Fault } from "../helpers/api-server.js";
import { connectTo, liveFolder, writeKubeconfig } from "../helpers/live-client.js";

const NODES = { path: "/api/v1/nodes" };
const SECRET = "s3cret-t0ken";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function startServer(options = {}): Promise<{ server: ApiServer; url: string }> {
  const server = new ApiServer(options);
  const url = await server.start();
  closing.push(() => server.stop());
  return { server, url };
}

function kept(client: ApiClient): ApiClient {
  closing.push(() => client.close());
  return client;
}

/** A command that prints a credential, a new one each time. */
function execPlugin(): object {
  const script = join(liveFolder(), "credential.mjs");
  writeFileSync(
    script,
    `const { spec } = JSON.parse(process.env.KUBERNETES_EXEC_INFO);
     const status = { token: "of-plugin-" + spec.interactive, expirationTimestamp: "2099-01-01T00:00:00Z" };
     console.log(JSON.stringify({ apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status }));`,
  );
  return { apiVersion: "client.authentication.k8s.io/v1", command: process.execPath, args: [script] };
}

describe("a client logs in", () => {
  test.each([
    ["with a token", () => ({ token: SECRET }), `Bearer ${SECRET}`],
    ["with a password", () => ({ username: "me", password: "pass" }), `Basic ${btoa("me:pass")}`],
    ["with what a credential plugin prints", () => ({ exec: execPlugin() }), "Bearer of-plugin-false"],
    ["with nothing", () => ({}), undefined],
  ])("%s", async (_, user, authorization) => {
    const { server, url } = await startServer();
    await kept(await connectTo(url, user())).request(NODES);
    expect(server.headers[0]?.authorization).toBe(authorization);
  });

  test("with a token file, found beside the kubeconfig, and again after a 401", async () => {
    const file = join(liveFolder(), "token");
    writeFileSync(file, "first\n");
    const faults: Fault[] = [{ kind: "none" }, { kind: "status", code: 401 }];
    const { server, url } = await startServer({ nextFault: () => faults.shift() ?? { kind: "none" } });
    const client = kept(await connectTo(url, { tokenFile: "token" }));
    await client.request(NODES);
    writeFileSync(file, "second\n");
    await Promise.all([client.request(NODES), client.request(NODES)]);
    const shown = server.headers.map(({ authorization }) => authorization);
    expect(shown).toEqual(["Bearer first", "Bearer first", "Bearer first", "Bearer second"]);
  });

  test("with the same connection for the next request", async () => {
    const { url } = await startServer();
    const client = kept(await connectTo(url));
    await client.request(NODES);
    const ports = new Set<number>();
    for (let index = 0; index < 3; index++) {
      const response = await client.stream({ ...NODES, signal: new AbortController().signal });
      ports.add(response.socket.localPort ?? 0);
      for await (const _ of response);
    }
    expect(ports.size).toBe(1);
  });
});

describe("an error", () => {
  test("names the request and the server's words, never a credential", async () => {
    const { url } = await startServer({ nextFault: () => ({ kind: "status", code: 403 }) });
    const client = kept(await connectTo(url, { token: SECRET }));
    const error = await client.request(NODES).then(
      () => undefined,
      (reason: Error) => reason,
    );
    expect(error?.message).toBe(`GET ${url}/api/v1/nodes: 403: so the test wants it`);
    expect(error).toMatchObject({ code: "ERR_API", status: 403 });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error ?? {})) + error?.stack).not.toContain(SECRET);
  });

  test("says for how long the server wants to be left alone", async () => {
    const { url } = await startServer({ nextFault: () => ({ kind: "status", code: 429, retryAfter: 7 }) });
    await expect(kept(await connectTo(url)).request(NODES)).rejects.toMatchObject({ status: 429, retryAfterMs: 7000 });
  });

  test("comes when no answer does", async () => {
    const { url } = await startServer({ nextFault: () => ({ kind: "silence", after: 0 }) });
    const request = kept(await connectTo(url)).request({ ...NODES, timeoutMs: 50 });
    await expect(request).rejects.toThrow(`GET ${url}/api/v1/nodes: no answer within 50 ms`);
  });

  test("comes when the answer breaks off, is no JSON or too long", async () => {
    const faults = [
      { kind: "cut" as const, after: 1 },
      { kind: "garbage" as const, after: 0 },
    ];
    const { server, url } = await startServer({ nextFault: () => faults.shift() ?? { kind: "none" } });
    server.put(NODES.path, { metadata: { name: "a-node-with-a-rather-long-name" } });
    const client = kept(await connectTo(url));
    await expect(client.request(NODES)).rejects.toMatchObject({ code: "ERR_API", status: undefined });
    await expect(client.request(NODES)).rejects.toThrow("the answer is not JSON");
    await expect(client.request({ ...NODES, maxBytes: 10 })).rejects.toThrow("the answer is longer than 10 bytes");
  });

  test("names the server that does not listen", async () => {
    const client = kept(await connectTo("http://127.0.0.1:1"));
    await expect(client.request(NODES)).rejects.toThrow("GET http://127.0.0.1:1/api/v1/nodes: connect ECONNREFUSED");
  });
});

describe("a kubeconfig that cannot work is refused, with its path", () => {
  const file = (): string => writeKubeconfig({ server: "https://127.0.0.1:1" });

  test("when it is not there", async () => {
    await expect(connect({ kubeconfig: "/no/such/file" })).rejects.toThrow("/no/such/file: ENOENT");
  });

  test("when it is no YAML, without the lines around, which may hold a token", async () => {
    const path = join(liveFolder(), "broken");
    writeFileSync(path, `users:\n- user: {token: ${SECRET}\n  name: x\n`);
    const error = await connect({ kubeconfig: path }).catch((reason: Error) => reason);
    expect((error as Error).message).toMatch(/^.*broken: .*\(\d+:\d+\)$/);
    expect((error as Error).message).not.toContain(SECRET);
  });

  test("when it has no such context", async () => {
    const path = file();
    await expect(connect({ kubeconfig: path, context: "other" })).rejects.toThrow(
      `${path}: no context is called other; there is: x`,
    );
  });

  test("when it would send credentials over the network as plain text", async () => {
    const path = writeKubeconfig({ server: "http://10.0.0.1:8080", user: { token: SECRET } });
    await expect(connect({ kubeconfig: path })).rejects.toThrow(
      "http://10.0.0.1:8080 is plain http to another machine",
    );
  });

  test("when it is asked for in a pod, and this is none", async () => {
    await expect(connect({ inCluster: true })).rejects.toThrow("KUBERNETES_SERVICE_HOST is not set");
  });

  test("when its credential plugin fails, with what that says", async () => {
    const exec = { command: process.execPath, args: ["-e", "console.error('no login'); process.exit(1)"] };
    const client = kept(await connectTo("https://127.0.0.1:1", { exec }));
    await expect(client.request(NODES)).rejects.toThrow(/no credentials: no login$/);
  });
});

describe("over TLS", () => {
  test("the server's certificate is checked against the kubeconfig's CA, and ours is shown", async () => {
    const pki = makePki();
    const { url, peers } = await startTls(pki);
    const cluster = { "certificate-authority": pki.ca };
    const user = { "client-certificate": pki.cert, "client-key": pki.key };
    const client = kept(await connect({ kubeconfig: writeKubeconfig({ server: url, cluster, user }) }));
    await client.request(NODES);
    expect(peers).toEqual(["stowage-test"]);
  });

  test("a server that the CA does not know is not talked to", async () => {
    const { url } = await startTls(makePki());
    const client = kept(await connect({ kubeconfig: writeKubeconfig({ server: url }) }));
    await expect(client.request(NODES)).rejects.toThrow(/self-signed certificate/);
  });
});

describe("a package that is not installed", () => {
  const missing = (name: string) => async () => {
    throw Object.assign(new Error(`Cannot find package '${name}' imported from here`), {
      code: "ERR_MODULE_NOT_FOUND",
    });
  };

  test("is an error with the line that installs it", async () => {
    const load = loadPackage("reading a kubeconfig", "@kubernetes/client-node", missing("@kubernetes/client-node"));
    await expect(load).rejects.toThrow(
      "reading a kubeconfig needs a package that is not installed: npm install @kubernetes/client-node@1.4.0",
    );
  });

  test("that another package lacks is that package's trouble", async () => {
    await expect(loadPackage("serving", "fastify", missing("ajv"))).rejects.toThrow("Cannot find package 'ajv'");
  });

  test("is asked for in the version that package.json names", async () => {
    const { peerDependencies } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
      peerDependencies: Record<string, string>;
    };
    for (const name of ["@kubernetes/client-node", "fastify", "pino", "prom-client"] as const) {
      const error = await loadPackage("x", name, missing(name)).catch((reason: Error) => reason);
      const wanted = /@([\d.]+)$/.exec((error as Error).message)?.[1];
      expect(peerDependencies[name]?.replace("^", "")).toMatch(new RegExp(`^${wanted}(?:\\.|$)`));
    }
  });
});

interface Pki {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** One self-signed certificate that serves as everything. */
function makePki(): Pki {
  const [key, cert] = [join(liveFolder(), "tls.key"), join(liveFolder(), "tls.crt")];
  const subject = ["-subj", "/CN=stowage-test", "-addext", "subjectAltName=IP:127.0.0.1"];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  execFileSync("openssl", ["req", "-x509", ...kind, "-keyout", key, "-out", cert, ...subject], { stdio: "pipe" });
  return { ca: cert, cert, key };
}

async function startTls({ ca, cert, key }: Pki): Promise<{ url: string; peers: string[] }> {
  const peers: string[] = [];
  const options = { cert: readFileSync(cert), key: readFileSync(key), ca: readFileSync(ca), requestCert: true };
  const server: Server = createTlsServer(options, (request, response) => {
    const peer = (request.socket as import("node:tls").TLSSocket).getPeerCertificate();
    peers.push(String(peer.subject?.CN));
    response.end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, peers };
}
