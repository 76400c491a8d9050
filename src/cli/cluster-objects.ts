/** `stowage doctor --kubeconfig`: the few objects of a running cluster that the doctor looks at, as if they were manifests. */

import type { SourceText } from "../doctor/source.js";
import type { KubeObject } from "../kube/objects.js";
import { type ApiRequest, connect } from "../live/client.js";

/** What findings about them name as their file. */
const FILE = "the cluster";
const PAGE = 500;

const LISTS: readonly { readonly kind: string; readonly path: string; readonly labelSelector?: string }[] = [
  { kind: "Node", path: "/api/v1/nodes" },
  { kind: "Service", path: "/api/v1/services" },
  { kind: "Deployment", path: "/apis/apps/v1/deployments" },
  { kind: "DaemonSet", path: "/apis/apps/v1/daemonsets" },
  // As kubeadm labels it; a scheduler of one's own is among the Deployments.
  { kind: "Pod", path: "/api/v1/namespaces/kube-system/pods", labelSelector: "component=kube-scheduler" },
];

interface List {
  readonly items?: readonly KubeObject[];
  readonly metadata?: { readonly continue?: string };
}

/**
 * Reads them once, page by page. They have no lines, so no patch is made of them.
 *
 * @throws StowageError ERR_KUBECONFIG, ERR_PACKAGE, and ApiError where the API server refuses
 */
export async function readClusterObjects(
  kubeconfig: string | undefined,
  context: string | undefined,
): Promise<SourceText[]> {
  const client = await connect({
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(context !== undefined && { context }),
  });
  const sources: SourceText[] = [];
  try {
    for (const { kind, path, labelSelector } of LISTS) {
      let next: string | undefined;
      do {
        const request: ApiRequest = { path, query: { limit: PAGE, labelSelector, continue: next } };
        const { value } = await client.request<List>(request);
        sources.push(...(value.items ?? []).map((item) => sourceOf({ ...item, kind })));
        next = value.metadata?.continue || undefined;
      } while (next !== undefined);
    }
    return sources;
  } finally {
    client.close();
  }
}

function sourceOf(object: KubeObject): SourceText {
  return { file: FILE, text: "", object, lineOf: () => undefined };
}
