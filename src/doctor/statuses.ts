/** Calls that got no usable answer: the network, redirects, and every status but 200. */

import type { ExtenderConfig } from "../scheduler/extender-config.js";
import { shownUrl, type VerbField } from "./address.js";
import type { Answered, Failed } from "./caller.js";
import type { Code } from "./codes.js";
import { type Draft, fieldOf } from "./finding.js";
import type { Change } from "./patch.js";
import { timeoutMs } from "./timing.js";

const SHOWN_CHARS = 160;
const DNS_CODES: ReadonlySet<string> = new Set(["ENOTFOUND", "EAI_AGAIN", "EAI_NODATA", "EAI_FAIL"]);
const CUT_CODES: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE"]);

/** One call as the findings name it. */
export interface Call {
  readonly config: ExtenderConfig;
  readonly index: number;
  readonly field: VerbField | "urlPrefix";
  /** POST unless given. */
  readonly method?: string;
  /** As called. */
  readonly url: string;
}

export function judgeFailure(
  { config, index, url, field, method = "POST" }: Call,
  { code, message, ms }: Failed,
): Draft {
  const evidence = `${method} ${shownUrl(url)}: ${code}${code === "TIMEOUT" ? "" : `, ${message}`}`;
  const at = { severity: "broken" as const, path: fieldOf(index, "urlPrefix"), evidence };
  if (DNS_CODES.has(code)) {
    return { ...at, code: "dns-failure", message: "the name in urlPrefix does not resolve on this machine" };
  }
  if (code === "TIMEOUT") {
    const limit = `${timeoutMs(config) / 1000} s`;
    return {
      ...at,
      path: fieldOf(index, field),
      code: "no-answer",
      message: `no answer within httpTimeout (${limit})`,
    };
  }
  if (CUT_CODES.has(code)) {
    const hint = config.urlPrefix?.startsWith("https:")
      ? "it may want a client certificate, or speak no TLS"
      : "it may speak TLS, or close connections early";
    return { ...at, code: "cut", message: `the server closes the connection without an answer; ${hint}` };
  }
  if (/wrong version number|packet length too long|unknown protocol/.test(message)) {
    const value = config.urlPrefix?.replace(/^https:/i, "http:") ?? "";
    const changes: Change[] = [{ kind: "set", path: at.path, value }];
    const fix = { text: "write http://", changes };
    return { ...at, code: "tls-to-plain", message: "the server speaks no TLS, and urlPrefix says https", fix };
  }
  if (/CERT|SSL|TLS|SIGNATURE/.test(code)) {
    return { ...at, code: "tls-failure", message: "the TLS handshake fails: no call is made" };
  }
  if (code.startsWith("HPE_")) {
    return { ...at, code: "protocol", message: "the server does not answer in HTTP" };
  }
  return {
    ...at,
    code: "unreachable",
    message: `nothing answers at urlPrefix from this machine (after ${Math.round(ms)} ms)`,
  };
}

/** undefined where the status is 200 and the way there was straight. */
export function judgeStatus({ config, index, field, url }: Call, answer: Answered): Draft | undefined {
  const path = fieldOf(index, field);
  const evidence = `POST ${shownUrl(url)}: ${answer.status} ${answer.text.trim().slice(0, SHOWN_CHARS)}`.trim();
  const broken = (code: Code, message: string, fix?: Draft["fix"]): Draft => {
    return { code, severity: "broken", path, message, evidence, ...(fix && { fix }) };
  };
  const [redirect] = answer.redirects;
  if (redirect !== undefined) return judgeRedirect(path, redirect, answer.status, url);
  switch (answer.status) {
    case 200:
      return undefined;
    case 404:
      return broken("verb-not-found", `the server has nothing at ${new URL(url).pathname}`, {
        text: `compare urlPrefix and ${field} with the server's routes`,
      });
    case 405:
      return broken("verb-not-found", `the server takes no POST at ${new URL(url).pathname}`);
    case 413:
      return broken("body-limit", "the body is larger than the server takes", {
        text: `raise the server's limit (stowage extender --body-limit)${config.nodeCacheCapable === true ? "" : ", or set nodeCacheCapable to true"}`,
      });
    case 401:
    case 403:
      return broken(
        "not-allowed",
        "the server wants credentials, and kube-scheduler can give none but a client certificate",
      );
    default:
      return broken("status", `the server answers ${answer.status}, and kube-scheduler takes nothing but 200`);
  }
}

function judgeRedirect(
  path: string,
  { status, location }: Answered["redirects"][number],
  last: number,
  url: string,
): Draft {
  const evidence = `POST ${shownUrl(url)}: ${status} to ${shownUrl(location)}`;
  const fix = { text: `write ${shownUrl(location).replace(/\/[^/]*$/, "")} as urlPrefix` };
  if (status < 307) {
    const message = "the server redirects, and Go's client then asks with GET and without the body";
    return { code: "redirect", severity: "broken", path, message, evidence, fix };
  }
  const isElsewhere = new URL(location).origin !== new URL(url).origin;
  if (isElsewhere) {
    const message = "the server redirects to another address, which was not called";
    return { code: "redirect", severity: "warning", path, message, evidence, fix };
  }
  const severity = last === 200 ? "warning" : "broken";
  return { code: "redirect", severity, path, message: "the server redirects: each call takes two", evidence, fix };
}
