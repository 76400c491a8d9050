/** A real cluster: nodes, pods and what plugins look at beside them, kept in one Cluster as its API server has them. */

import { setMaxListeners } from "node:events";
import { Cluster, type ClusterOptions } from "../cluster/cluster.js";
import { dropWatchedPod, putWatchedPod } from "../cluster/watched-pods.js";
import { StowageError } from "../errors.js";
import { isObjectKind } from "../kube/kinds.js";
import type { Node, ObjectKind, ObjectOf, Pod } from "../kube/objects.js";
import type { WatchClient } from "./client.js";
import { ObjectStore, type Sink } from "./object-store.js";
import { Pool } from "./pool.js";
import { Reflector, type ReflectorOptions } from "./reflector.js";
import { RESOURCE_NAMES, type ResourceName, resourceOf } from "./resources.js";

/** A pod changed in what is kept of it. `previous` is what was there before under the same uid. */
export type PodChange =
  | { readonly type: "upsert"; readonly pod: Pod; readonly previous?: Pod }
  | { readonly type: "delete"; readonly pod: Pod };

export interface ResourceStats {
  readonly resource: ResourceName;
  readonly isSynced: boolean;
  /** Whether its watch is open and up to date. */
  readonly isCurrent: boolean;
  /** A count of objects that are kept. */
  readonly objects: number;
  /** About how much memory they take, beyond what the Cluster keeps of them. */
  readonly keptBytes: number;
  readonly receivedBytes: number;
  /** Counts since the start. */
  readonly lists: number;
  readonly watches: number;
  readonly events: number;
  readonly bookmarks: number;
  readonly errors: number;
  /** Versions of objects that could not be understood. */
  readonly skipped: number;
  /** Objects whose latest version could not be understood; of these an older version counts, if there was one. */
  readonly unreadable: number;
  /** Milliseconds since 1970 when something last came. */
  readonly lastEventMs: number | undefined;
  readonly lastError: string | undefined;
}

export interface LogEntry {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  readonly resource?: ResourceName;
  /** "Kind namespace/name" of an object that could not be understood. */
  readonly object?: string;
}

export interface ClusterSourceOptions {
  /** What is listed and watched; see `resourcesOf`. Nodes and pods are always. Default: all that any plugin looks at. */
  readonly resources?: readonly ResourceName[];
  /** Keys of annotations of nodes and pods that your plugins read; others are not kept. */
  readonly annotations?: readonly string[];
  /** Changes a node on its way in, all its annotations still there. What it throws makes the node one that is skipped. */
  readonly mapNode?: (node: Node) => Node;
  readonly cluster?: ClusterOptions;
  readonly reflector?: Omit<ReflectorOptions, "onError">;
  readonly log?: (entry: LogEntry) => void;
}

/** Begins to list and watch. The source is there at once; its cluster is complete when {@link ClusterSource.isSynced} says so. */
export function watchCluster(client: WatchClient, options: ClusterSourceOptions = {}): ClusterSource {
  return new ClusterSource(client, options);
}

export class ClusterSource {
  /** Kept up to date in place, between turns of the event loop. */
  readonly cluster: Cluster;
  readonly #log: (entry: LogEntry) => void;
  readonly #stop = new AbortController();
  readonly #reflectors: readonly Reflector[];
  readonly #pods: Reflector;
  readonly #runs: Promise<unknown>;
  readonly #listeners = new Set<(change: PodChange) => void>();
  readonly #synced: Promise<void>;
  #isSynced = false;

  constructor(client: WatchClient, options: ClusterSourceOptions) {
    const { resources = RESOURCE_NAMES, log = () => {}, cluster } = options;
    this.cluster = new Cluster(cluster);
    this.#log = log;
    // Every reflector has an ear on it, and more than ten is no leak.
    setMaxListeners(0, this.#stop.signal);
    const wanted = new Set<ResourceName>(["nodes", "pods", ...resources]);
    const pool = new Pool();
    this.#reflectors = [...wanted].map((name) => this.#reflectorOf(name, client, pool, options));
    this.#pods = this.#reflectors.find(({ resource }) => resource.kind === "Pod")!;
    let setSynced = (): void => {};
    this.#synced = new Promise((resolve) => {
      setSynced = resolve;
    });
    const noteSync = (): void => {
      if (this.isSynced) setSynced();
    };
    this.#runs = Promise.all(this.#reflectors.map((reflector) => reflector.run(this.#stop.signal, noteSync)));
  }

  /** Whether every list is in. Once true it stays so: what was seen last counts while the API server is away. */
  get isSynced(): boolean {
    this.#isSynced ||= this.#reflectors.every((reflector) => reflector.isSynced);
    return this.#isSynced;
  }

  /**
   * Whether nodes and pods are those that the API server has now, as far as can be told from here: false while a watch of
   * theirs is being opened again, and when it has been silent for too long.
   */
  get isCurrent(): boolean {
    return this.#reflectors.every(({ resource, isCurrent }) => isCurrent || isObjectKind(resource.kind));
  }

  /** Waits until every list is in. Rejects with the signal's reason, or with ERR_DISPOSED when the source is stopped. */
  async whenSynced(signal?: AbortSignal): Promise<void> {
    const given = [this.#stop.signal, ...(signal === undefined ? [] : [signal])];
    const listeners: (() => void)[] = [];
    const stopped = new Promise<never>((_, reject) => {
      for (const each of given) {
        const onAbort = (): void => reject(each.reason);
        if (each.aborted) onAbort();
        each.addEventListener("abort", onAbort, { once: true });
        listeners.push(() => each.removeEventListener("abort", onAbort));
      }
    });
    try {
      await Promise.race([stopped, this.#synced]);
    } finally {
      for (const remove of listeners) remove();
    }
  }

  /** A pod as last seen, whether it has a node or waits for one; finished ones are gone. */
  pod(namespace: string, name: string): Pod | undefined {
    return this.#pods.store.get(`${namespace}/${name}`);
  }

  /** Calls the listener after each change of a pod, when the cluster has it. Returns what ends that. */
  subscribe(listener: (change: PodChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  stats(): readonly ResourceStats[] {
    return this.#reflectors.map(({ resource, store, counts, isSynced, isCurrent }) => ({
      resource: resource.name as ResourceName,
      isSynced,
      isCurrent,
      objects: store.size,
      keptBytes: store.keptBytes,
      skipped: store.skipped,
      unreadable: store.unreadable,
      ...counts,
    }));
  }

  /** Ends all lists and watches. The cluster stays as it was. Idempotent. */
  async stop(): Promise<void> {
    this.#stop.abort(new StowageError("ERR_DISPOSED", { what: "cluster source" }));
    await this.#runs;
  }

  #reflectorOf(name: ResourceName, client: WatchClient, pool: Pool, options: ClusterSourceOptions): Reflector {
    const resource = resourceOf(name);
    const { annotations = [], mapNode, reflector } = options;
    const store = new ObjectStore(resource, this.#sinkOf(resource.kind), {
      pool,
      annotations: new Set(annotations),
      mapNode,
      onUnreadable: (object, reason) =>
        this.#log({ level: "warn", resource: name, object, message: `cannot be understood: ${reason}` }),
    });
    return new Reflector(client, resource, store, {
      ...reflector,
      onError: ({ message }) => this.#log({ level: "warn", resource: name, message }),
    });
  }

  #sinkOf(kind: ObjectKind | "Node" | "Pod"): Sink {
    const { cluster } = this;
    if (kind === "Node") {
      return {
        put: (node: Node) => cluster.upsertNode(node),
        remove: (node) => void cluster.removeNode(node.metadata?.name ?? ""),
      };
    }
    if (kind === "Pod")
      return { put: (pod, previous) => this.#putPod(pod, previous), remove: (pod) => this.#dropPod(pod) };
    return {
      put: (object) => cluster.upsertObject(object as ObjectOf<ObjectKind>),
      remove: ({ metadata }) => void cluster.removeObject(kind, metadata?.name ?? "", metadata?.namespace),
    };
  }

  #putPod(pod: Pod, previous: Pod | undefined): void {
    putWatchedPod(this.cluster, pod);
    this.#tell(previous === undefined ? { type: "upsert", pod } : { type: "upsert", pod, previous });
  }

  #dropPod(pod: Pod): void {
    dropWatchedPod(this.cluster, pod);
    this.#tell({ type: "delete", pod });
  }

  /** A listener that throws is told of, and stops nobody. */
  #tell(change: PodChange): void {
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        this.#log({ level: "error", resource: "pods", message: `a listener failed: ${reason}` });
      }
    }
  }
}
