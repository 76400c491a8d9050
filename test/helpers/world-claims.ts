/** Persistent volume claims in every state, each with the volume that it is bound to, if any. */

import type { KubeObject } from "../../src/kube/objects.js";
import type { Random } from "./random.js";
import { volumeOf } from "./world-storage.js";
import type { WorldContext } from "./world-types.js";

export interface Claim {
  readonly object: KubeObject;
  /** The volume that it names, where that exists. */
  readonly volume?: KubeObject;
  /** Whether some node may take a pod that uses it. */
  readonly isUsable: boolean;
}

/** Classes that wait for a pod, likely ones more than once. */
export const PLAIN_CLASSES = ["fast", "fast", "local", "local", "zonal", "capped", "capped", "aws", "nowhere"];

const SELECTED_NODE = "volume.kubernetes.io/selected-node";
const BIND_COMPLETED = "pv.kubernetes.io/bind-completed";
const CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";

export function claimOf(name: string, namespace: string, isPlenty: boolean, context: WorldContext): Claim {
  const random = context.stream("claims");
  const draw = random.int(1, 100);
  if (isPlenty && draw <= 55) return { object: modestClaimOf(name, namespace, random), isUsable: true };
  if (draw <= 42) return boundClaimOf(name, namespace, context);
  if (draw <= 74) return { object: waitingClaimOf(name, namespace, context), isUsable: true };
  return { object: brokenClaimOf(name, namespace, random), isUsable: false };
}

/** What any spare volume that is large enough will do for. */
function modestClaimOf(name: string, namespace: string, random: Random): KubeObject {
  const storage = random.chance(15) ? `${random.int(1, 14) * 4}Gi` : `${random.int(200, 56_000)}Mi`;
  const spec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } }, storageClassName: "local" };
  const metadata = { name, namespace, uid: `pvc-${namespace}-${name}` };
  return { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata, spec, status: { phase: "Pending" } };
}

function boundClaimOf(name: string, namespace: string, context: WorldContext): Claim {
  const random = context.stream("claims");
  const volumeName = `pv-${namespace}-${name}`;
  const annotations = { [BIND_COMPLETED]: "yes" };
  const object = pvc(name, namespace, random, { volumeName, annotations, storageClassName: "fast", phase: "Bound" });
  if (random.chance(22)) return { object, isUsable: false };
  const claimRef = { kind: "PersistentVolumeClaim", namespace, name, uid: `pvc-${namespace}-${name}` };
  return { object, volume: volumeOf(volumeName, claimRef, context), isUsable: true };
}

function waitingClaimOf(name: string, namespace: string, { stream, nodeNames }: WorldContext): KubeObject {
  const random = stream("claims");
  const selected = random.chance(20) ? { [SELECTED_NODE]: random.pick(["elsewhere", ...nodeNames]) } : {};
  return pvc(name, namespace, random, {
    storageClassName: random.pick(PLAIN_CLASSES),
    annotations: selected,
    ...(random.chance(20) ? { selector: { matchLabels: { tier: random.pick(["gold", "silver"]) } } } : {}),
  });
}

/** Each of these keeps a pod from every node, for a reason of its own. */
function brokenClaimOf(name: string, namespace: string, random: Random): KubeObject {
  const annotations = { [BIND_COMPLETED]: "yes" };
  return random.pick([
    () => pvc(name, namespace, random, { storageClassName: "fast", volumeName: "pv-free-0" }),
    () => pvc(name, namespace, random, { storageClassName: "fast", volumeName: "pv-gone", annotations, phase: "Lost" }),
    () => pvc(name, namespace, random, { storageClassName: "fast", deletionTimestamp: "2030-01-01T00:00:00Z" }),
    () => pvc(name, namespace, random, { storageClassName: "now" }),
    () => pvc(name, namespace, random, { storageClassName: "now" }),
    () => pvc(name, namespace, random, { storageClassName: "absent" }),
    () => pvc(name, namespace, random, { storageClassName: "" }),
    () => pvc(name, namespace, random, {}),
    () => pvc(name, namespace, random, { storageClassName: "modeless" }),
  ])();
}

interface ClaimFields {
  readonly storageClassName?: string;
  readonly volumeName?: string;
  readonly annotations?: Record<string, string>;
  readonly phase?: string;
  readonly deletionTimestamp?: string;
  readonly selector?: Record<string, unknown>;
}

function pvc(name: string, namespace: string, random: Random, fields: ClaimFields): KubeObject {
  const { storageClassName, annotations = {}, phase = "Pending", deletionTimestamp, ...rest } = fields;
  // Sizes differ by their last digits, so that no two claims of a pod are equally large.
  const storage = `${random.pick([1, 2, 5, 10, 50]) * 1024 + random.int(0, 999)}Mi`;
  // A class that has capacities is in the spec: 1.37 looks for it there alone, and follows a nil pointer.
  const byAnnotation = storageClassName !== undefined && storageClassName !== "capped" && random.chance(10);
  const spec = {
    accessModes: [random.pick(["ReadWriteOnce", "ReadWriteOnce", "ReadWriteMany", "ReadOnlyMany", "ReadWriteOncePod"])],
    ...(random.chance(95) ? { resources: { requests: { storage } } } : {}),
    ...(storageClassName !== undefined && (!byAnnotation || random.chance(30)) ? { storageClassName } : {}),
    ...(random.chance(12) ? { volumeMode: random.pick(["Block", "Filesystem"]) } : {}),
    ...(random.chance(5) ? { volumeAttributesClassName: "gold" } : {}),
    ...rest,
  };
  const all = byAnnotation ? { ...annotations, [CLASS_ANNOTATION]: storageClassName } : annotations;
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: {
      name,
      namespace,
      uid: `pvc-${namespace}-${name}`,
      ...(Object.keys(all).length > 0 ? { annotations: all } : {}),
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    },
    spec,
    status: { phase },
  };
}
