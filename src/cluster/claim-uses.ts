/** Which pods name which PersistentVolumeClaim, kept as pods come and go. */

import type { Pod } from "../kube/objects.js";
import { namespaceOf } from "../kube/objects.js";
import { NO_SLOT, type PodRecord } from "./node-record.js";

type ClaimUser = Pick<PodRecord, "pod" | "node">;

/** Claims of generic ephemeral volumes are not counted, as in upstream's snapshot: nobody else can use them. */
export class ClaimUses {
  readonly #pods: ReadonlyMap<string, ClaimUser>;
  /** Nothing is kept before somebody asks: few claims are for one pod alone. */
  #users: Map<string, Set<ClaimUser>> | undefined;

  /** @param pods all that count; each that comes or goes is also told of by {@link add} and {@link remove} */
  constructor(pods: ReadonlyMap<string, ClaimUser>) {
    this.#pods = pods;
  }

  /** Takes note of a pod that occupies a node. */
  add(record: ClaimUser): void {
    if (this.#users !== undefined) noteUser(this.#users, record);
  }

  /** The same record as was given to {@link add}. */
  remove(record: ClaimUser): void {
    if (this.#users === undefined) return;
    for (const claim of claimsOf(record.pod)) {
      const users = this.#users.get(claim);
      users?.delete(record);
      if (users?.size === 0) this.#users.delete(claim);
    }
  }

  /** Whether a pod names the claim (`namespace/name`). Pods whose node is not known do not count. */
  isUsed(claim: string): boolean {
    if (this.#users === undefined) {
      this.#users = new Map();
      for (const record of this.#pods.values()) noteUser(this.#users, record);
    }
    for (const { node } of this.#users.get(claim) ?? []) {
      if (node.slot !== NO_SLOT) return true;
    }
    return false;
  }
}

function noteUser(byClaim: Map<string, Set<ClaimUser>>, record: ClaimUser): void {
  for (const claim of claimsOf(record.pod)) {
    const users = byClaim.get(claim);
    if (users === undefined) byClaim.set(claim, new Set([record]));
    else users.add(record);
  }
}

function claimsOf(pod: Pod): string[] {
  const namespace = namespaceOf(pod);
  return (pod.spec?.volumes ?? []).flatMap(({ persistentVolumeClaim }) =>
    persistentVolumeClaim ? [`${namespace}/${persistentVolumeClaim.claimName ?? ""}`] : [],
  );
}
