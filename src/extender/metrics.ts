/** What an extender counts, under kube-scheduler's names where it has such a thing (k8s 1.36 pkg/scheduler/metrics). */

import { Counter, collectDefaultMetrics, exponentialBuckets, Gauge, Histogram, Registry } from "prom-client";
import type { DecisionNote, Extender, Verb } from "./extender.js";
import { packingOf } from "./packing.js";
import type { ClusterSource } from "./source.js";

/** Why a request was turned away before anybody read it. */
export type Refusal = "concurrency" | "bytes" | "body-limit" | "certificate";

/** The extension point in whose place kube-scheduler calls a verb. */
const POINTS: Readonly<Record<Verb, string>> = {
  filter: "Filter",
  prioritize: "Score",
  bind: "Bind",
  preempt: "PostFilter",
};

const STATUSES: Readonly<Record<DecisionNote["result"], string>> = {
  success: "Success",
  unschedulable: "Unschedulable",
  late: "Skip",
  error: "Error",
  invalid: "Error",
};

export class ExtenderMetrics {
  readonly #registry = new Registry();
  readonly #durations = new Histogram({
    registers: [this.#registry],
    name: "stowage_framework_extension_point_duration_seconds",
    help: "Time from the head of a request to its answer, by the extension point that called",
    labelNames: ["extension_point", "status", "profile"],
    buckets: exponentialBuckets(0.0001, 2, 16),
  });
  readonly #attempts = new Counter({
    registers: [this.#registry],
    name: "stowage_schedule_attempts_total",
    help: "Pods that were bound (scheduled), passed no node (unschedulable), or ended in an error",
    labelNames: ["result", "profile"],
  });
  readonly #victims = new Histogram({
    registers: [this.#registry],
    name: "stowage_preemption_victims",
    help: "Pods named in one answer to preempt",
    buckets: exponentialBuckets(1, 2, 7),
  });
  readonly #preemptions = new Counter({
    registers: [this.#registry],
    name: "stowage_preemption_attempts_total",
    help: "Calls of preempt",
  });
  readonly #offered = new Histogram({
    registers: [this.#registry],
    name: "stowage_extender_offered_nodes",
    help: "Nodes in one call of filter or prioritize",
    buckets: exponentialBuckets(1, 4, 9),
  });
  readonly #bytes = new Histogram({
    registers: [this.#registry],
    name: "stowage_extender_request_bytes",
    help: "Bodies of requests, for --body-limit",
    buckets: exponentialBuckets(1_024, 4, 10),
  });
  readonly #refused = new Counter({
    registers: [this.#registry],
    name: "stowage_extender_refused_requests_total",
    help: "Requests that were turned away unread",
    labelNames: ["reason"],
  });
  readonly #overdue = new Counter({
    registers: [this.#registry],
    name: "stowage_extender_overdue_promises_total",
    help: "Times that a bound pod was not seen within --promise-ttl, so that the API server was asked again",
  });

  /** @param ofProcess whether the process itself is told of as well, which goes on for as long as it runs */
  constructor(extender: Extender, source: ClusterSource, inFlight: () => number, ofProcess: boolean) {
    this.#gauge("stowage_extender_requests_in_flight", "Requests that are being read or answered", [], (set) =>
      set({}, inFlight()),
    );
    this.#gauge("stowage_cache_size", "What the extender knows, by type", ["type"], (set) => {
      set({ type: "nodes" }, source.cluster.nodeCount);
      set({ type: "pods" }, source.cluster.podCount);
      set({ type: "assumed_pods" }, extender.promised);
    });
    this.#gauge("stowage_source_objects", "Objects that are followed, by resource", ["resource"], (set) => {
      for (const { resource, objects } of source.stats()) set({ resource }, objects);
    });
    this.#packing(source);
    if (ofProcess) collectDefaultMetrics({ register: this.#registry });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** The exposition, read off now. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  note({ verb, result, profile = "", offered, victims }: DecisionNote, seconds: number, bytes: number): void {
    this.#durations.observe({ extension_point: POINTS[verb], status: STATUSES[result], profile }, seconds);
    this.#bytes.observe(bytes);
    if (verb === "preempt") this.#preemptions.inc();
    if (victims !== undefined && victims > 0) this.#victims.observe(victims);
    if (offered !== undefined && verb !== "preempt") this.#offered.observe(offered);
    const attempt = attemptOf(verb, result);
    if (attempt !== undefined) this.#attempts.inc({ result: attempt, profile });
  }

  refused(reason: Refusal): void {
    this.#refused.inc({ reason });
  }

  overdue(): void {
    this.#overdue.inc();
  }

  #packing({ cluster }: ClusterSource): void {
    const rows = {
      allocatable: "allocatable",
      requested: "requested",
      stranded: "stranded",
      largestFree: "largest_free",
    };
    for (const [field, name] of Object.entries(rows) as [keyof typeof rows, string][]) {
      this.#gauge(`stowage_node_resources_${name}`, PACKING_HELP[field], ["resource"], (set) => {
        for (const row of packingOf(cluster)) set({ resource: row.resource }, row[field]);
      });
    }
  }

  #gauge<Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
    read: (set: (labels: Partial<Record<Label, string>>, value: number) => void) => void,
  ): void {
    new Gauge({
      registers: [this.#registry],
      name,
      help,
      labelNames,
      collect() {
        this.reset();
        read((labels, value) => this.set(labels, value));
      },
    });
  }
}

const PACKING_HELP = {
  allocatable: "Allocatable of all nodes: milli for cpu, base units for the rest",
  requested: "Requested on all nodes, promised room included",
  stranded: "Free, but beyond the share that is free of the node's tightest resource",
  largestFree: "The most that is free on one node",
} as const;

function attemptOf(verb: Verb, result: DecisionNote["result"]): string | undefined {
  if (result === "error" || result === "invalid") return "error";
  if (verb === "bind") return "scheduled";
  return verb === "filter" && result === "unschedulable" ? "unschedulable" : undefined;
}
