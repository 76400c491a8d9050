/** Who makes a decision real: an API server, or who asks one. */

/**
 * Makes a decision real, or rejects. It may be asked again for the same pod and node, and then says yes again. Of its errors
 * two fields are read: `isOutcomeUnknown` true says that the pod may be bound all the same, and a `failure` of "gone" or
 * "elsewhere" that it is not on the node and never will be.
 */
export type ExtenderBinder = (binding: Binding) => Promise<unknown>;

export interface Binding {
  readonly pod: { readonly namespace: string; readonly name: string; readonly uid: string };
  readonly node: string;
}
