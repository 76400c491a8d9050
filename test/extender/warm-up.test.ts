// The calls that nobody made: every one is answered as a real one is, and nothing of them is left.

import { pino } from "pino";
import { describe, expect, test } from "vitest";
import { warmUp } from "../../src/cli/warm-up.js";

interface Line {
  readonly verb: string;
  readonly result: string;
  readonly offered: number;
}

function logger(lines: Line[], onLine: () => void = () => undefined) {
  return pino(
    { base: null },
    {
      write: (text: string) => {
        const line = JSON.parse(text) as Line & { readonly msg?: string };
        if (line.verb === undefined) return;
        lines.push(line);
        onLine();
      },
    },
  );
}

describe("warming up", () => {
  test("asks filter and prioritize in turns, on all nodes, and every call succeeds", async () => {
    const lines: Line[] = [];
    await warmUp(logger(lines), new AbortController().signal);
    expect(lines).toHaveLength(600);
    expect(new Set(lines.map(({ verb, result, offered }) => `${verb} ${result} ${offered}`))).toEqual(
      new Set(["filter success 100", "prioritize success 100"]),
    );
  });

  test("ends soon when the process is to end, and leaves no socket open", async () => {
    const open = (): number => process.getActiveResourcesInfo().filter((each) => /TCP|Server/.test(each)).length;
    const before = open();
    const ending = new AbortController();
    const lines: Line[] = [];
    await warmUp(
      logger(lines, () => ending.abort()),
      ending.signal,
    );
    expect(lines.length).toBeLessThan(5);
    await expect.poll(open).toBe(before);
  });
});
