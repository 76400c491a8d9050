// The codes are a closed list: documented each with its sentence, and each planted or provoked by a test.
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CODES } from "../../src/doctor/codes.js";
import { judgeLoad, type LoadResult, quantile } from "../../src/doctor/load.js";
import { root } from "../helpers/command-line.js";
import { codesOf, diagnose, rightConfig } from "./examination.js";

describe("every code", () => {
  test("stands in docs/doctor.md with its sentence", () => {
    const text = readFileSync(join(root, "docs/doctor.md"), "utf8");
    const rows = [...text.matchAll(/^\| `([a-z0-9-]+)` \| (.+) \|$/gm)].map(([, code, sentence]) => [code, sentence]);
    expect(Object.fromEntries(rows)).toEqual(CODES);
  });

  test("is named by a test that provokes it", () => {
    const folder = join(root, "test/doctor");
    const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
    expect(Object.keys(CODES).filter((code) => !texts.some((text) => text.includes(`"${code}"`)))).toEqual([]);
  });
});

describe("rarer findings", () => {
  test("of another kind of object, and of a file that is not here", async () => {
    const other = rightConfig("http://127.0.0.1:1").replace("KubeSchedulerConfiguration", "KubeletConfiguration");
    expect(codesOf(await diagnose(other, [], { calls: false }), "broken")).toEqual(["wrong-kind"]);
    const tls = `${rightConfig("https://127.0.0.1:1")}    tlsConfig: {caFile: /nowhere/ca.pem}\n`;
    const report = await diagnose(tls);
    expect([codesOf(report, "warning"), codesOf(report, "broken")]).toEqual([["file-unread"], ["unreachable"]]);
  });

  test("of a server that speaks something else", async () => {
    const server = createServer((socket) => socket.on("error", () => undefined).end("SSH-2.0-x\r\n"));
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as { port: number };
    expect(codesOf(await diagnose(rightConfig(`http://127.0.0.1:${port}`)), "broken")).toEqual(["protocol"]);
    server.close();
  });

  test("of a load that takes more than half of the timeout, or is held", () => {
    const result: LoadResult = {
      extender: 0,
      verb: "filter",
      nodes: 500,
      calls: 100,
      errors: 0,
      p50Ms: 10,
      p99Ms: 2600,
      maxMs: 2700,
      callsPerSecond: 9,
      requestBytes: 1,
      largestAnswerBytes: 1,
    };
    expect(judgeLoad({}, result)).toMatchObject({ code: "load-slow", severity: "warning" });
    expect(judgeLoad({ httpTimeout: { text: "10s", ms: 10_000 } }, result)).toMatchObject({ code: "load" });
    expect(judgeLoad({}, { ...result, errors: 1 })).toMatchObject({ code: "load-errors", severity: "broken" });
  });

  test("quantiles are values that occurred", () => {
    const sorted = Array.from({ length: 100 }, (_, at) => at + 1);
    expect([0.5, 0.99, 1].map((part) => quantile(sorted, part))).toEqual([50, 99, 100]);
    expect([quantile([], 0.5), quantile([7], 0.99)]).toEqual([0, 7]);
  });
});
