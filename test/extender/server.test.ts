// The server as a client sees it, over real sockets: paths, limits, health, bad requests, and an end that loses none.
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import type { ServerOptions } from "../../src/extender/server.js";
import { get, post, RawClient, rawPost, type Serving, serve } from "../helpers/extender-server.js";
import { bindArgs, ChangingSource, nodeOf, podOf, SlowBinder } from "../helpers/extender-world.js";

const pod = podOf("p");
const filterBody = JSON.stringify({ Pod: pod, NodeNames: ["a", "b"] });
const open: Serving[] = [];

async function start(options: Partial<ServerOptions> = {}, binder?: SlowBinder): Promise<Serving> {
  const source = new ChangingSource([nodeOf("a"), nodeOf("b")], [pod]);
  const serving = await serve(source, options, binder && { binder: binder.bind });
  open.push(serving);
  return serving;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map(({ server }) => server.close()));
});

describe("paths", () => {
  test("answer the verbs, with any content type and none", async () => {
    const { url } = await start();
    for (const type of ["application/json", "text/plain", "application/x-www-form-urlencoded", "nonsense"]) {
      const { status, text } = await post(`${url}/filter`, filterBody, { "content-type": type });
      expect([status, JSON.parse(text).NodeNames]).toEqual([200, ["a", "b"]]);
    }
    const client = await RawClient.open(Number(new URL(url).port));
    client.send(rawPost("/prioritize", filterBody));
    await client.until(({ received }) => received.endsWith('{"Host":"b","Score":10}]'));
    client.end();
  });

  test("that do not exist say which do, and those that take POST say so", async () => {
    const { url } = await start();
    const lost = await post(`${url}/scheduler/filter`, filterBody);
    expect([lost.status, lost.text]).toEqual([
      404,
      expect.stringContaining("POST /filter, /prioritize, /bind, /preempt"),
    ]);
    const wrong = await get(`${url}/filter`);
    expect([wrong.status, JSON.parse(wrong.text).Error]).toEqual([405, "/filter takes POST, not GET"]);
  });

  test("explain a pod and say the version", async () => {
    const { url } = await start();
    const explained = JSON.parse((await get(`${url}/explain/default/p`)).text);
    expect(explained).toMatchObject({ schemaVersion: "stowage/explain.v1", pod: "default/p", node: "a" });
    expect((await get(`${url}/explain/default/q`)).status).toBe(404);
    expect(JSON.parse((await get(`${url}/version`)).text)).toEqual({ name: "stowage" });
  });
});

describe("health", () => {
  test("is ready only when the cluster is known, and alive all the time", async () => {
    const source = new ChangingSource([nodeOf("a")]);
    source.isSynced = false;
    const serving = await serve(source);
    open.push(serving);
    expect(await get(`${serving.url}/readyz`)).toMatchObject({ status: 503, text: "[-]the cluster is not known yet" });
    expect(await get(`${serving.url}/livez`)).toMatchObject({ status: 200, text: "ok" });
    expect(await get(`${serving.url}/explain/default/p`)).toMatchObject({ status: 503 });
    expect(await post(`${serving.url}/simulate`, '{"pods":[]}')).toMatchObject({ status: 503 });
    source.isSynced = true;
    expect(await get(`${serving.url}/readyz`)).toMatchObject({ status: 200, text: "ok" });
  });

  test("is ready only when it is warm, and it answers before", async () => {
    let end = (): void => undefined;
    const { url } = await start({ warmUp: () => new Promise<void>((resolve) => (end = resolve)) });
    expect(await get(`${url}/readyz`)).toMatchObject({ status: 503, text: "[-]it is warming up" });
    expect((await post(`${url}/filter`, filterBody)).status).toBe(200);
    end();
    expect(await get(`${url}/readyz`)).toMatchObject({ status: 200, text: "ok" });
  });
});

describe("limits", () => {
  test("refuse a body that is too large before it is read, naming the setting", async () => {
    const { url, port, lines } = await start({ bodyLimitBytes: 1_000 });
    const { status, text } = await post(`${url}/filter`, "x".repeat(1_001));
    expect([status, JSON.parse(text).Error]).toEqual([
      413,
      "the body is larger than 1000 bytes: set nodeCacheCapable: true, so that names are sent, or raise --body-limit",
    ]);
    const client = await RawClient.open(port);
    client.send("POST /filter HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n");
    client.send(`${"x".repeat(1_001)}\r\n0\r\n\r\n`);
    await client.until(({ received }) => received.includes("413"));
    expect(client.received).toContain("--body-limit");
    expect(lines.join("")).not.toContain("xxx");
  });

  test("refuse more requests at a time than are allowed, and take them again afterwards", async () => {
    const binder = new SlowBinder();
    const { url } = await start({ concurrency: 1 }, binder);
    const bound = post(`${url}/bind`, JSON.stringify(bindArgs(pod, "a")));
    while (binder.asked.length === 0) await sleep(5);
    const refused = await post(`${url}/filter`, filterBody);
    expect([refused.status, JSON.parse(refused.text).Error]).toEqual([
      503,
      "1 requests are under way; see --concurrency",
    ]);
    expect((await get(`${url}/livez`)).status).toBe(200);
    binder.asked[0]?.succeed();
    expect((await bound).text).toBe('{"Error":""}');
    expect((await post(`${url}/filter`, filterBody)).status).toBe(200);
  });

  test("hold bodies in memory no further than four of the largest", async () => {
    const { url, port } = await start({ bodyLimitBytes: 10_000 });
    const clients = await Promise.all([1, 2, 3, 4].map(() => RawClient.open(port)));
    for (const client of clients) client.send("POST /filter HTTP/1.1\r\nHost: x\r\nContent-Length: 10000\r\n\r\n{");
    await sleep(100);
    const refused = await post(`${url}/filter`, filterBody);
    expect([refused.status, refused.text]).toEqual([
      503,
      expect.stringContaining("bodies of 40000 bytes are under way"),
    ]);
    for (const client of clients) client.end();
    await sleep(100);
    expect((await post(`${url}/filter`, filterBody)).status).toBe(200);
  });

  test("end requests that come too slowly, head or body, and leave idle connections alone", async () => {
    const { port } = await start({ timeouts: { requestMs: 300, checkMs: 50, keepAliveMs: 60_000 } });
    const [slowHead, slowBody, idle] = await Promise.all([1, 2, 3].map(() => RawClient.open(port)));
    slowHead!.send("POST /filter HTTP/1.1\r\nHost: x\r\n");
    slowBody!.send("POST /filter HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{");
    idle!.send(rawPost("/filter", filterBody));
    await slowHead!.until(({ isClosed }) => isClosed);
    await slowBody!.until(({ isClosed }) => isClosed);
    expect(slowHead!.received).toContain("408");
    await sleep(600);
    const before = idle!.received.length;
    idle!.send(rawPost("/filter", filterBody));
    await idle!.until(({ received }) => received.length > before);
    idle!.end();
  });

  test("keep idle connections longer than the 90 s of Go's client", async () => {
    const { port } = await start();
    const client = await RawClient.open(port);
    client.send(rawPost("/filter", filterBody));
    await client.until(({ received }) => received.includes("\r\n\r\n"));
    expect(client.received).toMatch(/keep-alive: timeout=120/i);
    client.end();
  });
});

describe("bad requests", () => {
  test.each([
    ["", 400, "the body ends after 0 bytes"],
    ["{", 400, "where a name in quotes should be"],
    ["null", 400, "where an object should be"],
    [`{"Pod":${"[".repeat(100_000)}`, 400, "at most 256 brackets inside each other"],
    ['{"Pod":{"metadata":{"name":"a"},"spec":{"containers":{}}},"NodeNames":[]}', 400, "a list should be"],
  ])("get a sentence: %.30j", async (body, status, message) => {
    const { url } = await start();
    const answer = await post(`${url}/filter`, body);
    expect([answer.status, JSON.parse(answer.text).Error]).toEqual([status, expect.stringContaining(message)]);
  });

  test("that are cut off leave the server as it was", async () => {
    const { url, port } = await start();
    const client = await RawClient.open(port);
    client.send("POST /filter HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{");
    client.end();
    const nonsense = await RawClient.open(port);
    nonsense.send("\u0016\u0003\u0001 no HTTP at all\r\n\r\n");
    await nonsense.until(({ isClosed }) => isClosed);
    expect((await post(`${url}/filter`, filterBody)).status).toBe(200);
  });
});

describe("logs", () => {
  test("have one line a decision, with the id of the request and nothing of the pod's environment", async () => {
    const { url, lines } = await start();
    const secret = "hunter2";
    const withEnv = {
      ...pod,
      spec: { ...pod.spec, containers: [{ name: "c", env: [{ name: "PASSWORD", value: secret }] }] },
    };
    await post(`${url}/filter`, JSON.stringify({ Pod: withEnv, NodeNames: ["a"] }), { "x-request-id": "the-id" });
    await post(`${url}/filter`, `{"Pod":{"spec":{"x":"${secret}"`);
    await post(`${url}/filter`, `{"Pod":{"x":${secret}},"NodeNames":[]}`);
    const decisions = lines.map((line) => JSON.parse(line)).filter(({ verb }) => verb === "filter");
    expect(decisions[0]).toMatchObject({
      reqId: "the-id",
      pod: "default/p",
      uid: "uid-p",
      offered: 1,
      passed: 1,
      result: "success",
    });
    expect(decisions[1]).toMatchObject({ result: "invalid", status: 400 });
    expect(decisions).toHaveLength(3);
    expect(lines.join("")).not.toContain(secret);
  });
});

describe("the end", () => {
  test("says it is not ready, answers what comes meanwhile on connections that it closes, and loses nothing", async () => {
    const binder = new SlowBinder();
    const { server, url } = await start({ concurrency: 64 }, binder);
    const slow = post(`${url}/bind`, JSON.stringify(bindArgs(pod, "a")));
    while (binder.asked.length === 0) await sleep(5);
    let isDone = false;
    // The delay ends when all below is answered, however slow the machine is.
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const drained = server.drain(300).then(() => {
      isDone = true;
    });
    expect(await get(`${url}/readyz`)).toMatchObject({ status: 503, text: "[-]it is shutting down" });
    const answers = await Promise.all(Array.from({ length: 50 }, () => post(`${url}/filter`, filterBody)));
    expect(new Set(answers.map(({ status, connection }) => `${status} ${connection}`))).toEqual(new Set(["200 close"]));
    await vi.advanceTimersByTimeAsync(300);
    await sleep(300);
    expect(isDone).toBe(false);
    binder.asked[0]?.succeed();
    expect((await slow).text).toBe('{"Error":""}');
    await drained;
    await expect(post(`${url}/filter`, filterBody)).rejects.toThrow();
  });
});
