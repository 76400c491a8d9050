// What deploy/ hands out, as far as Node alone can judge it: the plain manifests are sound and the image's file installs what the
// package needs.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { EXTENDER_OPTIONS } from "../../src/cli/commands/extender-options.js";
import { root } from "../helpers/command-line.js";
import { expectSound } from "../kubernetes/helm/checks.js";
import { MANIFESTS } from "../kubernetes/helm/values.js";

const read = (path: string): string => readFileSync(join(root, path), "utf8");

describe("deploy/manifests", () => {
  test("has the two ways, and nothing else", () => {
    expect(readdirSync(join(root, "deploy/manifests")).sort()).toEqual(Object.keys(MANIFESTS).sort());
  });

  test.each(Object.keys(MANIFESTS))("%s is sound", async (name) => {
    await expectSound(read(`deploy/manifests/${name}`));
  });

  test.each(Object.keys(MANIFESTS))("%s passes flags that stowage extender knows", (name) => {
    const known = new Set<string>(Object.keys(EXTENDER_OPTIONS));
    const passed = [...read(`deploy/manifests/${name}`).matchAll(/^ +- --([a-z-]+)(?:=|$)/gm)].map(([, flag]) => flag);
    const schedulers = new Set(["secure-port", "v"]);
    expect(passed.length).toBeGreaterThan(5);
    expect(passed.filter((flag) => !known.has(flag!) && !schedulers.has(flag!))).toEqual([]);
  });
});

describe("the chart's values", () => {
  test("name the version of this package", () => {
    const { version } = JSON.parse(read("package.json")) as { version: string };
    expect(read("deploy/chart/stowage-extender/Chart.yaml")).toContain(`appVersion: "${version}"`);
  });

  test("are all described by the schema", () => {
    const schema = JSON.parse(read("deploy/chart/stowage-extender/values.schema.json")) as Schema;
    const keys = [...read("deploy/chart/stowage-extender/values.yaml").matchAll(/^(\w+):/gm)].map(([, key]) => key!);
    expect(
      Object.keys(schema.properties)
        .filter((key) => key !== "global")
        .sort(),
    ).toEqual(keys.sort());
  });
});

interface Schema {
  readonly properties: Readonly<Record<string, unknown>>;
}

describe("deploy/Dockerfile", () => {
  const dockerfile = read("deploy/Dockerfile");

  test("runs as nobody in particular, with the command line as its entry", () => {
    expect(dockerfile).toMatch(/^USER 65532:65532$/m);
    expect(dockerfile).toMatch(/^ENTRYPOINT \["node", "\/app\/node_modules\/stowage\/dist\/cli\/main\.js"\]$/m);
  });

  test("is built on a version of Node that the package takes and that is kept up", () => {
    const versions = [...dockerfile.matchAll(/^FROM node:(\d+)/gm)].map(([, version]) => Number(version));
    expect(new Set(versions)).toEqual(new Set([24]));
  });

  test("may see everything that the package is made of", () => {
    const { files } = JSON.parse(read("package.json")) as { files: string[] };
    const allowed = read("deploy/Dockerfile.dockerignore")
      .split("\n")
      .filter((line) => line.startsWith("!"))
      .map((line) => line.slice(1));
    // dist is made inside.
    const needed = files.filter((name) => name !== "dist");
    expect(allowed).toEqual(expect.arrayContaining(["src", "assembly", "scripts", "package-lock.json", ...needed]));
  });

  test("takes all that it installs in the versions of the lock file", () => {
    expect(dockerfile).toMatch(
      /^RUN cp \/src\/package-lock\.json \. \\\n && npm install --omit=dev --ignore-scripts .*\.tgz/m,
    );
  });
});
