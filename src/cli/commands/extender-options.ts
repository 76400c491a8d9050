/** What `stowage extender` understands, as data for the argument parser. */

import type { Options } from "yargs";
import { DEFAULT_COMPAT, POD_RULES } from "../../kube/compat.js";
import type { ClusterFlags } from "../cluster-flags.js";

export const EXTENDER_DESCRIPTION = "Serve kube-scheduler's extender protocol: filter, prioritize, bind, preempt";

/** The options as the parser gives them. */
export interface ExtenderArguments extends ClusterFlags {
  readonly config?: string | undefined;
  readonly plugin?: readonly string[] | undefined;
  readonly managedResource?: readonly string[] | undefined;
  readonly capacityFrom?: readonly string[] | undefined;
  readonly scoreMap: string;
  readonly promiseTtl: string;
  readonly budget: string;
  readonly onBudget: string;
  readonly listen: string;
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly tlsClientCa?: string | undefined;
  readonly insecurePublic?: boolean | undefined;
  readonly bodyLimit: string;
  readonly concurrency: string;
  readonly drainDelay: string;
  readonly logLevel: string;
}

export const EXTENDER_OPTIONS = {
  filename: {
    alias: "f",
    type: "string",
    array: true,
    group: "Cluster:",
    describe:
      "Manifests instead of an API server: files, directories, - for standard input; such an extender does not bind",
  },
  kubeconfig: {
    type: "string",
    group: "Cluster:",
    describe: "A kubeconfig file of the API server to follow, and to bind in",
  },
  context: {
    type: "string",
    group: "Cluster:",
    describe: "Which context of the kubeconfig; its current one if not given",
  },
  "in-cluster": {
    type: "boolean",
    group: "Cluster:",
    describe: "Follow the cluster that this runs in, as its service account",
  },
  config: {
    type: "string",
    group: "Deciding:",
    describe:
      "A KubeSchedulerConfiguration whose profiles' plugins run here; if not given, pack tightly and filter nothing twice",
  },
  plugin: {
    type: "string",
    array: true,
    group: "Deciding:",
    describe: "A module whose default export is a plugin or a list of them",
  },
  "managed-resource": {
    type: "string",
    array: true,
    group: "Deciding:",
    describe:
      "An extended resource that is always filtered, and promised at bind; if not given, those of the only extender of --config",
  },
  "capacity-from": {
    type: "string",
    array: true,
    group: "Deciding:",
    describe:
      "Take capacity from an annotation of the node instead of its allocatable: ANNOTATION or RESOURCE=ANNOTATION",
  },
  "score-map": {
    choices: ["rank", "linear", "raw"],
    default: "rank",
    group: "Deciding:",
    describe:
      "How totals become scores of 0 to 10: by order, by distance within the offer, or by the share of what is possible",
  },
  compat: {
    choices: Object.keys(POD_RULES),
    default: DEFAULT_COMPAT,
    group: "Deciding:",
    describe: "The version of kube-scheduler to decide as",
  },
  "promise-ttl": {
    type: "string",
    default: "60s",
    group: "Deciding:",
    describe:
      "How long the watch has to show a bound pod before the API server is asked about it again; its room stays taken",
  },
  budget: {
    type: "string",
    default: "2s",
    group: "Deciding:",
    describe: "How long a call may have waited when its turn comes",
  },
  "on-budget": {
    choices: ["pass", "fail"],
    default: "fail",
    group: "Deciding:",
    describe: "What becomes of a call beyond its budget: every node passes, or an error",
  },
  listen: {
    type: "string",
    default: "127.0.0.1:10266",
    group: "Serving:",
    describe: "Address and port; a public address needs TLS",
  },
  "tls-cert": {
    type: "string",
    implies: "tls-key",
    group: "Serving:",
    describe: "Certificate, read again when it changes",
  },
  "tls-key": { type: "string", implies: "tls-cert", group: "Serving:", describe: "Its key" },
  "tls-client-ca": {
    type: "string",
    implies: "tls-cert",
    group: "Serving:",
    describe: "Only clients with a certificate of this authority may call; /livez and /readyz stay open",
  },
  "insecure-public": {
    type: "boolean",
    group: "Serving:",
    describe: "Listen on a public address without TLS all the same",
  },
  "body-limit": {
    type: "string",
    default: "128Mi",
    group: "Serving:",
    describe: "Largest body in bytes; a cluster of 5,000 whole nodes with their image lists has 76 MB",
  },
  concurrency: {
    type: "string",
    default: "256",
    group: "Serving:",
    describe: "Most requests that are read or answered at the same time; more get 503",
  },
  "drain-delay": {
    type: "string",
    default: "5s",
    group: "Serving:",
    describe: "How long it goes on serving, but not ready, after SIGTERM",
  },
  "log-level": {
    choices: ["debug", "info", "warn", "error", "silent"],
    default: "info",
    group: "Serving:",
    describe: "JSON lines on standard error; info has one a decision",
  },
  color: { type: "boolean", default: true, hidden: true },
} as const satisfies Readonly<Record<string, Options>>;

/** What stands below the options in the help. */
export const EXTENDER_EPILOGUE = `Examples:
  # Try it on manifests
  stowage extender -f nodes.yaml

  # Beside a kube-scheduler, on a control plane node
  stowage extender --kubeconfig /etc/kubernetes/scheduler.conf

  # kube-scheduler's configuration for it
  extenders:
  - urlPrefix: http://127.0.0.1:10266
    filterVerb: filter
    prioritizeVerb: prioritize
    weight: 16
    nodeCacheCapable: true

Exit codes:
  0  ended by SIGTERM or SIGINT, with every request answered
  1  a bug in stowage
  2  wrong usage or bad input`;
