/**
 * Every error this package throws: one code, one class, one sentence. The code is the contract and never changes its
 * meaning; the sentence is a courtesy. "Does not fit" is never an error, it is a Decision.
 */

/** What each code says; `{name}` is filled from the details given to {@link StowageError}. */
const SENTENCES = {
  ERR_QUANTITY: "{path}: {reason}",
  ERR_OBJECT: "{path}: {reason}",
  ERR_INPUT: "{count} problem(s) in the input: {first}",
  ERR_CONFIG: "{count} problem(s) in the scheduler configuration: {first}",
  ERR_CAPACITY: "limit reached: {limit} ({max})",
  ERR_UNKNOWN_NODE: "no node is called {name}",
  ERR_UNKNOWN_TOKEN: "token {token} is not a live promise: it was confirmed, forgotten or has expired",
  ERR_ALREADY_PLACED: "pod {name} is already on node {node}",
  ERR_PLUGIN: "plugin {plugin}: {reason}",
  ERR_REENTRANT: "{method} was called from inside a plugin's callback; plugins only read",
  ERR_TRANSACTION: "{reason}",
  ERR_DISPOSED: "this {what} was disposed",
  ERR_WASM: "WebAssembly is not available here: {reason}",
  ERR_PACKAGE: "{what} needs a package that is not installed: npm install {package}",
  ERR_KUBECONFIG: "{source}: {reason}",
  ERR_API: "{method} {url}: {reason}",
  ERR_BIND: "pod {pod} onto node {node}: {reason}",
  ERR_ABORTED: "stopped by its signal after {done} of {total}",
  ERR_INTERNAL: "this is a bug in stowage: {reason}",
} as const;

export type ErrorCode = keyof typeof SENTENCES;

/** A value that nobody should have given, in a sentence about it. */
export function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** Values for the slots of an error's sentence; kept on the error as `details`. */
export type ErrorDetails = Readonly<Record<string, string | number>>;

/** The one error class of this package. Tell errors apart by `code`. */
export class StowageError extends Error {
  override readonly name: string = "StowageError";
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails = {}, options?: { cause?: unknown }) {
    super(fillSentence(code, details), options);
    this.code = code;
    this.details = details;
  }
}

/** One problem found in an input. `file` and `line` (1-based) are there when the input was text. */
export interface Issue {
  /** Stable and lower-kebab: "bad-quantity", "wrong-type", "duplicate-name", ... */
  readonly code: string;
  /** `error`: the object is unusable. `warning`: read, but probably not what was meant. */
  readonly severity: "error" | "warning";
  readonly message: string;
  /** Where in the object: `spec.containers[0].resources.requests.cpu`; empty for the whole. */
  readonly path: string;
  /** "Kind namespace/name", as far as it could be read. */
  readonly object?: string;
  readonly file?: string;
  readonly line?: number;
}

/** A {@link StowageError} that carries every problem found, not only the first. */
export class IssuesError extends StowageError {
  override readonly name: string = "IssuesError";
  readonly issues: readonly Issue[];

  constructor(code: "ERR_INPUT" | "ERR_CONFIG", issues: readonly Issue[]) {
    super(code, { count: issues.length, first: issues[0] === undefined ? "none" : formatIssue(issues[0]) });
    this.issues = issues;
  }
}

/** `file:line: path: message`, leaving out what is not known. */
export function formatIssue(issue: Issue): string {
  const place = issue.file === undefined ? "" : `${issue.file}${issue.line === undefined ? "" : `:${issue.line}`}: `;
  const object = issue.object === undefined ? "" : `${issue.object}: `;
  const path = issue.path === "" ? "" : `${issue.path}: `;
  return `${place}${object}${path}${issue.message}`;
}

function fillSentence(code: ErrorCode, details: ErrorDetails): string {
  return SENTENCES[code].replace(/\{(\w+)\}/g, (slot, key: string) => String(details[key] ?? slot));
}
