/** Which kube-scheduler is meant, and which of its bugs. */

export type Compat = "1.36" | "1.37";

/** What differs between versions is written as `compat` where it differs; what is a bug is named here. */
export interface Behaviour {
  readonly compat: Compat;
  /**
   * A term of the incoming pod that selects namespaces is resolved to names, and then its selector is asked again about
   * no labels at all; so NotIn and DoesNotExist match every namespace. True in 1.36, mended in 1.37.
   */
  readonly asksNamespaceSelectorAgain: boolean;
}

export function behaviourOf(compat: Compat = "1.36", mended: readonly string[] = []): Behaviour {
  return { compat, asksNamespaceSelectorAgain: compat === "1.36" && !mended.includes("namespaceSelector") };
}
