/** `--nodes 3x4cpu,16Gi,zone=b`: nodes that are not in the input, written in one line. */

import { type Issue, StowageError } from "../errors.js";
import { labelKeyErrors, labelValueErrors } from "../kube/names.js";
import type { Node } from "../kube/objects.js";
import { isSchedulerResource } from "../kube/pod-request.js";
import { amountOf } from "../kube/quantity.js";

export interface MadeNodes {
  readonly nodes: readonly Node[];
  readonly issues: readonly Issue[];
}

interface NodeShape {
  readonly count: number;
  readonly resources: ReadonlyMap<string, string>;
  readonly labels: ReadonlyMap<string, string>;
}

const MAX_NODES = 1_000_000;
const DEFAULT_PODS = "110";
/** Less memory than this is a forgotten unit. */
const LEAST_MEMORY_BYTES = 1024 * 1024;
const ZONE_LABELS = ["topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"];
const EXAMPLE = "--nodes 3x4cpu,16Gi";

/**
 * Makes the nodes that the values of `--nodes` ask for: COUNTxPART,PART,... where a part is `4cpu`, an amount of memory
 * such as `16Gi`, `zone=NAME`, `label.KEY=VALUE`, or RESOURCE=AMOUNT for `cpu`, `memory`, `pods` (110 when not given),
 * `ephemeral-storage` and extended resources. They are called server-1, server-2, ..., numbered on over all values, and have
 * the labels that a kubelet on Linux gives, in both spellings.
 *
 * @param taken names that other nodes have; their numbers are passed over.
 * @returns no node of a value that has an issue; `path` of an issue is the flag with its value.
 */
export function makeNodes(values: readonly string[], taken: ReadonlySet<string> = new Set()): MadeNodes {
  const issues: Issue[] = [];
  const nodes: Node[] = [];
  let number = 0;
  const nextName = (): string => {
    do number++;
    while (taken.has(`server-${number}`));
    return `server-${number}`;
  };
  for (const value of values) {
    const shape = parseShape(value, (message) => {
      issues.push({ code: "bad-flag", severity: "error", path: `--nodes ${value}`, message });
    });
    if (shape === undefined) continue;
    for (let i = 0; i < shape.count; i++) nodes.push(makeNode(nextName(), shape));
  }
  return { nodes, issues };
}

function parseShape(value: string, report: (message: string) => void): NodeShape | undefined {
  const parts = /^(\d+)x(.+)$/.exec(value);
  if (parts === null) {
    report(`is not COUNTxCPU,MEMORY as in ${EXAMPLE}`);
    return undefined;
  }
  let isGood = true;
  const fail = (message: string): void => {
    isGood = false;
    report(message);
  };
  const count = Number(parts[1]);
  if (count < 1 || count > MAX_NODES) fail(`the count must be 1 to ${MAX_NODES}`);
  const resources = new Map<string, string>();
  const labels = new Map<string, string>();
  for (const part of parts[2]!.split(",")) parsePart(part.trim(), resources, labels, fail);
  checkResources(resources, fail);
  if (!resources.has("pods")) resources.set("pods", DEFAULT_PODS);
  return isGood ? { count, resources, labels } : undefined;
}

function parsePart(
  part: string,
  resources: Map<string, string>,
  labels: Map<string, string>,
  fail: (message: string) => void,
): void {
  const put = (into: Map<string, string>, name: string, text: string): void => {
    if (into.has(name)) fail(`${name} is given twice`);
    else into.set(name, text);
  };
  const equals = part.indexOf("=");
  const name = part.slice(0, Math.max(0, equals));
  const text = part.slice(equals + 1);
  if (part === "") fail("there is nothing between two commas");
  else if (equals < 0 && part.endsWith("cpu")) put(resources, "cpu", part.slice(0, -"cpu".length));
  else if (equals < 0) put(resources, "memory", part);
  else if (name === "zone") for (const label of ZONE_LABELS) put(labels, label, checkLabel(label, text, fail));
  else if (name.startsWith("label.")) {
    const label = name.slice("label.".length);
    put(labels, label, checkLabel(label, text, fail));
  } else if (isSchedulerResource(name)) put(resources, name, text);
  else fail(`${name} is not a resource the scheduler counts; an extended one has a domain, as nvidia.com/gpu has`);
}

function checkLabel(key: string, value: string, fail: (message: string) => void): string {
  for (const error of labelKeyErrors(key)) fail(`label key "${key}": ${error}`);
  for (const error of labelValueErrors(value)) fail(`label value "${value}": ${error}`);
  return value;
}

function checkResources(resources: ReadonlyMap<string, string>, fail: (message: string) => void): void {
  if (!resources.has("cpu")) fail(`says no cpu, as in ${EXAMPLE}`);
  if (!resources.has("memory")) fail(`says no memory, as in ${EXAMPLE}`);
  for (const [name, text] of resources) {
    const amount = readAmount(name, text, fail);
    if (amount === undefined) continue;
    if (amount < 0) fail(`${name} "${text}": must not be negative`);
    else if (name === "memory" && amount < LEAST_MEMORY_BYTES) {
      fail(`memory "${text}": is ${amount} bytes; a unit such as Gi is probably missing`);
    }
  }
}

function readAmount(name: string, text: string, fail: (message: string) => void): number | undefined {
  try {
    return amountOf(name, text);
  } catch (error) {
    if (!(error instanceof StowageError && error.code === "ERR_QUANTITY")) throw error;
    fail(`${name} "${text}": ${error.details.reason ?? error.message}`);
    return undefined;
  }
}

function makeNode(name: string, shape: NodeShape): Node {
  const amounts = Object.fromEntries(shape.resources);
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        ...Object.fromEntries(shape.labels),
      },
    },
    status: { capacity: amounts, allocatable: amounts },
  };
}
