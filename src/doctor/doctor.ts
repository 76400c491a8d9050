/**
 * The examination of a KubeSchedulerConfiguration: what reading tells, then what the extenders answer. Read this file
 * first; every check is a function of its own in the files that it names.
 */

import type { SchedulerConfig } from "../scheduler/config.js";
import type { ExtenderConfig } from "../scheduler/extender-config.js";
import { buildProfiles, defaultProfile, type Profile } from "../scheduler/profile.js";
import { feasibleNodesToFind } from "../scheduler/sampling.js";
import { checkAddress, shownUrl, VERBS } from "./address.js";
import { checkApiVersion } from "./api-version.js";
import { madeUpNodes } from "./bodies.js";
import { Caller, readCertificate, tlsOptions } from "./caller.js";
import { callVerbs, formOf, type Probe } from "./calls.js";
import { checkCertificate } from "./certificate.js";
import { checkAbsence, checkDuties, checkKnown, checkList } from "./duties.js";
import { type Draft, fieldOf } from "./finding.js";
import { idleTime } from "./idle.js";
import { judgeLoad, type LoadResult, type LoadSettings, load } from "./load.js";
import { checkRefusals } from "./refusals.js";
import { checkSchedulerPod, checkTlsFiles, seesClusterNames } from "./scheduler-pod.js";
import { checkWeight, inTreeWeight } from "./scores.js";
import { checkSecurity } from "./security.js";
import { checkReady, type ServerFacts, serverFactsOf } from "./server-facts.js";
import { checkService, isLoopback } from "./service.js";
import type { SourceText } from "./source.js";
import { judgeFailure } from "./statuses.js";
import { checkBudget, checkKeepAlive, checkTimeout, timeoutMs } from "./timing.js";
import type { ClusterFacts } from "./world.js";

export interface ExamineOptions {
  /** Whether the extenders are called at all. */
  readonly calls: boolean;
  /** How long an idle connection is watched where the server does not say how long it keeps one; 0 does not. */
  readonly idleMs: number;
  readonly load?: LoadSettings;
  /** For certificates. */
  readonly nowMs: number;
}

/** One extender as it was met. */
export interface ExtenderReport {
  readonly index: number;
  /** Without name and password. */
  readonly url: string;
  readonly verbs: readonly string[];
  /** Whether it answered. */
  readonly called: boolean;
  readonly server: { readonly name: string | null; readonly version: string | null } | null;
}

export interface Examination {
  readonly drafts: readonly Draft[];
  readonly extenders: readonly ExtenderReport[];
  readonly loads: readonly LoadResult[];
}

/** Nodes of a sample where the input has none. */
const MADE_UP_NODES = 3;

export async function examine(source: SourceText, facts: ClusterFacts, options: ExamineOptions): Promise<Examination> {
  const { object } = source;
  const { config, drafts: refusals, isRefused } = checkRefusals(object);
  const drafts: Draft[] = [
    ...checkApiVersion(object, facts.minor),
    ...refusals,
    ...checkList(config.extenders),
    ...(facts.scheduler ? checkSchedulerPod(facts.scheduler, object, source.file) : []),
  ];
  const sum = inTreeWeight(profilesOf(config, isRefused));
  const reports: ExtenderReport[] = [];
  const loads: LoadResult[] = [];
  for (const [index, extender] of config.extenders.entries()) {
    const { drafts: read, url } = readExtender(extender, index, sum, facts);
    drafts.push(...read);
    const met = url !== undefined && options.calls ? await meet(config, index, url, facts, options) : undefined;
    drafts.push(...(met?.drafts ?? []));
    loads.push(...(met?.loads ?? []));
    const { urlPrefix = "" } = extender;
    const server = met?.server && { name: met.server.name ?? null, version: met.server.version ?? null };
    const verbs = VERBS.flatMap((field) => extender[field] || []);
    reports.push({ index, url: shownUrl(urlPrefix), verbs, called: server !== undefined, server: server ?? null });
  }
  return { drafts, extenders: reports, loads };
}

/** A refused file has no profiles to go by; kube-scheduler's own then stand for them. */
function profilesOf(config: SchedulerConfig, isRefused: boolean): readonly Profile[] {
  return isRefused ? [defaultProfile()] : buildProfiles(config);
}

function readExtender(config: ExtenderConfig, index: number, sum: number, facts: ClusterFacts) {
  const { drafts, url, meant } = checkAddress(config, index);
  return {
    url,
    drafts: [
      ...drafts,
      ...checkDuties(config, index, facts),
      ...checkAbsence(config, index, meant === undefined || isLoopback(meant)),
      ...checkWeight(config, index, sum),
      ...checkTimeout(config, index),
      ...(facts.scheduler ? checkTlsFiles(facts.scheduler, config, index) : []),
      ...(url ? checkSecurity(config, index, url) : []),
      ...(meant ? checkService(config, index, meant, facts) : []),
    ],
  };
}

interface Met {
  readonly drafts: readonly Draft[];
  readonly loads: readonly LoadResult[];
  /** undefined where nothing answered. */
  readonly server: ServerFacts | undefined;
}

/** Calls one extender. */
async function meet(
  config: SchedulerConfig,
  index: number,
  url: URL,
  facts: ClusterFacts,
  options: ExamineOptions,
): Promise<Met> {
  const extender = config.extenders[index]!;
  const drafts: Draft[] = url.protocol === "https:" ? await meetCertificate(extender, index, url, options.nowMs) : [];
  if (drafts.some(({ severity }) => severity === "broken")) return { drafts, loads: [], server: undefined };
  const caller = new Caller(extender, url, timeoutMs(extender));
  const idle = new AbortController();
  try {
    const first = await caller.get(`${url.origin}/version`);
    if (first.kind === "failed" && first.code !== "TIMEOUT") {
      const call = {
        config: extender,
        index,
        field: "urlPrefix" as const,
        method: "GET",
        url: `${url.origin}/version`,
      };
      const isTls = url.protocol === "http:" && (await readCertificate(extender, url)) !== undefined;
      const draft = isTls ? plainToTls(extender, index) : fromElsewhere(judgeFailure(call, first), facts);
      return { drafts: [...drafts, draft], loads: [], server: undefined };
    }
    const server = serverFactsOf(first);
    const isWatched = server.keepAliveMs === undefined && options.idleMs > 0;
    const watched = isWatched ? idleTime(extender, url, options.idleMs, idle.signal) : undefined;
    const probe = probeOf(config, index, caller, facts);
    drafts.push(...(await checkReady(caller, url.origin, index)), ...(await callVerbs(probe)));
    drafts.push(
      ...bodyLimit(probe, server),
      ...(server.managedResources ? checkKnown(extender, index, server.managedResources) : []),
    );
    if (server.budgetMs !== undefined) drafts.push(...checkBudget(extender, index, server.budgetMs));
    const loads = options.load === undefined ? [] : await load(probe, options.load);
    drafts.push(...loads.map((result) => judgeLoad(extender, result)), ...keepAlive(index, server, await watched));
    return { drafts, loads, server };
  } finally {
    idle.abort();
    caller.close();
  }
}

/** A name of the cluster may resolve where kube-scheduler runs and not here. */
function fromElsewhere(draft: Draft, { scheduler }: ClusterFacts): Draft {
  if (draft.code !== "dns-failure" || seesClusterNames(scheduler) !== true) return draft;
  const message = `${draft.message}; kube-scheduler's pod asks the cluster's DNS, so run the doctor in a pod`;
  return { ...draft, severity: "warning", message };
}

/** @param closedMs after which an idle connection was seen to close */
function keepAlive(index: number, { keepAliveMs }: ServerFacts, closedMs: number | undefined): Draft[] {
  if (keepAliveMs !== undefined) return checkKeepAlive(index, keepAliveMs, `the server says ${keepAliveMs / 1000} s`);
  if (closedMs === undefined) return [];
  return checkKeepAlive(index, closedMs, `an idle connection was closed after ${(closedMs / 1000).toFixed(1)} s`);
}

function plainToTls({ urlPrefix = "" }: ExtenderConfig, index: number): Draft {
  const path = fieldOf(index, "urlPrefix");
  const value = urlPrefix.replace(/^http:/i, "https:");
  const message = "the server speaks TLS, and urlPrefix says http: no call is made";
  const fix: Draft["fix"] = { text: "write https://", changes: [{ kind: "set", path, value }] };
  return { code: "plain-to-tls", severity: "broken", path, message, evidence: "a TLS handshake there succeeds", fix };
}

async function meetCertificate(config: ExtenderConfig, index: number, url: URL, nowMs: number): Promise<Draft[]> {
  const { unread } = tlsOptions(config);
  const files = unread.map((file): Draft => {
    const message = `${file} cannot be read on this machine, so the calls below went without it`;
    return { code: "file-unread", severity: "warning", path: fieldOf(index, "tlsConfig"), message };
  });
  const facts = await readCertificate(config, url);
  if (facts === undefined) return files;
  return [...files, ...checkCertificate(config, index, config.tlsConfig?.serverName || url.hostname, facts, nowMs)];
}

/** As many nodes as kube-scheduler would send; of several profiles, the one that sends most. */
function probeOf(config: SchedulerConfig, index: number, caller: Caller, facts: ClusterFacts): Probe {
  const { nodes, areNodesReal: areReal } = facts;
  const { percentageOfNodesToScore: ofAll = 0, profiles } = config;
  const counts = profiles.map(({ percentageOfNodesToScore: percentage = ofAll }) =>
    feasibleNodesToFind(nodes.length, percentage),
  );
  const sent = nodes.length > 0 ? nodes.slice(0, Math.max(...counts)) : madeUpNodes(MADE_UP_NODES);
  return { config: config.extenders[index]!, index, caller, nodes: sent, areReal };
}

/** What the server says it takes, against the largest whole-node body; a smaller one was tried in fact. */
function bodyLimit({ config, index, nodes }: Probe, { bodyLimitBytes }: ServerFacts): Draft[] {
  if (bodyLimitBytes === undefined || formOf(config) === "names") return [];
  const bytes = JSON.stringify(nodes).length;
  if (bytes < bodyLimitBytes) return [];
  const message = `${nodes.length} whole nodes are more than the server takes`;
  const evidence = `${bytes} bytes, limit ${bodyLimitBytes}`;
  const path = fieldOf(index, "nodeCacheCapable");
  const fix: Draft["fix"] = { text: "set nodeCacheCapable to true", changes: [{ kind: "set", path, value: true }] };
  return [{ code: "body-limit", severity: "broken", path, message, evidence, fix }];
}
