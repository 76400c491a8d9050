// Servers with real certificates, right and wrong ones; time is moved, not waited for.
import { describe, expect, test } from "vitest";
import { canMakeCertificates, makeCertificate } from "./certificates.js";
import { codesOf, diagnose, rightConfig, soonMs } from "./examination.js";
import { Server } from "./server.js";

const hasOpenssl = canMakeCertificates();
if (!hasOpenssl) process.stderr.write("no openssl: the doctor's findings about certificates are not tested\n");

describe.skipIf(!hasOpenssl)("a certificate", () => {
  const tlsLines = (caData: string): string =>
    `    tlsConfig:\n      caData: ${Buffer.from(caData).toString("base64")}\n`;
  const serverOf = async (names: string): Promise<{ server: Server; cert: string }> => {
    const made = makeCertificate(names, 365);
    return { server: await new Server({ tls: made }).start(), cert: made.cert };
  };

  test("that is right is found right, and no key or certificate is printed", async () => {
    const { server, cert } = await serverOf("IP:127.0.0.1");
    await using _ = server;
    const report = await diagnose(rightConfig(server.url) + tlsLines(cert));
    expect([codesOf(report, "broken"), codesOf(report, "warning")]).toEqual([[], []]);
    expect(codesOf(report, "ok")).toContain("certificate");
    expect(JSON.stringify(report)).not.toContain(Buffer.from(cert).toString("base64").slice(0, 40));
  });

  test("that no given CA signed", async () => {
    const { server } = await serverOf("IP:127.0.0.1");
    await using _ = server;
    expect(codesOf(await diagnose(rightConfig(server.url)), "broken")).toEqual(["certificate-untrusted"]);
    const unchecked = await diagnose(`${rightConfig(server.url)}    enableHTTPS: true\n`);
    expect(codesOf(unchecked, "broken")).toEqual([]);
    expect(codesOf(unchecked, "warning").sort()).toEqual(["certificate-untrusted", "tls-unverified"]);
  });

  test("for another name, with the server name as the cure", async () => {
    const { server, cert } = await serverOf("DNS:stowage.test");
    await using _ = server;
    const text = rightConfig(server.url) + tlsLines(cert);
    const report = await diagnose(text);
    expect(codesOf(report, "broken")).toEqual(["certificate-name"]);
    expect(report.findings[0]?.fix?.text).toContain("serverName to stowage.test");
    const cured = await diagnose(`${text}      serverName: stowage.test\n`);
    expect(codesOf(cured, "broken")).toEqual([]);
  });

  test("without subjectAltName, which Node takes and Go does not", async () => {
    const { server, cert } = await serverOf("");
    await using _ = server;
    expect(codesOf(await diagnose(rightConfig(server.url) + tlsLines(cert)), "broken")).toContain("certificate-name");
  });

  test("that has expired or soon will", async () => {
    const { server, cert } = await serverOf("IP:127.0.0.1");
    await using _ = server;
    const text = rightConfig(server.url) + tlsLines(cert);
    const day = 24 * 3600 * 1000;
    expect(codesOf(await diagnose(text, [], { nowMs: soonMs() + 360 * day }), "warning")).toEqual([
      "certificate-expires",
    ]);
    expect(codesOf(await diagnose(text, [], { nowMs: soonMs() + 400 * day }), "broken")).toEqual([
      "certificate-expired",
    ]);
  });

  test("of a server that is called without TLS, and TLS to a server that has none", async () => {
    const { server } = await serverOf("IP:127.0.0.1");
    await using _ = server;
    const plain = await diagnose(rightConfig(server.url.replace("https", "http")));
    expect(codesOf(plain, "broken")).toEqual(["plain-to-tls"]);
    await using other = await new Server({}).start();
    const tls = await diagnose(rightConfig(other.url.replace("http", "https")));
    expect(codesOf(tls, "broken")).toEqual(["tls-to-plain"]);
  });

  test("that the server wants of its clients", async () => {
    const made = makeCertificate("IP:127.0.0.1", 365);
    await using server = await new Server({ tls: { ...made, ca: made.cert, requestCert: true } }).start();
    const text = rightConfig(server.url) + tlsLines(made.cert);
    // Which of the two depends on when the client learns of it, before its request or after.
    expect(["tls-failure", "cut"]).toContain(codesOf(await diagnose(text), "broken")[0]);
    const encoded = (pem: string): string => Buffer.from(pem).toString("base64");
    const withIt = `${text}      certData: ${encoded(made.cert)}\n      keyData: ${encoded(made.key)}\n`;
    const report = await diagnose(withIt);
    expect(codesOf(report, "broken")).toEqual([]);
    expect(JSON.stringify(report)).not.toContain(encoded(made.key).slice(0, 40));
  });
});
