/**
 * `tlsConfig` and `enableHTTPS` as far as reading tells. The flag does not change the scheme: all it does is to switch the
 * check of the server's certificate off where no CA is given (k8s 1.36 pkg/scheduler/extender.go, makeTransport).
 */

import { createSecureContext } from "node:tls";
import type { ExtenderConfig } from "../scheduler/extender-config.js";
import { type Draft, fieldOf } from "./finding.js";
import type { Change } from "./patch.js";
import { isLoopback } from "./service.js";

/** Whether kube-scheduler checks the server's certificate. */
export function isVerified({ enableHTTPS = false, tlsConfig = {} }: ExtenderConfig): boolean {
  return tlsConfig.insecure !== true && !(enableHTTPS && !hasAuthority(tlsConfig));
}

type TlsConfig = NonNullable<ExtenderConfig["tlsConfig"]>;

function hasAuthority({ caFile = "", caData = "" }: TlsConfig): boolean {
  return caFile !== "" || caData !== "";
}

export function checkSecurity(config: ExtenderConfig, index: number, url: URL): Draft[] {
  const { tlsConfig = {} } = config;
  const shared = [...insecureWithAuthority(tlsConfig, index), ...clientCertificate(tlsConfig, index)];
  return [...shared, ...(url.protocol === "https:" ? unverified(config, index) : plain(config, index, url))];
}

function insecureWithAuthority(tlsConfig: TlsConfig, index: number): Draft[] {
  if (tlsConfig.insecure !== true || !hasAuthority(tlsConfig)) return [];
  const path = fieldOf(index, "tlsConfig.insecure");
  const message = "a CA together with insecure is refused: kube-scheduler does not start with this file";
  const fix: Draft["fix"] = { text: "take insecure away", changes: [{ kind: "remove", path }] };
  return [{ code: "insecure-with-ca", severity: "broken", path, message, fix }];
}

function clientCertificate(tlsConfig: TlsConfig, index: number): Draft[] {
  const { certFile = "", certData = "", keyFile = "", keyData = "" } = tlsConfig;
  const [hasCertificate, hasKey] = [certFile + certData !== "", keyFile + keyData !== ""];
  const path = fieldOf(index, "tlsConfig");
  if (hasCertificate !== hasKey) {
    const message = `a client certificate needs both parts, and the ${hasKey ? "certificate" : "key"} is missing: kube-scheduler does not start with this file`;
    return [{ code: "client-certificate", severity: "broken", path, message }];
  }
  const problem = certData !== "" && keyData !== "" ? contextProblem(certData, keyData) : undefined;
  if (problem === undefined) return [];
  const message = `the client certificate cannot be used: ${problem}`;
  return [{ code: "client-certificate", severity: "broken", path, message }];
}

function contextProblem(certData: string, keyData: string): string | undefined {
  try {
    createSecureContext({ cert: Buffer.from(certData, "base64"), key: Buffer.from(keyData, "base64") });
    return undefined;
  } catch {
    // OpenSSL's text may quote what it read, which here is a key.
    return "certData and keyData are not a certificate and its key in PEM";
  }
}

function unverified(config: ExtenderConfig, index: number): Draft[] {
  if (isVerified(config)) return [];
  const isAsked = config.tlsConfig?.insecure === true;
  const path = fieldOf(index, isAsked ? "tlsConfig.insecure" : "enableHTTPS");
  const message = `${isAsked ? "insecure is set" : "enableHTTPS without a CA"}: the server's certificate is not checked, so anyone in between can answer`;
  const changes: Change[] = [{ kind: "remove", path }];
  const fix: Draft["fix"] = isAsked
    ? { text: "give tlsConfig.caFile in its place" }
    : { text: "take enableHTTPS away if a public CA signed the certificate, else give tlsConfig.caFile", changes };
  return [{ code: "tls-unverified", severity: "warning", path, message, fix }];
}

function plain({ enableHTTPS = false, tlsConfig, urlPrefix = "" }: ExtenderConfig, index: number, url: URL): Draft[] {
  const path = fieldOf(index, "urlPrefix");
  const value = urlPrefix.replace(/^http:/i, "https:");
  const fix: Draft["fix"] = { text: "write https://", changes: [{ kind: "set", path, value }] };
  if (enableHTTPS || tlsConfig !== undefined) {
    const what = enableHTTPS ? "enableHTTPS" : "tlsConfig";
    const message = `${what} does not change the scheme: calls go over plain HTTP, as urlPrefix says`;
    return [{ code: "https-flag", severity: "warning", path, message, fix }];
  }
  if (isLoopback(url)) return [];
  const message = "calls leave the machine unencrypted, and whoever reaches the address may ask";
  return [{ code: "plain-http", severity: "warning", path, message, fix: { text: "use TLS, or run it on loopback" } }];
}
