/** Which cluster a command that runs beside one is to follow: `-f`, `--kubeconfig`, or the one that it runs in. */

import { Cluster } from "../cluster/cluster.js";
import { IssuesError } from "../errors.js";
import type { ExtenderBinder } from "../extender/binder.js";
import { type ClusterSource, stillSource } from "../extender/source.js";
import type { Compat } from "../kube/compat.js";
import type { Node } from "../kube/objects.js";
import { podBinder } from "../live/binder.js";
import { connect } from "../live/client.js";
import { type LogEntry, watchCluster } from "../live/cluster-source.js";
import { type ResourceName, resourcesOf } from "../live/resources.js";
import type { Profile } from "../scheduler/profile.js";
import type { Terminal } from "./terminal.js";
import { readWorld, reportWorld } from "./world.js";

export interface ClusterFlags {
  readonly filename?: readonly string[] | undefined;
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly inCluster?: boolean | undefined;
  readonly compat: string;
}

export interface Followed {
  readonly source: ClusterSource;
  /** Of a cluster with an API server. */
  readonly binder?: ExtenderBinder;
  readonly close: () => Promise<void>;
}

export interface FollowOptions {
  /** Whose plugins say what is watched. */
  readonly profiles: readonly Profile[];
  readonly mapNode: (node: Node) => Node;
  readonly log: (entry: LogEntry) => void;
}

/**
 * Begins to follow the cluster; what it holds may still be on its way.
 *
 * @returns undefined where manifests are bad, which is said
 * @throws IssuesError ERR_INPUT where no cluster is named; StowageError ERR_KUBECONFIG, ERR_PACKAGE
 */
export async function follow(
  flags: ClusterFlags,
  options: FollowOptions,
  terminal: Terminal,
): Promise<Followed | undefined> {
  const { filename, kubeconfig, context, inCluster } = flags;
  if (filename !== undefined) return readStill(filename, flags.compat as Compat, options, terminal);
  if (kubeconfig === undefined && context === undefined && inCluster !== true) throw noCluster();
  const client = await connect({
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(context !== undefined && { context }),
    ...(inCluster !== undefined && { inCluster }),
  });
  const resources: readonly ResourceName[] = resourcesOf(options.profiles);
  const { mapNode, log } = options;
  const source = watchCluster(client, { resources, mapNode, log, cluster: { compat: flags.compat as Compat } });
  return {
    source,
    binder: podBinder(client),
    close: async () => {
      await source.stop();
      client.close();
    },
  };
}

async function readStill(
  filename: readonly string[],
  compat: Compat,
  { mapNode }: FollowOptions,
  terminal: Terminal,
): Promise<Followed | undefined> {
  const cluster = new Cluster({ compat });
  const world = await readWorld({ filename, assumeStorage: true, maxYamlBytes: undefined }, cluster, terminal);
  if (reportWorld(world, false, terminal)) return undefined;
  for (const { object } of [...cluster.nodes()]) cluster.upsertNode(mapNode(object));
  return {
    source: stillSource(cluster, [...world.existing, ...world.pending]),
    close: async () => cluster.dispose(),
  };
}

function noCluster(): IssuesError {
  const message = "say which cluster: --kubeconfig FILE, --in-cluster, or -f with manifests";
  return new IssuesError("ERR_INPUT", [{ code: "no-cluster", severity: "error", path: "", message }]);
}
