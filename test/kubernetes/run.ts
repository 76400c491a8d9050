/** Judges many worlds in two processes, and says on stderr how far it has come. */

import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Judgement, type JudgeOptions, sum } from "./judge.js";
import type { Chunk, ChunkAnswer } from "./worker.js";

const WORLDS_A_CHUNK = 100;
const PROCESSES = 2;
const WORKER = fileURLToPath(new URL("./worker.ts", import.meta.url));

export async function judgeMany(names: readonly string[], options: JudgeOptions): Promise<Judgement> {
  const chunks: string[][] = [];
  for (let start = 0; start < names.length; start += WORLDS_A_CHUNK) {
    chunks.push(names.slice(start, start + WORLDS_A_CHUNK));
  }
  const started = performance.now();
  const parts: Judgement[] = [];
  let next = 0;
  let done = 0;
  const work = async () => {
    const child = fork(WORKER);
    try {
      while (next < chunks.length) {
        const index = next++;
        const part = await ask(child, { names: chunks[index]!, options });
        parts[index] = part;
        done += chunks[index]!.length;
        // A long run need not end before somebody can look at what it found.
        for (const { name, side } of part.failures) process.stderr.write(`${side} differs in ${name}\n`);
        tellProgress(done, names.length, performance.now() - started, sum(parts.filter(Boolean)).failures.length);
      }
    } catch (error) {
      next = chunks.length;
      throw error;
    } finally {
      child.disconnect();
    }
  };
  await Promise.all(Array.from({ length: Math.min(PROCESSES, chunks.length) }, work));
  if (process.stderr.isTTY) process.stderr.write("\n");
  return sum(parts);
}

function ask(child: ChildProcess, chunk: Chunk): Promise<Judgement> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`a worker ended with exit code ${code}`));
    child.once("exit", ended);
    child.once("message", (message) => {
      child.off("exit", ended);
      const answer = message as ChunkAnswer;
      if ("error" in answer) reject(new Error(answer.error));
      else resolve(answer.judgement);
    });
    child.send(chunk);
  });
}

/** On a terminal one line that is written over; elsewhere a line every thousand worlds. */
function tellProgress(done: number, total: number, elapsedMs: number, failures: number): void {
  const perSecond = Math.round((done * 1000) / elapsedMs);
  const text = `${done} of ${total} worlds, ${perSecond} a second, ${failures} with differences`;
  if (process.stderr.isTTY) process.stderr.write(`\r${text}`);
  else if (done === total || done % 1000 === 0) process.stderr.write(`${text}\n`);
}
