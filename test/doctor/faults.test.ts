// One fault at a time, planted into a configuration, a server or a manifest that is right otherwise: the doctor finds it, by
// its code, and nothing beside it unless the row says so. The servers are real and on loopback.
import { load as readYaml } from "js-yaml";
import { describe, expect, test } from "vitest";
import { applyDiff } from "./diff.js";
import { codesOf, diagnose, HEAD, rightConfig } from "./examination.js";
import { check, STATIC_POD } from "./fault.js";
import { AROUND_IT, IN_THE_FILE } from "./file-faults.js";
import { namesOf, Server } from "./server.js";
import { FIVE_NODES, IN_THE_SERVER } from "./server-faults.js";

describe("nothing is found", () => {
  test("in a right configuration of a right server", async () => {
    await using server = await new Server({}).start();
    const report = await diagnose(rightConfig(server.url), [STATIC_POD]);
    expect([codesOf(report, "broken"), codesOf(report, "warning"), report.verdict]).toEqual([[], [], "ok"]);
    expect(codesOf(report, "ok")).toEqual(
      expect.arrayContaining([
        "filter-answers",
        "prioritize-answers",
        "bind-refuses",
        "preempt-answers",
        "weight-felt",
        "keep-alive",
      ]),
    );
    expect(server.requests.map(({ url }) => url)).toEqual(["/filter", "/prioritize", "/bind", "/preempt"]);
  });

  test("at the cluster's size, and by a server that says its limits", async () => {
    const version = {
      name: "stowage",
      budgetMs: 2000,
      keepAliveMs: 120_000,
      bodyLimitBytes: 2 ** 27,
      managedResources: [],
    };
    await using server = await new Server({ version }).start();
    const report = await diagnose(rightConfig(server.url), [FIVE_NODES]);
    expect([codesOf(report, "broken"), codesOf(report, "warning")]).toEqual([[], []]);
    expect(codesOf(report, "ok")).toEqual(
      expect.arrayContaining(["filter-at-size", "timeout-fits", "blocks-while-away", "keep-alive"]),
    );
  });

  test("where the server answers in lower case, or with more after the JSON", async () => {
    await using server = await new Server({
      filter: (body, reply) =>
        reply.type("application/json").send(`${JSON.stringify({ nodenames: namesOf(body) })}\n\nrubbish`),
      prioritize: (body) => namesOf(body).map((host) => ({ host, score: 3 })),
    }).start();
    const report = await diagnose(rightConfig(server.url));
    expect([codesOf(report, "broken"), codesOf(report, "warning")]).toEqual([[], []]);
  });
});

describe("a planted fault in the file", () => {
  test.each(IN_THE_FILE)("$name", check);
});

describe("a planted fault around the file", () => {
  test.each(AROUND_IT)("$name", check);

  test.each([
    ["v1beta3", undefined, "broken"],
    ["v1beta3", 28, "warning"],
    ["v1beta3", 29, "broken"],
    ["v1beta2", 27, "warning"],
    ["v1beta2", 28, "broken"],
    ["v1beta1", 22, "warning"],
    ["v2", 36, "broken"],
  ])("%s on a cluster of 1.%s is %s", async (version, minor, severity) => {
    const pod = STATIC_POD.replace("v1.36.3", `v1.${minor}.0`);
    const text = rightConfig("http://127.0.0.1:1").replace("io/v1", `io/${version}`);
    const report = await diagnose(text, minor === undefined ? [] : [pod], { calls: false });
    const found = report.findings.find(({ code }) => code === "api-version");
    expect([found?.severity, found?.line]).toEqual([severity, 1]);
    const canMove = minor === undefined || minor >= 25;
    const [patch] = report.patches;
    expect(patch === undefined ? undefined : applyDiff(text, patch.diff)).toEqual(
      canMove ? rightConfig("http://127.0.0.1:1") : undefined,
    );
  });

  test("v1 on a cluster that does not read it yet, and a Policy file", async () => {
    const old = await diagnose(rightConfig("http://127.0.0.1:1"), [STATIC_POD.replace("v1.36.3", "v1.24.1")], {
      calls: false,
    });
    expect(codesOf(old, "broken")).toEqual(["api-version"]);
    const policy = await diagnose(
      "kind: Policy\napiVersion: v1\nextenders: [{urlPrefix: 'http://127.0.0.1:1', filterVerb: f}]\n",
      [],
      { calls: false },
    );
    expect(policy.findings[0]).toMatchObject({ code: "api-version", severity: "broken" });
  });

  test("a filter that preemption does not ask is told, and is not wrong", async () => {
    const text = rightConfig("http://127.0.0.1:1").replace("    preemptVerb: preempt\n", "");
    const report = await diagnose(text, [], { calls: false });
    expect([report.verdict, codesOf(report, "ok")]).toEqual(["ok", expect.arrayContaining(["preempt-unasked"])]);
  });

  test("no extenders at all", async () => {
    expect(codesOf(await diagnose(HEAD), "broken")).toEqual(["no-extenders"]);
  });
});

describe("a planted fault in the server", () => {
  test.each(IN_THE_SERVER)("$name", check);

  test("an idle connection that is closed early, where the server does not say so", async () => {
    const { createServer } = await import("node:http");
    const server = createServer((request, response) => {
      response.shouldKeepAlive = true;
      response.setHeader("Keep-Alive", "yes");
      response.setHeader("Connection", "keep-alive");
      request
        .resume()
        .on("end", () =>
          response.end('{"NodeNames":["stowage-doctor-node-1","stowage-doctor-node-2","stowage-doctor-node-3"]}'),
        );
    });
    server.keepAliveTimeout = 300;
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as { port: number };
    const text = rightConfig(`http://127.0.0.1:${port}`)
      .replace(/ {4}(?:prioritize|bind|preempt)Verb.*\n/g, "")
      .replace(/ {4}weight.*\n/, "");
    const report = await diagnose(text, [], { idleMs: 4000 });
    server.close();
    expect(codesOf(report, "warning")).toEqual(["keep-alive-short"]);
    expect(report.findings[0]?.evidence).toMatch(/^an idle connection was closed after \d\.\d s$/);
  });
});

describe("secrets", () => {
  test("in an address are not printed, and it is still called with them", async () => {
    const report = await diagnose(rightConfig("http://user:hunter2@127.0.0.1:1").replace("weight: 20", "weight: 1"));
    expect(JSON.stringify(report)).not.toContain("hunter2");
    expect(codesOf(report, "broken")).toEqual(["unreachable"]);
    expect(
      readYaml(
        applyDiff(
          rightConfig("http://user:hunter2@127.0.0.1:1").replace("weight: 20", "weight: 1"),
          report.patches[0]!.diff,
        ),
      ),
    ).toMatchObject({ extenders: [{ weight: 15 }] });
  });
});
