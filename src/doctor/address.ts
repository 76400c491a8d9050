/** `urlPrefix` and the verbs behind it, as far as reading tells: whether kube-scheduler can make a request of it at all. */

import type { ExtenderConfig } from "../scheduler/extender-config.js";
import type { Code } from "./codes.js";
import { type Draft, fieldOf } from "./finding.js";

export const VERBS = ["filterVerb", "prioritizeVerb", "bindVerb", "preemptVerb"] as const;

export type VerbField = (typeof VERBS)[number];

/** The URL that kube-scheduler posts a verb to; slashes at the end of the prefix are dropped. */
export function verbUrl({ urlPrefix = "" }: ExtenderConfig, verb: string): string {
  return `${urlPrefix.replace(/\/+$/, "")}/${verb}`;
}

/** The address without name and password, as it may be printed. */
export function shownUrl(text: string): string {
  return text.replace(/:\/\/[^/\s]*@/, "://");
}

export interface Address {
  readonly drafts: readonly Draft[];
  /** What is called; undefined where no call can be made. */
  readonly url: URL | undefined;
  /** What was meant, where that can be guessed. */
  readonly meant: URL | undefined;
}

export function checkAddress(config: ExtenderConfig, index: number): Address {
  const path = fieldOf(index, "urlPrefix");
  const { urlPrefix = "" } = config;
  const broken = (code: Code, message: string, fix?: Draft["fix"], meant?: URL): Address => ({
    drafts: [{ code, severity: "broken", path, message, ...(fix && { fix }) }],
    url: undefined,
    meant,
  });
  if (urlPrefix === "") return broken("url-missing", "there is no urlPrefix, so no call can be made");
  const shown = shownUrl(urlPrefix);
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(urlPrefix)) {
    const value = `${config.enableHTTPS === true ? "https" : "http"}://${urlPrefix}`;
    const fix: Draft["fix"] = { text: `write ${shownUrl(value)}`, changes: [{ kind: "set", path, value }] };
    const meant = URL.canParse(value) ? new URL(value) : undefined;
    return broken(
      "url-scheme",
      `${shown} has no scheme, and enableHTTPS does not add one: no call can be made`,
      fix,
      meant,
    );
  }
  const url = URL.canParse(urlPrefix) ? new URL(urlPrefix) : undefined;
  if (url === undefined) return broken("url-invalid", `${shown} is not a URL`);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    return broken("url-scheme", `the scheme of ${shown} is neither http nor https`);
  }
  if (url.search !== "" || url.hash !== "") {
    return broken("url-query", `the verb is written after ${url.search || url.hash}, so the path of a call is wrong`);
  }
  return { drafts: [...portDrafts(url, urlPrefix, path), ...pathDrafts(config, url, index)], url, meant: url };
}

function portDrafts(url: URL, urlPrefix: string, path: string): Draft[] {
  const drafts: Draft[] = [];
  const [, written = ""] = /^[a-z]+:\/\/(?:[^/@]*@)?(?:\[[^\]]*\]|[^/:]*):?(\d*)/i.exec(urlPrefix) ?? [];
  if (written === "") {
    const port = url.protocol === "https:" ? 443 : 80;
    const message = `no port is given, so calls go to ${port}, where an extender that is not root cannot listen`;
    drafts.push({ code: "url-port", severity: "warning", path, message, fix: { text: "write the port" } });
  }
  if (url.hostname === "0.0.0.0" || url.hostname === "[::]") {
    const message = `${url.hostname} is where a server listens, not where it is called`;
    drafts.push({ code: "url-host", severity: "warning", path, message, fix: { text: "write 127.0.0.1" } });
  }
  return drafts;
}

function pathDrafts(config: ExtenderConfig, url: URL, index: number): Draft[] {
  return VERBS.flatMap((field): Draft[] => {
    const verb = config[field] ?? "";
    const path = fieldOf(index, field);
    if (verb.startsWith("/")) {
      const message = `calls go to ${shownUrl(verbUrl(config, verb))}, with two slashes`;
      const value = verb.replace(/^\/+/, "");
      const fix: Draft["fix"] = { text: `write ${value}`, changes: [{ kind: "set", path, value }] };
      return [{ code: "verb-slash", severity: "warning", path, message, fix }];
    }
    if (verb === "" || !url.pathname.replace(/\/+$/, "").endsWith(`/${verb}`)) return [];
    const prefix = fieldOf(index, "urlPrefix");
    const message = `urlPrefix ends with the verb already: calls go to ${shownUrl(verbUrl(config, verb))}`;
    const value = (config.urlPrefix ?? "").replace(/\/+$/, "").slice(0, -verb.length - 1);
    const fix: Draft["fix"] = { text: `end it before /${verb}`, changes: [{ kind: "set", path: prefix, value }] };
    return [{ code: "url-has-verb", severity: "warning", path: prefix, message, fix }];
  });
}
