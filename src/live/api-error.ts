/** What goes wrong between here and an API server. */

import { StowageError } from "../errors.js";

/** Where a request went: all that an error may say of it. Headers, and with them credentials, are no part of it. */
export interface RequestLine {
  readonly method: string;
  readonly url: string;
}

export interface ApiErrorOptions {
  /** The status code of the answer; undefined when there was none. */
  readonly status?: number | undefined;
  /** The machine-readable reason of Kubernetes' Status: "Expired", "Conflict", ... */
  readonly statusReason?: string | undefined;
  /** How long the server asks to be left alone. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** `metav1.Status`, as far as it is read. */
export interface Status {
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: { readonly retryAfterSeconds?: number };
}

/** A request that brought no usable answer. Without `status` nobody knows whether the server acted on it. */
export class ApiError extends StowageError {
  override readonly name: string = "ApiError";
  readonly status: number | undefined;
  readonly statusReason: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor({ method, url }: RequestLine, reason: string, options: ApiErrorOptions = {}) {
    super("ERR_API", { method, url, reason }, { cause: options.cause });
    this.status = options.status;
    this.statusReason = options.statusReason;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The error that an answer of 300 or more, or an ERROR event of a watch, stands for. */
export function statusError(line: RequestLine, code: number, status: Status, retryAfterMs?: number): ApiError {
  const { message, reason, details } = status;
  const seconds = details?.retryAfterSeconds;
  return new ApiError(line, `${code}${reason ? ` ${reason}` : ""}${message ? `: ${message}` : ""}`, {
    status: code,
    statusReason: reason,
    retryAfterMs: retryAfterMs ?? (seconds === undefined ? undefined : seconds * 1000),
  });
}

/** Whether what was listed or watched from is too old for the server to go on from. */
export function isExpired(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  return error.status === 410 || error.statusReason === "Expired" || error.statusReason === "Gone";
}
