/** What `stowage doctor` understands, as data for the argument parser. */

import type { Options } from "yargs";

export const DOCTOR_DESCRIPTION = "Say what is wrong with a scheduler's extenders, and how to mend it";

/** The options as the parser gives them. */
export interface DoctorArguments {
  readonly config: string;
  readonly filename?: readonly string[] | undefined;
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly nodes?: readonly string[] | undefined;
  readonly call: boolean;
  readonly idle: string;
  readonly load?: boolean | undefined;
  readonly loadCalls: string;
  readonly loadParallel: string;
  readonly loadSeconds: string;
  readonly output: string;
  readonly quiet?: boolean | undefined;
}

export const DOCTOR_OPTIONS = {
  config: {
    type: "string",
    demandOption: "Say which configuration, as in: stowage doctor --config scheduler.yaml",
    group: "Input:",
    describe: "The KubeSchedulerConfiguration file; only addresses that stand in it are called",
  },
  filename: {
    alias: "f",
    type: "string",
    array: true,
    group: "Input:",
    describe:
      "Manifests of the cluster: nodes, Services, Deployments, kube-scheduler's static pod; - for standard input",
  },
  kubeconfig: {
    type: "string",
    group: "Input:",
    describe: "A kubeconfig file: reads nodes, Services, workloads and kube-scheduler's pod from its API server",
  },
  context: {
    type: "string",
    group: "Input:",
    describe: "Which context of the kubeconfig; its current one if not given",
  },
  nodes: {
    type: "string",
    array: true,
    group: "Input:",
    describe: "Size of the cluster where the manifests have no nodes, as in 1000x8cpu,32Gi",
  },
  call: {
    type: "boolean",
    default: true,
    group: "Calls:",
    describe: "Call the extenders; --no-call only reads",
  },
  idle: {
    type: "string",
    default: "6",
    group: "Calls:",
    describe: "Seconds that an idle connection is watched where the server does not say how long it keeps one",
  },
  load: { type: "boolean", group: "Calls:", describe: "Load filter and prioritize at the cluster's size" },
  "load-calls": { type: "string", default: "500", group: "Calls:", describe: "Calls of each verb at most" },
  "load-parallel": { type: "string", default: "4", group: "Calls:", describe: "Calls under way at a time" },
  "load-seconds": { type: "string", default: "20", group: "Calls:", describe: "Longest time for each verb" },
  output: {
    alias: "o",
    choices: ["table", "json", "yaml", "patch"],
    default: "table",
    group: "Output:",
    describe: "Format; patch has all fixes as one diff for patch -p0",
  },
  color: {
    type: "boolean",
    default: true,
    group: "Output:",
    describe: "Colours on a terminal; also NO_COLOR, FORCE_COLOR",
  },
  quiet: {
    alias: "q",
    type: "boolean",
    group: "Output:",
    describe: "Only what is broken: no warnings, nothing that is right",
  },
} as const satisfies Readonly<Record<string, Options>>;

/** What stands below the options in the help. */
export const DOCTOR_EPILOGUE = `Examples:
  # Is anything wrong with these extenders?
  stowage doctor --config scheduler.yaml

  # The same on a control-plane node, with the static pod that runs kube-scheduler
  stowage doctor --config /etc/kubernetes/scheduler.yaml -f /etc/kubernetes/manifests/kube-scheduler.yaml

  # At the size of the cluster, and under load
  kubectl get nodes,svc,deploy -A -o json | stowage doctor --config scheduler.yaml -f - --load

  # Mend what can be mended
  stowage doctor --config scheduler.yaml -o patch | patch -p0

bind and preempt are called for a pod that does not exist.

Exit codes:
  0  everything works, perhaps with warnings
  1  a bug in stowage
  2  wrong usage or a file that cannot be read
  4  something does not work`;
