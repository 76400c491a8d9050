/** A commit in a folder of its own, built, whose benches can be run. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FamilyFigures } from "../src/bench/measure.js";
import type { BenchReport } from "../src/cli/print/bench.js";
import { repositoryPath } from "./built.js";
import { environmentOf, type Figure, REPORT_VERSION, type Report } from "./report.js";

const NS_A_US = 1e3;

/** `figures`: npm run bench. `families`: stowage bench. */
export type Suite = "figures" | "families";

export class Checkout implements Disposable {
  readonly #folder: string;
  readonly #repository = repositoryPath("");

  /** Checks the commit out and builds it, with the packages that are installed here. @throws Error for one that there is not */
  constructor(commit: string) {
    this.#folder = join(mkdtempSync(join(tmpdir(), "stowage-compare-")), "checkout");
    this.#git("worktree", "add", "--detach", this.#folder, commit);
    symlinkSync(repositoryPath("node_modules"), join(this.#folder, "node_modules"));
    this.#run(process.execPath, "scripts/build.mjs");
  }

  /** Runs a suite once. @param flags its own */
  measure(suite: Suite, flags: readonly string[]): Report {
    if (suite === "families") {
      const text = this.#run(process.execPath, "dist/cli/main.js", "bench", ...flags, "-o", "json");
      return familiesReport(JSON.parse(text) as BenchReport);
    }
    const file = join(this.#folder, "report.json");
    this.#run(process.execPath, "--import", "tsx", "bench/main.ts", ...flags, "-o", "json", "--file", file);
    return JSON.parse(readFileSync(file, "utf8")) as Report;
  }

  [Symbol.dispose](): void {
    this.#git("worktree", "remove", "--force", this.#folder);
    rmSync(join(this.#folder, ".."), { recursive: true, force: true });
  }

  #git(...args: readonly string[]): void {
    execFileSync("git", args, { cwd: this.#repository, stdio: ["ignore", "ignore", "inherit"] });
  }

  #run(command: string, ...args: readonly string[]): string {
    return execFileSync(command, args, {
      cwd: this.#folder,
      encoding: "utf8",
      maxBuffer: 2 ** 28,
      stdio: ["ignore", "pipe", "inherit"],
    });
  }
}

function familiesReport({ families, seed }: BenchReport): Report {
  return {
    schemaVersion: REPORT_VERSION,
    environment: environmentOf(String(seed), "stowage bench"),
    figures: families.flatMap(figureOf),
    counters: families.flatMap(({ family, nodes, classes, bytesAClass }) =>
      bytesAClass === null ? [] : [{ name: `bytes a class: ${family}, ${classes} classes`, nodes, value: bytesAClass }],
    ),
  };
}

function figureOf({ family, boundary, nodes, classes, podsPerSecond, p50Us, p99Us, pods }: FamilyFigures): Figure[] {
  if (!podsPerSecond || p50Us === null || p99Us === null) return [];
  const [p50Ns, p99Ns] = [p50Us * NS_A_US, p99Us * NS_A_US];
  return [
    { name: `${family}, ${classes} classes`, boundary, nodes, perSecond: podsPerSecond, p50Ns, p99Ns, samples: pods },
  ];
}
