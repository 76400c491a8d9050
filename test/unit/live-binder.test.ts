// Bindings against a small API server of real HTTP that loses answers, is slow, and says no in every way that the real one
// does; what a binding meant is read off the server.
import type { ServerResponse } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import type { Pod } from "../../src/kube/objects.js";
import { type BindError, podBinder } from "../../src/live/binder.js";
import type { ApiClient } from "../../src/live/client.js";
import { ApiServer, type ApiServerOptions } from "../helpers/api-server.js";
import { connectTo } from "../helpers/live-client.js";

const PODS = "/api/v1/pods";
const BINDING = { pod: { namespace: "default", name: "web", uid: "uid-1" }, node: "n1" };
const FAST = { initialBackoffMs: 1, requestTimeoutMs: 200, random: () => 0 };

let server: ApiServer;
let client: ApiClient;

async function start(options: ApiServerOptions = {}, pod: Pod | undefined = podOf()): Promise<void> {
  server = new ApiServer(options);
  if (pod !== undefined) server.put(PODS, pod);
  client = await connectTo(await server.start());
}

afterEach(async () => {
  client.close();
  await server.stop();
});

function podOf(metadata: Pod["metadata"] = {}, nodeName?: string): Pod {
  const spec = { containers: [], ...(nodeName === undefined ? {} : { nodeName }) };
  return { metadata: { name: "web", namespace: "default", uid: "uid-1", ...metadata }, spec };
}

/** Where the server has the pod. */
function nodeOfPod(): string | undefined {
  return (server.objects(PODS).get("default/web") as Pod | undefined)?.spec?.nodeName;
}

function bindOnServer(): void {
  server.put(PODS, podOf({}, "n1"));
}

async function failureOf(promise: Promise<unknown>): Promise<BindError> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(outcome).toMatchObject({ code: "ERR_BIND" });
  return outcome as BindError;
}

/** Answers the first bindings by these, the rest as a server should. */
function answers(...steps: ((response: ServerResponse) => void)[]): ApiServerOptions {
  return {
    onBinding: (_request, response) => {
      const step = steps.shift();
      step?.(response);
      return step !== undefined;
    },
  };
}

describe("a binding", () => {
  test("is made once, for the pod of this uid", async () => {
    await start();
    expect(await podBinder(client)(BINDING)).toEqual({ wasBound: false, attempts: 1 });
    expect(nodeOfPod()).toBe("n1");
  });

  test("that was made before is a success", async () => {
    await start({}, podOf({}, "n1"));
    expect(await podBinder(client, FAST)(BINDING)).toEqual({ wasBound: true, attempts: 1 });
  });

  test("whose answer was lost is looked for, not repeated", async () => {
    await start(
      answers((response) => {
        bindOnServer();
        response.destroy();
      }),
    );
    expect(await podBinder(client, FAST)(BINDING)).toEqual({ wasBound: true, attempts: 1 });
    expect(server.bindings).toBe(1);
  });

  test("whose answer does not come in time is looked for", async () => {
    await start(answers(() => setTimeout(bindOnServer, 20)));
    expect(await podBinder(client, FAST)(BINDING)).toEqual({ wasBound: true, attempts: 1 });
  });

  test("that a broken connection has swallowed is repeated", async () => {
    await start(
      answers(
        (response) => response.destroy(),
        (response) => response.writeHead(503).end("no backend"),
      ),
    );
    expect(await podBinder(client, FAST)(BINDING)).toEqual({ wasBound: false, attempts: 3 });
    expect(nodeOfPod()).toBe("n1");
  });

  test("that the server has no time for is repeated without looking", async () => {
    await start(answers((response) => response.writeHead(429, { "retry-after": "0" }).end("{}")));
    expect(await podBinder(client, FAST)(BINDING)).toEqual({ wasBound: false, attempts: 2 });
    expect(server.requests.filter((line) => line.startsWith("GET"))).toEqual([]);
  });

  test("is not given up for rights that a server has not read yet when it comes back", async () => {
    const forbidden = '{"message":"forbidden"}';
    await start(
      answers(
        (response) => response.destroy(),
        (response) => response.writeHead(403).end(forbidden),
      ),
    );
    expect(await podBinder(client, FAST)(BINDING)).toEqual({ wasBound: false, attempts: 3 });
  });

  test("of many at once for one pod is made by one and found by the others", async () => {
    await start();
    const bind = podBinder(client, FAST);
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => bind(BINDING)));
    expect(outcomes.filter(({ wasBound }) => !wasBound)).toHaveLength(1);
  });
});

describe("a binding that cannot be made says why", () => {
  test.each([
    ["elsewhere", podOf({}, "n2"), "it is bound to n2 already"],
    ["gone", podOf({ uid: "uid-2" }), "another pod has its name now: uid uid-2, not uid-1"],
    ["terminating", podOf({ deletionTimestamp: "2026-01-01T00:00:00Z" }), "it is being deleted"],
  ])("%s", async (failure, pod, reason) => {
    await start({}, pod);
    const error = await failureOf(podBinder(client, FAST)(BINDING));
    expect(error.message).toBe(`pod default/web onto node n1: ${reason}`);
    expect(error).toMatchObject({ failure, isOutcomeUnknown: false });
  });

  test("gone, when there is no such pod", async () => {
    await start({});
    server.delete(PODS, "default/web");
    expect(await failureOf(podBinder(client, FAST)(BINDING))).toMatchObject({ failure: "gone" });
  });

  test("refused, with the server's words, once", async () => {
    await start(answers((response) => response.writeHead(403).end('{"message":"pods/binding is forbidden"}')));
    const error = await failureOf(podBinder(client, FAST)(BINDING));
    expect(error.failure).toBe("refused");
    expect(error.message).toContain("403: pods/binding is forbidden");
    expect(server.bindings).toBe(1);
  });

  test("refused, when the pod waits and the server will not have it", async () => {
    await start(answers((response) => response.writeHead(409).end('{"message":"pod web has scheduling gates"}')));
    expect((await failureOf(podBinder(client, FAST)(BINDING))).message).toContain("409: pod web has scheduling gates");
  });

  test("unreachable, and that nobody knows the outcome", async () => {
    await start(
      answers((response) => {
        response.destroy();
        void server.stop();
      }),
    );
    const error = await failureOf(podBinder(client, { ...FAST, timeoutMs: 300 })(BINDING));
    expect(error).toMatchObject({ failure: "unreachable", isOutcomeUnknown: true });
    expect(error.message).toContain("not done within 300 ms; last: GET http://127.0.0.1");
  });

  test("its caller's own reason, when the caller gives up", async () => {
    await start(answers(() => undefined));
    const caller = new AbortController();
    const bound = podBinder(client)(BINDING, caller.signal);
    setTimeout(() => caller.abort(new Error("the pod was deleted")), 20);
    await expect(bound).rejects.toThrow("the pod was deleted");
  });
});
