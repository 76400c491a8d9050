// Certificates for a server on loopback, made by openssl for the tests of one file; each is its own authority.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** Whether openssl is there. */
export function canMakeCertificates(): boolean {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** @param names subjectAltName as openssl writes it, `IP:127.0.0.1`; empty makes a certificate without one */
export function makeCertificate(names: string, days: number): Certificate {
  const folder = mkdtempSync(join(tmpdir(), "stowage-certificate-"));
  const [key, cert] = [join(folder, "tls.key"), join(folder, "tls.crt")];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-keyout", key, "-out", cert];
  const extension = names === "" ? [] : ["-addext", `subjectAltName=${names}`];
  execFileSync("openssl", ["req", "-x509", ...kind, "-subj", "/CN=127.0.0.1", "-days", String(days), ...extension], {
    stdio: "pipe",
  });
  const made = { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
  rmSync(folder, { recursive: true });
  return made;
}
