// The built command line, run as a user runs it: `stowage doctor` against servers on loopback. What is printed as JSON is
// held against its published schema by ajv, and the patch is applied.
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import type { DoctorReport } from "../../src/doctor/report.js";
import { applyDiff } from "../doctor/diff.js";
import { rightConfig } from "../doctor/examination.js";
import { STATIC_POD } from "../doctor/fault.js";
import { Server } from "../doctor/server.js";
import { type Run, root, useCommandLine } from "../helpers/command-line.js";

const schema = JSON.parse(readFileSync(join(root, "schema/doctor.v1.json"), "utf8")) as object;
const isReport = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true }).compile(schema);

const commandLine = useCommandLine("doctor");

function doctor(args: readonly string[], stdin = "", env: NodeJS.ProcessEnv = {}): Promise<Run> {
  return commandLine.run(["doctor", "--idle", "0", ...args], { stdin, env });
}

function file(name: string, text: string): string {
  writeFileSync(join(commandLine.folder, name), text);
  return name;
}

function reportOf({ stdout }: Run): DoctorReport {
  const document: unknown = JSON.parse(stdout);
  expect(isReport(document) || isReport.errors).toBe(true);
  return document as DoctorReport;
}

describe("stowage doctor", () => {
  test("exits 0 and finds nothing wrong with a right extender", async () => {
    await using server = await new Server({ version: { name: "stowage", version: "9.9.9" } }).start();
    const config = file("right.yaml", rightConfig(server.url));
    const run = await doctor(["--config", config]);
    expect([run.code, run.stderr]).toEqual([0, ""]);
    expect(run.stdout).toMatch(/^ok {6}filter-answers {2}right\.yaml:5: extenders\[0\]\.filterVerb$/m);
    expect(run.stdout).toMatch(/: 1 extender, 1 answered; 0 broken, 0 warnings, \d+ ok\.\n$/);
    const report = reportOf(await doctor(["--config", config, "-o", "json"]));
    expect(report.extenders).toEqual([
      {
        index: 0,
        url: server.url,
        verbs: ["filter", "prioritize", "bind", "preempt"],
        called: true,
        server: { name: "stowage", version: "9.9.9" },
      },
    ]);
    expect(report.patches).toEqual([]);
    expect((await doctor(["--config", config, "-q"])).stdout).toMatch(/^right\.yaml: 1 extender/);
  });

  test("exits 4 where something would not work, with line, evidence and a patch that mends it", async () => {
    await using server = await new Server({}).start();
    const text = rightConfig(server.url).replace("io/v1", "io/v1beta3").replace("weight: 20", "weight: 0");
    const pod = STATIC_POD.replace("    - --config=/etc/kubernetes/scheduler.yaml\n", "");
    const args = ["--config", file("scheduler.yaml", text), "-f", file("pod.yaml", pod)];
    const run = await doctor(args);
    expect(run.code).toBe(4);
    expect(run.stdout).toMatch(/^BROKEN {2}api-version {2}scheduler\.yaml:1: apiVersion$/m);
    expect(run.stdout).toContain("  Seen: the cluster is 1.36\n");
    expect(run.stdout).toContain("    -    weight: 0\n    +    weight: 15\n");
    const report = reportOf(await doctor([...args, "-o", "json"]));
    expect([report.verdict, report.cluster]).toEqual([
      "broken",
      { nodes: 0, version: "1.36", schedulerFile: "pod.yaml" },
    ]);
    const patch = await doctor([...args, "-o", "patch"]);
    expect(patch.stdout).toBe(report.patches.map(({ diff }) => diff).join(""));
    for (const { file: name, diff } of report.patches) {
      file(name, applyDiff(readFileSync(join(commandLine.folder, name), "utf8"), diff));
    }
    const cured = await doctor(args);
    expect([cured.code, cured.stdout]).toEqual([0, expect.stringContaining("0 broken, 0 warnings")]);
  });

  test("loads at the cluster's size, and prints p50, p99 and the largest body", async () => {
    await using server = await new Server({}).start();
    const config = file("load.yaml", rightConfig(server.url));
    const args = ["--config", config, "--nodes", "1000x8cpu,32Gi", "--load", "--load-calls", "20"];
    const run = await doctor(args);
    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(/^LOAD +NODES +CALLS +ERRORS +P50 +P99 +MAX +CALLS\/S +LARGEST BODY +LARGEST ANSWER$/m);
    expect(run.stdout).toMatch(/^extenders\[0\] filter +420 +20 +0 /m);
    const { loads } = reportOf(await doctor([...args, "-o", "json"]));
    expect(loads.map(({ verb, nodes, calls, errors }) => [verb, nodes, calls, errors])).toEqual([
      ["filter", 420, 20, 0],
      ["prioritize", 420, 20, 0],
    ]);
    expect(loads[0]!.p50Ms).toBeLessThanOrEqual(loads[0]!.p99Ms);
    expect(loads[0]!.requestBytes).toBeGreaterThan(420 * "server-1".length);
  });

  test("says under load how many calls failed", async () => {
    let calls = 0;
    await using server = await new Server({
      prioritize: (_, reply) => (++calls > 5 ? reply.code(503).send("full") : []),
      filter: ({ NodeNames }) => ({ NodeNames }),
    }).start();
    const config = file("failing.yaml", rightConfig(server.url));
    const run = await doctor(["--config", config, "--load", "--load-calls", "20", "-o", "json"]);
    expect(run.code).toBe(4);
    const report = reportOf(run);
    expect(report.findings.find(({ code }) => code === "load-errors")?.path).toBe("extenders[0].prioritizeVerb");
    expect(report.loads[1]!.errors).toBeGreaterThan(0);
  });

  test("calls nothing with --no-call", async () => {
    await using server = await new Server({}).start();
    const run = await doctor(["--config", file("still.yaml", rightConfig(server.url)), "--no-call", "-o", "json"]);
    expect([run.code, reportOf(run).extenders[0]?.called, server.requests]).toEqual([0, false, []]);
  });

  test("reads manifests from standard input, and prints YAML with the same facts", async () => {
    const config = file("stdin.yaml", rightConfig("http://127.0.0.1:1"));
    const run = await doctor(["--config", config, "-f", "-", "--no-call", "-o", "yaml"], STATIC_POD);
    expect(run.code).toBe(0);
    expect(run.stdout).toContain("schemaVersion: stowage/doctor.v1\n");
    expect(run.stdout).toContain("schedulerFile: <stdin>\n");
  });

  test("reads a cluster through its API server, page by page, and keeps its token to itself", async () => {
    await using extender = await new Server({}).start();
    const asked: string[] = [];
    const node = (at: number) => ({ metadata: { name: `n${at}` }, status: { allocatable: { cpu: "4", pods: "110" } } });
    const api = createServer((request, response) => {
      const url = new URL(request.url ?? "", "http://api");
      asked.push(`${url.pathname} ${request.headers.authorization}`);
      const isFirst = url.pathname === "/api/v1/nodes" && !url.searchParams.has("continue");
      const items = url.pathname !== "/api/v1/nodes" ? [] : isFirst ? [node(0), node(1)] : [node(2), node(3)];
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ metadata: isFirst ? { continue: "more" } : {}, items }));
    });
    await new Promise<void>((done) => api.listen(0, "127.0.0.1", done));
    const { port } = api.address() as AddressInfo;
    const kubeconfig = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "c", cluster: { server: `http://127.0.0.1:${port}` } }],
      users: [{ name: "u", user: { token: "hunter2" } }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      "current-context": "x",
    };
    const config = file("live.yaml", rightConfig(extender.url));
    const args = [
      "--config",
      config,
      "--kubeconfig",
      file("kubeconfig.json", JSON.stringify(kubeconfig)),
      "-o",
      "json",
    ];
    const run = await doctor(args);
    expect([run.code, run.stderr]).toEqual([0, ""]);
    expect(reportOf(run).cluster).toEqual({ nodes: 4, version: null, schedulerFile: null });
    expect(asked.filter((line) => line === "/api/v1/nodes Bearer hunter2")).toHaveLength(2);
    expect(run.stdout).not.toContain("hunter2");
    api.close();
    api.closeAllConnections();
    const gone = await doctor(args);
    expect([gone.code, gone.stdout]).toEqual([2, ""]);
    expect(gone.stderr).toContain(`127.0.0.1:${port}`);
    expect(gone.stderr).not.toContain("hunter2");
  });

  test("exits 2 for wrong usage and for files that cannot be read, and says where", async () => {
    const config = file("good.yaml", rightConfig("http://127.0.0.1:1"));
    const none = await doctor([]);
    expect([none.code, none.stderr]).toEqual([
      2,
      expect.stringContaining("See stowage --help or stowage doctor --help"),
    ]);
    const numbers = await doctor(["--config", config, "--load-calls", "x", "--load-seconds", "0"]);
    expect(numbers.stderr.match(/is not a whole number/g)).toHaveLength(2);
    const missing = await doctor(["--config", "none.yaml"]);
    expect([missing.code, missing.stderr]).toEqual([2, "none.yaml: no such file or directory\n"]);
    const torn = await doctor(["--config", file("torn.yaml", "a: [1\nb: 2\n")]);
    expect([torn.code, torn.stderr]).toEqual([2, expect.stringMatching(/^torn\.yaml:\d: /)]);
    const two = await doctor(["--config", file("two.yaml", "kind: A\n---\nkind: B\n")]);
    expect([two.code, two.stderr]).toEqual([2, expect.stringContaining("holds 2 objects")]);
  });

  test("keeps to ASCII and without colour where it is told so, and what a server sends moves no cursor", async () => {
    await using server = await new Server({
      filter: (_, reply) => reply.code(500).send("\u001b[2Jboom\r\nmore"),
    }).start();
    const config = file("hostile.yaml", rightConfig(server.url));
    const run = await doctor(["--config", config], "", { LANG: "C" });
    expect(run.stdout).toContain("boom more");
    expect(run.stdout).not.toMatch(/[^\n\x20-\x7e]/);
    const coloured = await doctor(["--config", config], "", { FORCE_COLOR: "1" });
    expect(coloured.stdout).toContain("\u001b[");
  });

  test("has help with examples and exit codes", async () => {
    const help = await doctor(["--help"]);
    expect([help.code, help.stderr]).toEqual([0, ""]);
    expect(help.stdout).toContain("stowage doctor --config scheduler.yaml -o patch | patch -p0");
    expect(help.stdout).toMatch(/4 {2}something does not work/);
  });
});
