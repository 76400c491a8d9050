/** Method: mutual TLS with an authority of its own. The server's certificate is replaced again and again while pods come. */

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:tls";
import { expect } from "vitest";
import { eventually } from "./api.js";
import { Authority } from "./certificates.js";
import { extenderAt } from "./scheduler-config.js";
import { onStage } from "./stage.js";

/** The serial number of the certificate that the server shows to a new connection. */
async function serialAt(port: number, authorityPath: string): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port, ca: readFileSync(authorityPath) });
  await once(socket, "secureConnect");
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

onStage("certificates are replaced under load, and no pod waits for it", async (stage) => {
  const authority = new Authority(join(stage.folder, "certificates"));
  const [server, client] = [authority.issue("server"), authority.issue("client")];
  const { url, port } = await stage.stowage({ tls: { server, client, authority } });
  const tlsConfig = { certFile: client.certPath, keyFile: client.keyPath, caFile: authority.certPath };
  await stage.plane.startScheduler({
    extenders: [extenderAt(url, { bindVerb: "bind", enableHTTPS: true, tlsConfig })],
  });
  await stage.createNodes(20);
  const serials = new Set([await serialAt(port, authority.certPath)]);
  let podCount = 0;
  for (const round of [1, 2]) {
    authority.issue("server");
    await eventually("a new certificate", async () => {
      await stage.createPods(5, {}, `p${podCount}-`);
      podCount += 5;
      await stage.observer.untilBound(podCount);
      return serials.add(await serialAt(port, authority.certPath)).size === round + 1;
    });
  }
  expect(await stage.warnings()).toEqual([]);
  return { pods: podCount, binder: "stowage" };
});

onStage("who has no certificate of the authority may ask for health alone", async (stage) => {
  const authority = new Authority(join(stage.folder, "certificates"));
  const [server, client] = [authority.issue("server"), authority.issue("client")];
  const stranger = new Authority(join(stage.folder, "others")).issue("client");
  const replica = await stage.stowage({ tls: { server, client, authority } });
  for (const path of ["/filter", "/prioritize", "/bind", "/preempt", "/simulate"]) {
    expect(await replica.ask("POST", path, "{}", stranger)).toMatchObject({ status: 401 });
  }
  expect(await replica.ask("GET", "/metrics", undefined, stranger)).toMatchObject({ status: 401 });
  expect(await replica.ask("GET", "/livez", undefined, stranger)).toMatchObject({ status: 200 });
  return { pods: 0, binder: "either" };
});
