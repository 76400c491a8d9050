/** The verb bind: the pod gets its node through the API server, once, however often it is asked for. */

import { namespacedName, type Pod } from "../kube/objects.js";
import { type ExtenderContext, requireSynced, Undecidable } from "./context.js";
import { managedJudge, needsOf } from "./managed.js";
import type { RoomPromise } from "./promises.js";
import type { BindingArgs } from "./wire.js";

/**
 * Binds. Says yes at once to what is so already, and joins a binding that is under way. Nothing is held meanwhile but the
 * promise of room.
 *
 * @throws Undecidable where it cannot be, with the reason as a sentence; what the binder throws
 */
export async function bind(context: ExtenderContext, args: BindingArgs): Promise<void> {
  if (!context.binds) throw new Undecidable("this extender does not bind: it has no API server to ask");
  requireSynced(context);
  const promise = promiseFor(context, podToBind(context, args), args);
  if (promise !== undefined && (!promise.isBound || promise.asking !== undefined)) await context.promises.ask(promise);
}

/** The pod that is meant: as last seen, or as filter was asked about it where the watch is behind. */
function podToBind({ source, recent }: ExtenderContext, { namespace, name, uid }: BindingArgs): Pod {
  const seen = source.pod(namespace, name);
  if (seen?.metadata?.uid === uid) return seen;
  const asked = recent.find(uid);
  if (asked !== undefined) return asked;
  const why = seen === undefined ? "is not known here" : `is not the one with uid ${uid}: it was made again`;
  throw new Undecidable(`pod ${namespace}/${name} ${why}`);
}

/** The live promise for this pod and node, or a new one; undefined: the pod is on the node. */
function promiseFor(context: ExtenderContext, pod: Pod, args: BindingArgs): RoomPromise | undefined {
  const { source, promises, managed } = context;
  const { namespace, name, uid, node } = args;
  const { cluster } = source;
  const key = namespacedName(pod);
  const live = promises.find(key);
  if (live !== undefined && live.binding.pod.uid === uid) {
    if (live.binding.node === node) return live;
    throw new Undecidable(`pod ${key} is on its way to node ${live.binding.node}, not ${node}`);
  }
  const here = cluster.pod(key);
  if (here !== undefined && here.pod.metadata?.uid === uid) {
    if (here.node === node) return undefined;
    throw new Undecidable(`pod ${key} is on node ${here.node} already, not ${node}`);
  }
  if (here !== undefined) throw new Undecidable(`pod ${key}: another of its name is still on node ${here.node}`);
  const slot = cluster.state.nodes.get(node)?.slot ?? -1;
  if (slot < 0) throw new Undecidable(`node ${node} is not known here`);
  const lacking = managedJudge(cluster, needsOf(pod, managed))(slot);
  if (lacking !== undefined) throw new Undecidable(`node ${node}: ${lacking.reasons.join(", ")}`);
  return promises.make(pod, { pod: { namespace, name, uid }, node });
}
