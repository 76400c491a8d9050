/** Builds etcd, kube-apiserver and kube-scheduler with Go from the modules in `control-plane/`. */

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const PACKAGES = {
  etcd: "go.etcd.io/etcd/server/v3",
  "kube-scheduler": "k8s.io/kubernetes/cmd/kube-scheduler",
  "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
} as const;

export type Part = keyof typeof PACKAGES;

const MODULES = fileURLToPath(new URL("./control-plane/", import.meta.url));

/** Where a build of exactly these modules is kept, built or not. */
export function binaryPath(part: Part): string {
  const hash = createHash("sha256");
  for (const file of ["go.mod", "go.sum"]) hash.update(`${file}\0`).update(readFileSync(join(MODULES, file)));
  const folder = `${kubernetesVersion()}-${hash.digest("hex").slice(0, 16)}`;
  return join(homedir(), ".cache/stowage-control-plane", folder, part);
}

/** The version of k8s.io/kubernetes that the control plane is built from, such as `v1.36.3`. */
export function kubernetesVersion(): string {
  const [, version] = /^\tk8s\.io\/kubernetes (v\S+)/m.exec(readFileSync(join(MODULES, "go.mod"), "utf8")) ?? [];
  if (version === undefined) throw new Error("control-plane/go.mod requires no k8s.io/kubernetes");
  return version;
}

/** Why no control plane can be started here; undefined when it can, if only after a build. */
export function controlPlaneMissing(): string | undefined {
  const parts = Object.keys(PACKAGES) as Part[];
  const hasGo = (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, "go")));
  if (hasGo || parts.every((part) => existsSync(binaryPath(part)))) return undefined;
  return "there is no Go here to build etcd, kube-apiserver and kube-scheduler with, and no binaries";
}

/**
 * Builds what is not built yet: minutes the first time, seconds when Go's cache is warm.
 * @param tell is told of each build before it starts and when it is done
 * @throws Error when a build fails
 */
export async function buildControlPlane(tell: (line: string) => void): Promise<void> {
  for (const [part, goPackage] of Object.entries(PACKAGES) as [Part, string][]) {
    const path = binaryPath(part);
    if (existsSync(path)) continue;
    tell(`building ${part} ${kubernetesVersion()} ...`);
    const start = performance.now();
    mkdirSync(dirname(path), { recursive: true });
    // Under another name until it is whole: a build that is cut short must not be taken for one.
    const unfinished = `${path}-${process.pid}`;
    // CGO_ENABLED and -trimpath are left as the oracle's build has them, for both share one compile cache.
    await promisify(execFile)("go", ["build", `-ldflags=${linkerFlags()}`, "-o", unfinished, goPackage], {
      cwd: MODULES,
    });
    renameSync(unfinished, path);
    tell(`built ${path} in ${Math.round((performance.now() - start) / 1000)} s`);
  }
}

/** Without a version the binaries take themselves for v0.0.0-master. */
function linkerFlags(): string {
  const [, major = "", minor = ""] = /^v(\d+)\.(\d+)/.exec(kubernetesVersion()) ?? [];
  const variables = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"].flatMap((home) => [
    `-X ${home}.gitVersion=${kubernetesVersion()}`,
    `-X ${home}.gitMajor=${major}`,
    `-X ${home}.gitMinor=${minor}`,
  ]);
  return ["-s", "-w", ...variables].join(" ");
}
