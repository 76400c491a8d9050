/** What must hold of everything that the chart renders, whoever rendered it. */

import { load as readYaml } from "js-yaml";
import { expect } from "vitest";
import { examine } from "../../../src/doctor/doctor.js";
import { reportOf } from "../../../src/doctor/report.js";
import { readSources, type SourceText } from "../../../src/doctor/source.js";
import { factsOf } from "../../../src/doctor/world.js";
import { policyRules, RESOURCE_NAMES } from "../../../src/live/resources.js";

interface Rendered {
  readonly kind?: string;
  readonly metadata?: { readonly name?: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly rules?: readonly Rule[];
  readonly spec?: { readonly template?: { readonly spec?: PodSpec } };
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

interface PodSpec {
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly containers: readonly Container[];
}

interface Probe {
  readonly exec?: { readonly command: readonly unknown[] };
}

interface Container {
  readonly name: string;
  readonly args?: readonly string[];
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
}

/** @param stream of all objects that were rendered with one set of values */
export async function expectSound(stream: string): Promise<void> {
  const { sources, issues } = readSources(stream, "rendered.yaml");
  expect(issues).toEqual([]);
  const objects = sources.map(({ object }) => object as Rendered);
  for (const { spec } of objects) if (spec?.template?.spec) expectConfined(spec.template.spec);
  expectLeastRights(objects);
  await expectHealthy(sources);
}

function expectConfined({ securityContext, containers }: PodSpec): void {
  expect(securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
  expect(securityContext?.runAsUser).toBeGreaterThan(0);
  for (const container of containers) {
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      capabilities: { drop: ["ALL"] },
    });
    const probes = [container.livenessProbe, container.readinessProbe];
    expect(probes).toEqual([expect.anything(), expect.anything()]);
    const words = probes.flatMap((probe) => probe?.exec?.command ?? []);
    expect(words.filter((word) => typeof word !== "string")).toEqual([]);
  }
}

/** The extender's own role is what its list-watch and its binder say they need, no more and no less. */
function expectLeastRights(objects: readonly Rendered[]): void {
  const role = objects.find(({ kind }) => kind === "ClusterRole");
  if (role === undefined) return;
  const binds = grants(role.rules ?? []).includes("/pods/binding:create");
  expect(grants(role.rules ?? [])).toEqual(grants(policyRules(RESOURCE_NAMES, binds)));
  const config = extenderConfig(objects) as { extenders: readonly { bindVerb?: string }[] };
  expect(config.extenders[0]?.bindVerb !== undefined).toBe(binds);
}

function grants(rules: readonly Rule[]): string[] {
  return rules
    .flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) => resources.flatMap((name) => verbs.map((verb) => `${group}/${name}:${verb}`))),
    )
    .sort();
}

function extenderConfig(objects: readonly Rendered[]): object {
  const data = objects.find(({ kind }) => kind === "ConfigMap")?.data ?? {};
  const head = { apiVersion: "kubescheduler.config.k8s.io/v1", kind: "KubeSchedulerConfiguration" };
  return { ...head, ...(readYaml(data["scheduler.yaml"] ?? data["extenders.yaml"] ?? "") as object) };
}

/** The doctor reads the configuration beside the objects and finds nothing that would not work. */
async function expectHealthy(sources: readonly SourceText[]): Promise<void> {
  const config = extenderConfig(sources.map(({ object }) => object as Rendered));
  const [source] = readSources(JSON.stringify(config), "scheduler.yaml").sources;
  const facts = factsOf(sources);
  const examination = await examine(source!, facts, { calls: false, idleMs: 0, nowMs: 0 });
  const { findings } = reportOf(source!, facts, examination);
  expect(findings.filter(({ severity }) => severity === "broken")).toEqual([]);
}
