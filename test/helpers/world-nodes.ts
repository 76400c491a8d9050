/** Random nodes. */

import type { ContainerImage, Node, QuantityText, Taint } from "../../src/kube/objects.js";
import type { Random } from "./random.js";
import type { NodeDraft, WorldContext } from "./world-types.js";
import {
  COUNTED,
  DROPPED,
  IMAGE_MIB,
  LABEL_KEYS,
  LABEL_VALUES,
  NODE_IMAGES,
  TAINT_KEYS,
  TAINT_VALUES,
} from "./world-vocabulary.js";

const CPU = ["1", "2", "4", "8", "16", "64", "1930m"];
const CPU_ODD = [3.92, "3920m", "7.5", "4e0", "100u", "1500500u"];
const MEMORY = ["1Gi", "2Gi", "4Gi", "8Gi", "16Gi", "15988492Ki", "128Gi"];
const MEMORY_ODD = ["1.5Gi", "8e9", 8000000000, "0.3Gi", "16G", "8Gi"];

export function nodeOf(name: string, context: WorldContext): Node {
  const { random, has } = context;
  const unschedulable = has("unschedulable") && random.chance(30);
  const taints = has("taints") ? random.list(0, 3, () => taintOf(context)) : [];
  return {
    metadata: { name, labels: { "kubernetes.io/hostname": name, ...labelsOf(context) } },
    spec: {
      ...(unschedulable ? { unschedulable } : {}),
      ...(taints.length > 0 ? { taints } : {}),
    },
    status: {
      allocatable: allocatableOf(context),
      ...(has("images") ? { images: random.list(0, 4, () => imageOf(context)) } : {}),
    },
  };
}

function labelsOf({ random, has }: WorldContext): Record<string, string> {
  if (!has("affinity")) return {};
  return Object.fromEntries(random.some(LABEL_KEYS, 65).map((key) => [key, random.pick(LABEL_VALUES[key]!)]));
}

function allocatableOf({ random, has }: WorldContext): Record<string, QuantityText> {
  const list: Record<string, QuantityText> = {
    cpu: random.pick(has("notations") && random.chance(40) ? CPU_ODD : CPU),
    memory: random.pick(has("notations") && random.chance(40) ? MEMORY_ODD : MEMORY),
    pods: has("tight") ? random.pick(["0", "1", "2", "3", "4", "110"]) : random.pick(["110", 110, "1e2"]),
  };
  if (has("tight")) {
    for (const name of random.some(["cpu", "memory", "pods"], 6)) {
      if (random.chance(50)) list[name] = "0";
      else delete list[name];
    }
  }
  if (has("scalars")) {
    for (const name of random.some(COUNTED, 75)) list[name] = scalarCapacity(name, random.int(0, 5));
    for (const name of random.some(DROPPED, 30)) list[name] = "4";
  }
  return list;
}

function scalarCapacity(name: string, count: number): string {
  if (name === "ephemeral-storage") return `${count * 10}Gi`;
  if (name.startsWith("hugepages-")) return `${count * 64}Mi`;
  return String(count);
}

/** So many that scores, which are shares of the most, take every value. */
export function addSoftTaints(node: NodeDraft, { stream }: WorldContext): void {
  const random = stream("taints");
  const taints = random.list(0, 14, () => ({ key: random.pick(TAINT_KEYS), effect: "PreferNoSchedule" }));
  node.spec.taints = [...(node.spec.taints ?? []), ...taints];
}

function taintOf({ random }: WorldContext): Taint {
  return {
    key: random.pick(TAINT_KEYS),
    ...(random.chance(70) ? { value: random.pick(TAINT_VALUES) } : {}),
    effect: random.pick(["NoSchedule", "NoExecute", "PreferNoSchedule", "PreferNoSchedule", "PreferNoSchedule", "Odd"]),
  };
}

/** The same name has different sizes on different nodes: builds differ, and so do kubelets' reports. */
function imageOf({ random }: WorldContext): ContainerImage {
  if (random.chance(5)) return { names: null, sizeBytes: 1 };
  return { names: random.some(NODE_IMAGES, 30), sizeBytes: sizeMib(random) * 2 ** 20 + random.int(0, 1000) };
}

/** Room that one pod's cpu and another's memory fill together. */
export function addSquareRoom(node: NodeDraft, { stream }: WorldContext): void {
  const square = { cpu: "2", memory: "2Gi", pods: "5" };
  if (stream("tight").chance(60)) node.status.allocatable = { ...node.status.allocatable, ...square };
}

/** Every image is everywhere, in every size that scores tell apart; on few nodes, a share of the size would be lost. */
export function addAllImages(node: NodeDraft, { stream }: WorldContext): void {
  const random = stream("images");
  node.status.images = NODE_IMAGES.map((name) => ({ names: [name], sizeBytes: random.int(23, 1100) * 2 ** 20 }));
}

/** As likely as not from the whole range that scores tell apart. */
function sizeMib(random: Random): number {
  return random.chance(50) ? random.pick(IMAGE_MIB) : random.int(23, 1050);
}
