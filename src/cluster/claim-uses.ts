/** Which pods name which PersistentVolumeClaim, kept as pods come and go. */

import type { Pod } from "../kube/objects.js";
import { namespaceOf } from "../kube/objects.js";
import { NO_SLOT, type PodRecord } from "./node-record.js";

type ClaimUser = Pick<PodRecord, "pod" | "node">;

/** Claims of generic ephemeral volumes are not counted, as in upstream's snapshot: nobody else can use them. */
export class ClaimUses {
  readonly #users = new Map<string, Set<ClaimUser>>();

  /** Takes note of a pod that occupies a node. */
  add(record: ClaimUser): void {
    for (const claim of claimsOf(record.pod)) {
      const users = this.#users.get(claim);
      if (users === undefined) this.#users.set(claim, new Set([record]));
      else users.add(record);
    }
  }

  /** The same record as was given to {@link add}. */
  remove(record: ClaimUser): void {
    for (const claim of claimsOf(record.pod)) {
      const users = this.#users.get(claim);
      users?.delete(record);
      if (users?.size === 0) this.#users.delete(claim);
    }
  }

  /** Whether a pod names the claim (`namespace/name`). Pods whose node is not known do not count. */
  isUsed(claim: string): boolean {
    for (const { node } of this.#users.get(claim) ?? []) {
      if (node.slot !== NO_SLOT) return true;
    }
    return false;
  }
}

function claimsOf(pod: Pod): string[] {
  const namespace = namespaceOf(pod);
  return (pod.spec?.volumes ?? []).flatMap(({ persistentVolumeClaim }) =>
    persistentVolumeClaim ? [`${namespace}/${persistentVolumeClaim.claimName ?? ""}`] : [],
  );
}
