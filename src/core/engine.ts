/**
 * One instance of the module: the door in the wall between words and numbers. Views are made here, at use, because
 * growing the memory detaches every view; statuses become errors here; a trap poisons the engine, since the memory
 * cannot be believed after it.
 */

import { StowageError } from "../errors.js";
import { ABI_VERSION, CORE_CONSTANTS, CORE_FUNCTIONS, type CoreConstants, type CoreFunctions } from "./exports.js";

export interface EngineOptions {
  /** A compiled core.wasm. */
  readonly module: WebAssembly.Module;
}

export class Engine {
  /** Calls into the module, guarded. */
  readonly core: CoreFunctions;
  /** Identifiers by name. */
  readonly ids: CoreConstants;
  readonly #memory: WebAssembly.Memory;
  /** Of the whole memory, until it grows: a view of its own would cost a single number 45 ns. */
  #words = new Uint32Array(0);
  #doubles = new Float64Array(0);
  #poison: StowageError | undefined;

  constructor(options: EngineOptions) {
    const { exports } = instantiate(options.module);
    const version = exports.ABI_VERSION instanceof WebAssembly.Global ? exports.ABI_VERSION.value : "none";
    if (version !== ABI_VERSION) {
      const reason = `the module speaks version ${version} of the core's interface, not ${ABI_VERSION}; take core.wasm of this package`;
      throw new StowageError("ERR_WASM", { reason });
    }
    this.#memory = exports.memory as WebAssembly.Memory;
    this.ids = Object.fromEntries(
      CORE_CONSTANTS.map((name) => [name, Number((exports[name] as WebAssembly.Global).value)]),
    ) as CoreConstants;
    this.core = Object.fromEntries(
      Object.keys(CORE_FUNCTIONS).map((name) => [name, this.#guard(exports[name] as (...args: number[]) => number)]),
    ) as unknown as CoreFunctions;
    this.check(this.core.nodesInit());
  }

  /** Returns what is not a status; throws `ERR_CAPACITY` when the module says that memory is used up. */
  check(result: number): number {
    if (result === this.ids.STATUS_NO_MEMORY) {
      throw new StowageError("ERR_CAPACITY", { limit: "WebAssembly memory", max: "4 GiB" });
    }
    return result;
  }

  /** A zeroed area of the module's memory. */
  alloc(bytes: number): number {
    const pointer = this.core.arenaAlloc(bytes);
    if (pointer === 0) this.check(this.ids.STATUS_NO_MEMORY);
    // Pointers beyond 2 GiB come back as negative i32.
    return pointer >>> 0;
  }

  bytesAt(pointer: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, pointer >>> 0, length);
  }

  wordsAt(pointer: number, length: number): Uint32Array {
    return new Uint32Array(this.#memory.buffer, pointer >>> 0, length);
  }

  doublesAt(pointer: number, length: number): Float64Array {
    return new Float64Array(this.#memory.buffer, pointer >>> 0, length);
  }

  /** One u32. */
  wordAt(pointer: number): number {
    if (this.#words.length === 0) this.#words = new Uint32Array(this.#memory.buffer);
    return this.#words[pointer >>> 2]!;
  }

  /** Writes a field of a block of u32. */
  setWord(pointer: number, field: number, value: number): void {
    if (this.#words.length === 0) this.#words = new Uint32Array(this.#memory.buffer);
    this.#words[(pointer >>> 2) + field] = value;
  }

  /** Writes a field of a block of f64. */
  setDouble(pointer: number, field: number, value: number): void {
    if (this.#doubles.length === 0) this.#doubles = new Float64Array(this.#memory.buffer);
    this.#doubles[(pointer >>> 3) + field] = value;
  }

  /** A column of bytes, one element a slot. Valid until the next call that may grow memory. */
  bytesOf(column: number): Uint8Array {
    return this.bytesAt(this.core.columnPtr(column), this.core.nodesCount());
  }

  wordsOf(column: number): Uint32Array {
    return this.wordsAt(this.core.columnPtr(column), this.core.nodesCount());
  }

  doublesOf(column: number): Float64Array {
    return this.doublesAt(this.core.columnPtr(column), this.core.nodesCount());
  }

  /** Bytes of the module's memory that are in use. */
  get usedBytes(): number {
    return this.core.arenaBytes();
  }

  #guard(call: (...args: number[]) => number): (a: number, b: number, c: number, d: number) => number {
    return (a, b, c, d) => {
      if (this.#poison !== undefined) throw this.#poison;
      try {
        return call(a, b, c, d);
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        this.#poison = new StowageError("ERR_INTERNAL", { reason: `WebAssembly trap: ${reason}` }, { cause });
        throw this.#poison;
      }
    };
  }
}

function instantiate(module: WebAssembly.Module): WebAssembly.Instance {
  try {
    return new WebAssembly.Instance(module, { env: { abort } });
  } catch (cause) {
    throw new StowageError("ERR_WASM", { reason: cause instanceof Error ? cause.message : String(cause) }, { cause });
  }
}

/** AssemblyScript's abort import; the core asserts nothing at run time, so only its runtime library could call it. */
function abort(_message: number, _file: number, line: number, column: number): never {
  throw new Error(`abort at line ${line}, column ${column}`);
}
