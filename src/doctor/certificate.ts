/** The server's certificate as it was shown, judged as Go's client would: no name but those of subjectAltName counts. */

import type { ExtenderConfig } from "../scheduler/extender-config.js";
import { type Draft, fieldOf } from "./finding.js";
import type { Change } from "./patch.js";
import { isVerified } from "./security.js";

/** What a handshake showed. */
export interface CertificateFacts {
  /** Why the chain or the name is not accepted, in OpenSSL's word; undefined where it is. */
  readonly refusedFor: string | undefined;
  /** Of subjectAltName: `DNS:name`, `IP Address:1.2.3.4`. */
  readonly names: readonly string[];
  readonly validFromMs: number;
  readonly validToMs: number;
}

const DAY_MS = 24 * 3600 * 1000;
const SOON_DAYS = 30;
const NAME_CODE = "ERR_TLS_CERT_ALTNAME_INVALID";
const UNTRUSTED: ReadonlySet<string> = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** @param host that was called, or the server name that stands for it */
export function checkCertificate(
  config: ExtenderConfig,
  index: number,
  host: string,
  facts: CertificateFacts,
  nowMs: number,
): Draft[] {
  const isChecked = isVerified(config);
  const severity = isChecked ? "broken" : "warning";
  const unless = isChecked ? "no call is made" : "it is not checked";
  const path = fieldOf(index, "tlsConfig");
  const drafts: Draft[] = [];
  const { names, refusedFor, validToMs, validFromMs } = facts;
  const evidence = `names: ${names.join(", ") || "none"}; valid to ${new Date(validToMs).toISOString().slice(0, 10)}`;
  if (names.length === 0) {
    const message = `the server's certificate has no subjectAltName, and Go takes no other name: ${unless}`;
    drafts.push({ code: "certificate-name", severity, path, message, evidence });
  } else if (refusedFor === NAME_CODE) {
    const message = `the server's certificate is not for ${host}: ${unless}`;
    drafts.push({ code: "certificate-name", severity, path, message, evidence, fix: nameFix(config, index, names) });
  } else if (refusedFor !== undefined && UNTRUSTED.has(refusedFor)) {
    const message = `no CA that kube-scheduler is given signed the server's certificate: ${unless}`;
    const fix = { text: "give the CA that did as tlsConfig.caFile" };
    drafts.push({ code: "certificate-untrusted", severity, path, message, evidence: refusedFor, fix });
  }
  if (validToMs < nowMs || validFromMs > nowMs) {
    const message = `the server's certificate ${validToMs < nowMs ? "has expired" : "is not valid yet"}: ${unless}`;
    drafts.push({ code: "certificate-expired", severity, path, message, evidence });
  } else if (validToMs - nowMs < SOON_DAYS * DAY_MS) {
    const days = Math.floor((validToMs - nowMs) / DAY_MS);
    const message = `the server's certificate expires in ${days} days`;
    drafts.push({ code: "certificate-expires", severity: "warning", path, message, evidence });
  }
  if (drafts.length > 0 || refusedFor !== undefined) return drafts;
  return [{ code: "certificate", severity: "ok", path, message: `the server's certificate is for ${host}`, evidence }];
}

function nameFix({ tlsConfig }: ExtenderConfig, index: number, names: readonly string[]): NonNullable<Draft["fix"]> {
  const value = names.find((name) => name.startsWith("DNS:") && !name.includes("*"))?.slice("DNS:".length);
  if (value === undefined) return { text: "call it by one of its names" };
  const change: Change =
    tlsConfig === undefined
      ? { kind: "map", path: fieldOf(index, "tlsConfig"), value: { serverName: value } }
      : { kind: "set", path: fieldOf(index, "tlsConfig.serverName"), value };
  return { text: `set tlsConfig.serverName to ${value}, or call it by that name`, changes: [change] };
}
