// A planted fault, the texts that faults are planted into, and one examination of a fault with the cure that it offers.
import { expect } from "vitest";
import { applyDiff } from "./diff.js";
import { codesOf, diagnose, rightConfig } from "./examination.js";
import { Server, type ServerOptions } from "./server.js";

/** A fault and what must be found. Lines of the right configuration are replaced, taken away (undefined) or added. */
export interface Fault {
  readonly name: string;
  readonly lines?: Readonly<Record<string, string | undefined>>;
  readonly added?: string;
  readonly server?: ServerOptions;
  readonly manifests?: readonly string[];
  readonly broken?: readonly string[];
  readonly warnings?: readonly string[];
  /** Whether the patches cure it: afterwards reading finds none of these codes. */
  readonly isCured?: boolean;
}

export const GPU = "    managedResources:\n      - name: example.com/gpu\n        ignoredByScheduler: true\n";

export function configOf(url: string, { lines = {}, added = "" }: Fault): string {
  const text = rightConfig(url)
    .split("\n")
    .flatMap((line) => {
      const key = Object.keys(lines).find((each) => line.trim().replace(/^- /, "").startsWith(`${each}:`));
      if (key === undefined) return [line];
      const given = lines[key];
      return given === undefined ? [] : [line.replace(/:.*/, `: ${given.replace("URL", url)}`)];
    })
    .join("\n");
  return text + added.replaceAll("URL", url);
}

export const STATIC_POD = `apiVersion: v1
kind: Pod
metadata: {name: kube-scheduler, namespace: kube-system}
spec:
  hostNetwork: true
  containers:
  - name: kube-scheduler
    image: registry.k8s.io/kube-scheduler:v1.36.3
    command:
    - kube-scheduler
    - --config=/etc/kubernetes/scheduler.yaml
    volumeMounts:
    - name: config
      mountPath: /etc/kubernetes/scheduler.yaml
  volumes:
  - name: config
    hostPath: {path: /etc/kubernetes/scheduler.yaml, type: File}
`;
export const NODE =
  "apiVersion: v1\nkind: Node\nmetadata: {name: n1}\nstatus: {allocatable: {cpu: '4', memory: 8Gi, pods: '110'}}\n";
export const SERVICE = `apiVersion: v1
kind: Service
metadata: {name: stowage, namespace: kube-system}
spec: {clusterIP: 10.96.0.7, selector: {app: stowage}, ports: [{port: 8080}]}
`;
export const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: {name: stowage, namespace: kube-system}
spec:
  replicas: 2
  selector: {matchLabels: {app: stowage}}
  template: {metadata: {labels: {app: stowage}}, spec: {containers: [{name: a, image: b}]}}
`;

/** Runs one fault. @returns the texts after the patches, where there are any */
export async function check(fault: Fault): Promise<void> {
  await using server = await new Server(fault.server ?? {}).start();
  const config = configOf(server.url, fault);
  const report = await diagnose(config, fault.manifests);
  const { broken = [], warnings = [] } = fault;
  expect({ broken: codesOf(report, "broken").sort(), warnings: codesOf(report, "warning").sort() }).toEqual({
    broken: [...broken].sort(),
    warnings: [...warnings].sort(),
  });
  expect(report.verdict).toBe(broken.length > 0 ? "broken" : "warning");
  for (const { evidence, message } of report.findings) expect(`${evidence} ${message}`).not.toContain("undefined");
  if (fault.isCured !== true) return;
  const patched = (name: string, text: string): string =>
    report.patches.filter(({ file }) => file === name).reduce((before, { diff }) => applyDiff(before, diff), text);
  const manifests = (fault.manifests ?? []).map((text, at) => patched(`manifest-${at}.yaml`, text));
  const again = await diagnose(patched("scheduler.yaml", config), manifests, {
    calls: /^(?!.*dns)/.test(broken.join()),
  });
  const left = [...codesOf(again, "broken"), ...codesOf(again, "warning")];
  expect(left.filter((code) => [...broken, ...warnings].includes(code) && code !== "body-limit")).toEqual(
    expect.not.arrayContaining(curable(fault)),
  );
}

/** What a patch cures: all but what hangs on the place where the doctor runs, or on a choice. */
function curable({ broken = [], warnings = [] }: Fault): string[] {
  const others = ["dns-failure", "blocks-every-pod", "plain-http"];
  return [...broken, ...warnings].filter((code) => !others.includes(code));
}
