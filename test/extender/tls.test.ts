// TLS with certificates that openssl makes here: who may call, and files that change under load without a lost request.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serve } from "../helpers/extender-server.js";
import { ChangingSource, nodeOf, podOf } from "../helpers/extender-world.js";

const folder = mkdtempSync(join(tmpdir(), "stowage-tls-"));
const at = (name: string): string => join(folder, name);
const openssl = (...args: readonly string[]): void =>
  void execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
const hasOpenssl = ((): boolean => {
  try {
    openssl("version");
    return true;
  } catch {
    return false;
  }
})();
if (!hasOpenssl) console.warn("no openssl: TLS is not tested");

function authority(name: string): void {
  openssl(
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-days",
    "2",
    "-subj",
    `/CN=${name}`,
    "-keyout",
    `${name}.key`,
    "-out",
    `${name}.crt`,
  );
}

function certificate(name: string, by: string): void {
  openssl(
    "req",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-subj",
    `/CN=${name}`,
    "-keyout",
    `${name}.key`,
    "-out",
    `${name}.csr`,
  );
  writeFileSync(at("san"), "subjectAltName=IP:127.0.0.1");
  openssl(
    "x509",
    "-req",
    "-in",
    `${name}.csr`,
    "-CA",
    `${by}.crt`,
    "-CAkey",
    `${by}.key`,
    "-CAcreateserial",
    "-days",
    "2",
    "-extfile",
    "san",
    "-out",
    `${name}.crt`,
  );
}

interface Reply {
  readonly status: number;
  readonly text: string;
  readonly server: string;
}

function ask(url: string, agent: Agent, body?: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: body === undefined ? "GET" : "POST", agent }, (response) => {
      const server = String((response.socket as TLSSocket).getPeerCertificate().subject?.CN);
      let text = "";
      response.on("data", (data) => {
        text += data;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text, server }));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

describe.skipIf(!hasOpenssl)("with certificates", () => {
  const body = JSON.stringify({ Pod: podOf("p"), NodeNames: ["a"] });
  const source = new ChangingSource([nodeOf("a")]);
  const tls = { certFile: at("tls.crt"), keyFile: at("tls.key") };
  const agentOf = (ca: Buffer | string, client?: string): Agent => {
    const mine = client === undefined ? {} : { cert: readAt(`${client}.crt`), key: readAt(`${client}.key`) };
    return new Agent({ ca, ...mine, keepAlive: true, maxCachedSessions: 0 });
  };
  const readAt = (name: string): Buffer => execFileSync("cat", [at(name)]);

  beforeAll(() => {
    for (const name of ["ca", "other"]) authority(name);
    for (const name of ["first", "second", "client"]) certificate(name, "ca");
    certificate("stranger", "other");
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const use = (name: string): void => {
    copyFileSync(at(`${name}.crt`), tls.certFile);
    copyFileSync(at(`${name}.key`), tls.keyFile);
  };

  test("only clients of the authority may call, and anybody may ask for health", async () => {
    use("first");
    const { server, url } = await serve(source, { tls: { ...tls, clientCaFile: at("ca.crt") } });
    const ca = readAt("ca.crt");
    const known = await ask(`${url}/filter`, agentOf(ca, "client"), body);
    expect([known.status, known.server]).toEqual([200, "first"]);
    for (const client of [undefined, "stranger"]) {
      const agent = agentOf(ca, client);
      const refused = await ask(`${url}/filter`, agent, body);
      expect([refused.status, refused.text]).toEqual([
        401,
        expect.stringContaining("a client certificate of --tls-client-ca is needed"),
      ]);
      expect((await ask(`${url}/metrics`, agentOf(ca, client))).status).toBe(401);
      expect((await ask(`${url}/readyz`, agentOf(ca, client))).status).toBe(200);
    }
    await server.close();
  });

  test("files that change are taken up for new connections, under load, and none is lost", async () => {
    use("first");
    const { server, url, lines } = await serve(source, { tls, timeouts: { tlsReloadMs: 50 } });
    const ca = readAt("ca.crt");
    const kept = agentOf(ca);
    const servers: string[] = [];
    let isOver = false;
    const load = (async () => {
      while (!isOver) {
        const [old, fresh] = [await ask(`${url}/filter`, kept, body), await ask(`${url}/filter`, agentOf(ca), body)];
        expect([old.status, old.server, fresh.status]).toEqual([200, "first", 200]);
        servers.push(fresh.server);
      }
    })();
    while (servers.length < 3) await new Promise((resolve) => setTimeout(resolve, 20));
    // The key comes later than its certificate.
    copyFileSync(at("second.crt"), tls.certFile);
    while (!lines.some((line) => line.includes("not reloaded")))
      await new Promise((resolve) => setTimeout(resolve, 20));
    copyFileSync(at("second.key"), tls.keyFile);
    while (servers.at(-1) !== "second") await new Promise((resolve) => setTimeout(resolve, 20));
    isOver = true;
    await load;
    expect([...new Set(servers)]).toEqual(["first", "second"]);
    expect(lines.filter((line) => line.includes('"certificates reloaded"'))).toHaveLength(1);
    kept.destroy();
    await server.close();
  });

  test("files that do not belong together are named", async () => {
    copyFileSync(at("first.crt"), tls.certFile);
    copyFileSync(at("second.key"), tls.keyFile);
    await expect(serve(source, { tls })).rejects.toThrow(tls.certFile);
    await expect(serve(source, { tls: { ...tls, certFile: at("none") } })).rejects.toThrow("none");
  });
});
