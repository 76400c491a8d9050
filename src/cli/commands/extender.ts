/** `stowage extender`: kube-scheduler's extender protocol over HTTP. */

import type { Logger } from "pino";
import { formatIssue, IssuesError } from "../../errors.js";
import { Extender } from "../../extender/extender.js";
import { capacityFrom } from "../../extender/managed.js";
import type { ExtenderServer } from "../../extender/server.js";
import { loadPackage } from "../../packages.js";
import { type Followed, follow } from "../cluster-flags.js";
import type { Terminal } from "../terminal.js";
import type { ExtenderArguments } from "./extender-options.js";
import { type ExtenderSettings, readExtenderSettings } from "./extender-settings.js";

const WHAT = "stowage extender";
const STDERR = 2;
/** A line a decision, each written by itself, costs more than the decision: what has gathered is written at once. */
const LOG_BYTES = 4_096;
const LOG_FLUSH_MS = 100;

interface Surroundings {
  /** Of this package. */
  readonly version: string;
  readonly ending: AbortSignal;
  /** Takes what is run when the process ends. */
  readonly atExit: (last: () => void) => void;
}

/**
 * Serves until `ending` fires, and then ends without losing a request.
 *
 * @throws IssuesError for flags and input that make no sense; StowageError ERR_PACKAGE for packages that are missing,
 * ERR_KUBECONFIG
 */
export async function runExtender(
  args: ExtenderArguments,
  terminal: Terminal,
  { version, ending, atExit }: Surroundings,
): Promise<"allGood" | "badInput"> {
  const settings = await readExtenderSettings(args);
  const { logger, unheard } = await makeLoggers(args.logLevel, atExit);
  for (const warning of settings.warnings) logger.warn(formatIssue(warning));
  const followed = await follow(args, followOptions(settings, logger), terminal);
  if (followed === undefined) return "badInput";
  try {
    const server = await serve(settings, followed, logger, { version, ending, unheard });
    followed.source.whenSynced(ending).then(
      () => logger.info({ objects: followed.source.stats() }, "the cluster is known: ready"),
      () => undefined,
    );
    await until(ending);
    logger.info({ drainDelayMs: settings.drainDelayMs }, "shutting down");
    await server.drain(settings.drainDelayMs);
    logger.info("every request is answered");
    return "allGood";
  } finally {
    await followed.close();
  }
}

function followOptions({ profiles, capacityFrom: annotations }: ExtenderSettings, logger: Logger) {
  return {
    profiles,
    mapNode: capacityFrom(annotations, (node, annotation, value) => {
      logger.warn(
        { node, annotation, value: value.slice(0, 100) },
        "is no whole number: the node has none of the resource",
      );
    }),
    log: ({ level, message, ...about }: { level: "info" | "warn" | "error"; message: string }) =>
      logger[level](about, message),
  };
}

async function serve(
  { deciding, serving }: ExtenderSettings,
  { source, binder }: Followed,
  logger: Logger,
  { version, ending, unheard }: { readonly version: string; readonly ending: AbortSignal; readonly unheard: Logger },
): Promise<ExtenderServer> {
  const { ExtenderServer } = await loadPackage(WHAT, "fastify", () =>
    loadPackage(WHAT, "prom-client", () => import("../../extender/server.js")),
  );
  const { warmUp } = await import("../warm-up.js");
  const extender = new Extender({
    ...deciding,
    source,
    ...(binder && { binder }),
    onOverdue: ({ key, binding: { node }, isBound }) => {
      server.metrics.overdue();
      logger.warn({ pod: key, node, isBound }, "was not seen in time: the API server is asked about it");
    },
  });
  const { suggestedWeight } = extender;
  const about = { name: "stowage", version, suggestedWeight, ...limitsOf(deciding, serving) };
  const warm = (): Promise<void> =>
    warmUp(unheard, ending).catch((error: Error) => {
      if (!ending.aborted) logger.warn({ error: error.message }, "is not warmed up: the first calls take longer");
    });
  const own = { extender, source, logger, about, warmUp: warm };
  const server = await ExtenderServer.start({ ...serving, ...own }).catch(unusable);
  const why = "in extenders[] the scores count as much as all of the scheduler's own together";
  logger.info({ url: server.url, ...about }, `listening; with weight ${suggestedWeight} ${why}`);
  return server;
}

/** What `stowage doctor` compares with a configuration. */
function limitsOf(
  { budgetMs, onBudget, scoreMap, managedResources }: ExtenderSettings["deciding"],
  { bodyLimitBytes, concurrency }: ExtenderSettings["serving"],
): Readonly<Record<string, unknown>> {
  return { budgetMs, onBudget, scoreMap, managedResources, bodyLimitBytes, concurrency, keepAliveMs: 120_000 };
}

/** The process's own, and one of the same kind whose lines nobody reads. */
async function makeLoggers(
  level: string,
  atExit: Surroundings["atExit"],
): Promise<{ readonly logger: Logger; readonly unheard: Logger }> {
  const { pino } = await loadPackage(WHAT, "pino", () => import("pino"));
  const { isoTime: timestamp } = pino.stdTimeFunctions;
  const formatters = { level: (label: string) => ({ level: label }) };
  const lines = pino.destination({ fd: STDERR, sync: true, minLength: LOG_BYTES, periodicFlush: LOG_FLUSH_MS });
  // After the drain, and as well after a second signal or an error that nobody caught.
  atExit(() => lines.flushSync());
  const options = { level, base: null, timestamp, formatters };
  return { logger: pino(options, lines), unheard: pino(options, { write: () => undefined }) };
}

function until(ending: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (ending.aborted) resolve();
    else ending.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** A port that is taken and a certificate that cannot be read are the user's to mend. */
function unusable(error: unknown): never {
  if (!(error instanceof Error)) throw error;
  throw new IssuesError("ERR_INPUT", [{ code: "cannot-serve", severity: "error", path: "", message: error.message }]);
}
