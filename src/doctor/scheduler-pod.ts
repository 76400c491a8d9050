/**
 * The pod that runs kube-scheduler, where the input has it: whether it reads the configuration at all, sees the files that
 * are named there, and can resolve the address. Flags from k8s 1.36 cmd/kube-scheduler/app/options.
 */

import { basename } from "node:path";
import type { KubeObject } from "../kube/objects.js";
import type { ExtenderConfig } from "../scheduler/extender-config.js";
import type { Code } from "./codes.js";
import { type Draft, fieldOf } from "./finding.js";
import type { Change } from "./patch.js";
import type { SchedulerContainer, SchedulerPod } from "./world.js";

/** Where kubeadm keeps what its control plane reads. */
const KUBERNETES_DIRECTORY = "/etc/kubernetes";
const VOLUME = "scheduler-config";

/** @param file the configuration's name here */
export function checkSchedulerPod(pod: SchedulerPod, config: KubeObject, file: string): Draft[] {
  const container = pod.spec.containers[pod.container]!;
  return [
    ...configFlag(pod, container, file),
    ...ignoredKubeconfig(pod, container, config),
    ...policyFlag(pod, container),
  ];
}

/** The value of a flag, in either of the forms `--name=value` and `--name value`. */
function flagOf({ command, args }: SchedulerContainer, name: string): string | undefined {
  const words = [...command, ...args];
  const joined = words.find((word) => word.startsWith(`--${name}=`));
  if (joined !== undefined) return joined.slice(name.length + 3);
  const at = words.indexOf(`--${name}`);
  return at < 0 ? undefined : (words[at + 1] ?? "");
}

function configFlag(pod: SchedulerPod, container: SchedulerContainer, file: string): Draft[] {
  const given = flagOf(container, "config");
  const path = `${pod.path}.containers[${pod.container}]`;
  const at = given ?? `${KUBERNETES_DIRECTORY}/${/^<|^-$/.test(file) ? "scheduler.yaml" : basename(file)}`;
  const isSeen = isMounted(container, at);
  const mounts = isSeen ? [] : mountChanges(pod, at);
  if (given === undefined) {
    const list = container.args.length > 0 ? "args" : "command";
    const changes: Change[] = [{ kind: "item", path: `${path}.${list}`, value: `--config=${at}` }, ...mounts];
    const text = `put the file at ${at} on the scheduler's node, pass --config=${at} and mount it`;
    const message = "kube-scheduler runs without --config, so it never reads this file and never calls an extender";
    return [podDraft("config-not-used", `${path}.${list}`, message, { text, changes })];
  }
  if (isSeen) return [];
  const message = `no volume is mounted at ${at}, so kube-scheduler does not find its configuration and does not start`;
  return [podDraft("file-not-mounted", `${path}.volumeMounts`, message, { text: `mount ${at}`, changes: mounts })];
}

function mountChanges(pod: SchedulerPod, path: string): Change[] {
  const mount = { name: VOLUME, mountPath: path, readOnly: true };
  const volume = { name: VOLUME, hostPath: { path, type: "File" } };
  return [
    { kind: "item", path: `${pod.path}.containers[${pod.container}].volumeMounts`, value: mount },
    { kind: "item", path: `${pod.path}.volumes`, value: volume },
  ];
}

/** Of the flags that kube-scheduler has, those of old are ignored as soon as there is a configuration. */
function ignoredKubeconfig(pod: SchedulerPod, container: SchedulerContainer, config: KubeObject): Draft[] {
  const given = flagOf(container, "kubeconfig");
  const { clientConnection } = config as { readonly clientConnection?: { readonly kubeconfig?: string } | null };
  if (given === undefined || clientConnection?.kubeconfig) return [];
  const path = "clientConnection.kubeconfig";
  const change: Change = clientConnection
    ? { kind: "set", path, value: given }
    : { kind: "map", path: "clientConnection", value: { kubeconfig: given } };
  return [
    {
      code: "kubeconfig-ignored",
      severity: "broken",
      path,
      message:
        "with --config kube-scheduler ignores --kubeconfig: it looks for the cluster it runs in, which a static pod does not have, and does not start",
      evidence: `${pod.source.file} passes --kubeconfig=${given}`,
      fix: { text: `set ${path} to ${given}`, changes: [change] },
    },
  ];
}

function policyFlag(pod: SchedulerPod, container: SchedulerContainer): Draft[] {
  if (flagOf(container, "policy-config-file") === undefined) return [];
  const message = "--policy-config-file was removed in Kubernetes 1.23: kube-scheduler does not start with it";
  const path = `${pod.path}.containers[${pod.container}]`;
  return [podDraft("policy-flag", path, message, { text: "pass --config instead" })];
}

/** Files that an extender's tlsConfig names and the pod does not see. */
export function checkTlsFiles(pod: SchedulerPod, { tlsConfig = {} }: ExtenderConfig, index: number): Draft[] {
  const container = pod.spec.containers[pod.container]!;
  return (["caFile", "certFile", "keyFile"] as const).flatMap((field): Draft[] => {
    const file = tlsConfig[field] ?? "";
    if (file === "" || isMounted(container, file)) return [];
    const path = fieldOf(index, `tlsConfig.${field}`);
    const message = `no volume is mounted at ${file} in kube-scheduler's pod, so it does not start`;
    const text = `mount ${file} into ${pod.source.file}, or give ${field.replace("File", "Data")}`;
    return [{ code: "file-not-mounted", severity: "broken", path, message, fix: { text } }];
  });
}

function isMounted({ mountPaths }: SchedulerContainer, file: string): boolean {
  return mountPaths.some((path) => path !== "" && (file === path || file.startsWith(`${path.replace(/\/$/, "")}/`)));
}

function podDraft(code: Code, path: string, message: string, fix: Draft["fix"]): Draft {
  return { code, severity: "broken", subject: "pod", path, message, ...(fix && { fix }) };
}

/** Whether names of Services resolve there; undefined where the input does not have the pod. */
export function seesClusterNames(pod: SchedulerPod | undefined): boolean | undefined {
  if (pod === undefined) return undefined;
  const { hostNetwork, dnsPolicy } = pod.spec;
  return dnsPolicy === "ClusterFirstWithHostNet" || (dnsPolicy === "ClusterFirst" && !hostNetwork);
}
