// Applies a unified diff to the letter: every line of context must be where the diff says. Shares no code with what wrote it.

/** @throws Error where the diff does not fit the text */
export function applyDiff(text: string, diff: string): string {
  const lines = text.split("\n");
  const result: string[] = [];
  let at = 0;
  for (const line of diff.split("\n").slice(2)) {
    const hunk = /^@@ -(\d+),(\d+) \+(\d+),(\d+) @@$/.exec(line);
    if (hunk !== null) {
      const start = hunk[2] === "0" ? Number(hunk[1]) : Number(hunk[1]) - 1;
      result.push(...lines.slice(at, start));
      at = start;
      if (result.length !== Number(hunk[3]) - 1)
        throw new Error(`${line}: ${result.length} lines are written before it`);
      continue;
    }
    if (line === "" || line.startsWith("\\")) continue;
    const [mark, rest] = [line[0], line.slice(1)];
    if (mark === "+") {
      result.push(rest);
      continue;
    }
    if (lines[at] !== rest)
      throw new Error(`line ${at + 1} is ${JSON.stringify(lines[at])}, the diff has ${JSON.stringify(rest)}`);
    if (mark === " ") result.push(rest);
    at++;
  }
  return [...result, ...lines.slice(at)].join("\n");
}
