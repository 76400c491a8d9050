/**
 * Method: what the chart renders with every good set of values goes to the real API server, which validates, defaults and admits
 * it without storing it; and the configuration that the chart writes is what a real kube-scheduler runs with.
 */

import { load as readYaml } from "js-yaml";
import { expect } from "vitest";
import { readSources } from "../../../src/doctor/source.js";
import { askHelm, streamOf } from "../helm/helm.js";
import { GOOD } from "../helm/values.js";
import { type ApiObject, PODS } from "./api.js";
import type { Outcome } from "./checks.js";
import { podOf } from "./objects.js";
import { onStage, type Stage } from "./stage.js";

/** Where objects of a kind are created; a namespace stands in place of NS. */
const PATHS: Readonly<Record<string, string>> = {
  "apps/v1 DaemonSet": "/apis/apps/v1/namespaces/NS/daemonsets",
  "apps/v1 Deployment": "/apis/apps/v1/namespaces/NS/deployments",
  "policy/v1 PodDisruptionBudget": "/apis/policy/v1/namespaces/NS/poddisruptionbudgets",
  "rbac.authorization.k8s.io/v1 ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
  "rbac.authorization.k8s.io/v1 ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
  "rbac.authorization.k8s.io/v1 Role": "/apis/rbac.authorization.k8s.io/v1/namespaces/NS/roles",
  "rbac.authorization.k8s.io/v1 RoleBinding": "/apis/rbac.authorization.k8s.io/v1/namespaces/NS/rolebindings",
  "v1 ConfigMap": "/api/v1/namespaces/NS/configmaps",
  "v1 Service": "/api/v1/namespaces/NS/services",
  "v1 ServiceAccount": "/api/v1/namespaces/NS/serviceaccounts",
};
/** Its CustomResourceDefinition belongs to the Prometheus operator, so this API server has no say in it. */
const NOT_ASKED = "monitoring.coreos.com/v1 PodMonitor";
/** Refuses unknown and repeated fields as well, which by default are only warned about. */
const DRY_RUN = "?dryRun=All&fieldValidation=Strict";

const NO_PODS: Outcome = { pods: 0, binder: "system:kube-scheduler" };

async function dryRun({ api }: Stage, object: ApiObject): Promise<string> {
  const kind = `${object.apiVersion} ${object.kind}`;
  const path = PATHS[kind]?.replace("NS", object.metadata.namespace ?? "default");
  if (path === undefined) return kind;
  await api.call("POST", path + DRY_RUN, object);
  return kind;
}

onStage("the API server accepts every object that the chart renders", async (stage) => {
  const answers = await askHelm(Object.values(GOOD));
  const kinds = new Set<string>();
  for (const answer of answers) {
    for (const { object } of readSources(streamOf(answer), "rendered.yaml").sources) {
      kinds.add(await dryRun(stage, object as ApiObject));
    }
  }
  expect([...kinds].sort()).toEqual([...Object.keys(PATHS), NOT_ASKED].sort());
  return NO_PODS;
});

onStage("a dry run refuses what is no Deployment, so that its yes says something", async (stage) => {
  const object = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a" }, spec: { replica: 1 } };
  await expect(dryRun(stage, object)).rejects.toThrow(/unknown field .+spec\.replica/);
  return NO_PODS;
});

onStage("a real kube-scheduler places pods with the configuration of the chart's own scheduler", async (stage) => {
  const [answer] = await askHelm([GOOD["own-scheduler.yaml"]!]);
  const { sources } = readSources(streamOf(answer!), "rendered.yaml");
  const map = sources.map(({ object }) => object).find(({ kind }) => kind === "ConfigMap") as unknown as {
    readonly data: Readonly<Record<string, string>>;
  };
  const { profiles, extenders } = readYaml(map.data["scheduler.yaml"]!) as {
    readonly profiles: readonly unknown[];
    readonly extenders: readonly { readonly urlPrefix: string }[];
  };
  const stowage = await stage.stowage();
  const called = extenders.map((extender) => ({ ...extender, urlPrefix: stowage.url }));
  await stage.plane.startScheduler({ profiles, extenders: called });
  await stage.createNodes(5);
  for (const at of [0, 1, 2, 3]) {
    const pod = podOf(`own-${at}`, { requests: { cpu: "100m" } });
    await stage.api.create(PODS, { ...pod, spec: { ...pod.spec, schedulerName: "stowage" } });
  }
  await stage.observer.untilBound(4);
  return { pods: 4, binder: "system:kube-scheduler" };
});
