/** What makes kube-scheduler refuse the file at its start, by the rules of its own decoding and validation. */

import type { Issue } from "../errors.js";
import type { KubeObject } from "../kube/objects.js";
import { decodeConfig, type SchedulerConfig } from "../scheduler/config.js";
import { API_VERSION, KIND } from "../scheduler/type-meta.js";
import type { Draft } from "./finding.js";
import type { Change } from "./patch.js";

/** Refusals that the checks of extenders find themselves, with more to say. */
const SAID_ELSEWHERE: readonly RegExp[] = [
  /^extenders\[\d+\]\.weight: Invalid value: \S+ must have a positive weight/,
  /^extenders: Invalid value: "found \d+ extenders implementing bind"/,
  /^extenders\[\d+\]\.managedResources\[\d+\]\.name: Invalid value: \S+ duplicate extender managed resource/,
  /^extenders\[\d+\]\.tlsConfig\.insecure: specifying a root certificates file/,
];

export interface Decoded {
  /** What could be made out, whatever is wrong with it. */
  readonly config: SchedulerConfig;
  readonly isRefused: boolean;
  readonly drafts: readonly Draft[];
}

/** @param object as written; `apiVersion` and `kind` are looked at elsewhere */
export function checkRefusals(object: KubeObject): Decoded {
  const { config, issues } = decodeConfig({ ...object, apiVersion: API_VERSION, kind: KIND });
  const errors = issues.filter(({ severity }) => severity === "error");
  const drafts = errors
    .filter(({ path, message }) => !SAID_ELSEWHERE.some((pattern) => pattern.test(`${path}: ${message}`)))
    .map(refusal);
  return { config, isRefused: errors.length > 0, drafts };
}

function refusal(issue: Issue): Draft {
  const fix = cure(issue);
  return {
    code: issue.code === "unknown-field" ? "unknown-field" : "refused",
    severity: "broken",
    path: issue.path,
    message: `kube-scheduler does not start with this: ${issue.message}`,
    ...(fix && { fix }),
  };
}

function cure({ code, path, message }: Issue): Draft["fix"] {
  if (code !== "unknown-field") return undefined;
  const [, meant] = /did you mean "(\w+)"\?$/.exec(message) ?? [];
  const change: Change = meant === undefined ? { kind: "remove", path } : { kind: "rename", path, name: meant };
  return { text: meant === undefined ? "take the field away" : `write ${meant}`, changes: [change] };
}
