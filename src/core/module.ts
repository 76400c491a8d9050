/** Compiling the WebAssembly module: lazily, once, synchronously, the vector binary where the runtime takes it. */

import { StowageError } from "../errors.js";
import { releaseBase64, scalarBase64 } from "./binary.js";

let vectors: WebAssembly.Module | undefined;
let scalar: WebAssembly.Module | undefined;

/**
 * The module this runtime can run; the vector binary, or the scalar one where SIMD is missing or `scalar` is asked for.
 * Both give the same bytes. Where compiling is forbidden (Workers, a strict CSP) pass your own module to the Cluster.
 */
export function coreModule(options: { readonly scalar?: boolean } = {}): WebAssembly.Module {
  if (options.scalar !== true) {
    vectors ??= tryCompile(releaseBase64);
    if (vectors !== undefined) return vectors;
  }
  scalar ??= compile(scalarBase64);
  return scalar;
}

function tryCompile(base64: string): WebAssembly.Module | undefined {
  return WebAssembly.validate(bytesOf(base64)) ? compile(base64) : undefined;
}

function compile(base64: string): WebAssembly.Module {
  try {
    return new WebAssembly.Module(bytesOf(base64));
  } catch (cause) {
    throw new StowageError("ERR_WASM", { reason: cause instanceof Error ? cause.message : String(cause) }, { cause });
  }
}

/** atob is in every runtime that has WebAssembly; Buffer is not. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
