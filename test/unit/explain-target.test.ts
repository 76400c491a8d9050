// Words as people type them against a handful of pods: which pod is meant, or what is said when none or several could be.

import { describe, expect, test } from "vitest";
import { type Candidates, findPod } from "../../src/cli/commands/explain-target.js";
import { nearNames } from "../../src/cli/near.js";
import { IssuesError } from "../../src/errors.js";
import type { Pod } from "../../src/kube/objects.js";

function pod(key: string, owner?: { kind: string; name: string }, hash?: string): Pod {
  const [namespace = "", name = ""] = key.split("/");
  return {
    metadata: {
      namespace,
      name,
      ...(hash && { labels: { "pod-template-hash": hash } }),
      ...(owner && { ownerReferences: [{ ...owner, controller: true }] }),
    },
  };
}

const replicaSet = { kind: "ReplicaSet", name: "web-7f9c" };
const CANDIDATES: Candidates = {
  pending: [
    pod("shop/web-2", replicaSet, "7f9c"),
    pod("shop/web-3", replicaSet, "7f9c"),
    pod("ops/backup", { kind: "Job", name: "backup-29012345" }),
    pod("ops/agent-1", { kind: "DaemonSet", name: "agent" }),
    pod("shop/agent-1", { kind: "DaemonSet", name: "agent" }),
  ],
  existing: [pod("shop/web-1", replicaSet, "7f9c"), pod("shop/db-0", { kind: "StatefulSet", name: "db" })],
};

function meant(word: string, namespace?: string): string {
  try {
    const { metadata } = findPod(word, namespace, CANDIDATES);
    return `${metadata?.namespace}/${metadata?.name}`;
  } catch (error) {
    if (error instanceof IssuesError) return error.issues[0]?.message ?? "";
    throw error;
  }
}

describe("a word means", () => {
  test.each([
    ["web-2", "shop/web-2"],
    ["shop/web-1", "shop/web-1"],
    ["pod/web-1", "shop/web-1"],
    ["deployment/web", "shop/web-2"],
    ["deploy/web", "shop/web-2"],
    ["Deployments.apps/web", "shop/web-2"],
    ["rs/web-7f9c", "shop/web-2"],
    ["sts/db", "shop/db-0"],
    ["cronjob/backup", "ops/backup"],
    ["job/backup-29012345", "ops/backup"],
    ["ops/agent-1", "ops/agent-1"],
  ])("%s the pod %s", (word, key) => {
    expect(meant(word)).toBe(key);
  });

  test("the one of the namespace, where several are called so", () => {
    expect(meant("agent-1")).toBe("this could be any of ops/agent-1, shop/agent-1");
    expect(meant("ds/agent")).toBe("this could be any of daemonset/agent -n ops, daemonset/agent -n shop");
    expect(meant("agent-1", "shop")).toBe("shop/agent-1");
    expect(meant("ds/agent", "ops")).toBe("ops/agent-1");
  });

  test("nothing, and what is near is named", () => {
    expect(meant("wbe-2")).toContain("did you mean shop/web-2");
    expect(meant("deployment/wbe")).toContain("did you mean deployment/web");
    expect(meant("web-2", "ops")).toBe("no pod and no workload with pods is called so in namespace ops");
    expect(meant("zzzzzz")).toBe("no pod and no workload with pods is called so");
  });
});

describe("near names", () => {
  test("are those that contain the word or are a few letters away, nearest first", () => {
    expect(nearNames("serch", ["shop/search-1", "shop/search", "shop/cart"])).toEqual(["shop/search"]);
    expect(nearNames("web", ["a/web-1", "b/db"])).toEqual(["a/web-1"]);
  });

  test("are few, and each once", () => {
    const names = Array.from({ length: 20 }, (_, index) => `web-${index % 10}`);
    expect(nearNames("web", names)).toEqual(["web-0", "web-1", "web-2", "web-3", "web-4"]);
  });
});
