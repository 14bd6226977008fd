import { HOST_MODULE } from '../wasm/hosted-module.js';
import { changeImage, type MemoryImage, writeImage } from '../wasm/memory-image.js';
import { PAGES_PER_MB } from '../wasm/page.js';
import {
  type WasmExport,
  type WasmGlobal,
  type WasmImports,
  type WasmMemory,
  type WasmModule,
  wasm,
} from '../wasm/runtime.js';
import { GuestFault } from './fault.js';

/** A compiled core module whose state the host provides. */
export interface HostedCode {
  readonly module: WasmModule;
  /** Memories the host provides, in pages. */
  readonly memories: ReadonlyArray<{ readonly min: number; readonly max: number | undefined }>;
  /** Exports under which its mutable globals are. */
  readonly globals: readonly string[];
}

/** What an instance of a core module starts with. */
export interface InitialState {
  /** Content of memory 0; undefined when the module brings its own data. */
  readonly image: MemoryImage | undefined;
  /** In the order of `HostedCode.globals`; undefined where the module sets the value itself. */
  readonly globals: ReadonlyArray<number | bigint | undefined>;
}

/** One core instance and every piece of its state the host can see. */
export interface CoreInstance {
  readonly exports: Readonly<Record<string, WasmExport>>;
  readonly memories: readonly WasmMemory[];
  readonly globals: readonly WasmGlobal[];
}

/** Instantiates a core module with memories of its own, none of which can grow beyond `maxPages`. */
export function instantiateCore(
  code: HostedCode,
  state: InitialState,
  imports: WasmImports,
  maxPages: number,
): CoreInstance {
  const memories = code.memories.map(({ min, max }) => newMemory(min, max, maxPages));
  writeMemory(memories, state);
  const host = Object.fromEntries(memories.map((memory, index) => [`memory${index}`, memory]));
  const { exports } = new wasm.Instance(code.module, { ...imports, [HOST_MODULE]: host });
  const globals = code.globals.map((name) => exports[name] as WasmGlobal);
  writeGlobals(globals, state);
  return { exports, memories, globals };
}

/**
 * Puts a core instance to an initial state; `held` is the one it is in, when it is known to be in one. False when some
 * of the state is not known.
 */
export function restoreCore(
  instance: CoreInstance,
  state: InitialState,
  held: InitialState | undefined,
): boolean {
  const [memory] = instance.memories;
  if (memory !== undefined && memory.buffer.byteLength !== state.image?.size) return false;
  if (state.globals.includes(undefined)) return false;
  writeMemory(instance.memories, state, held);
  writeGlobals(instance.globals, state);
  return true;
}

function writeMemory([memory]: readonly WasmMemory[], { image }: InitialState, held?: InitialState): void {
  if (memory === undefined || image === undefined) return;
  const content = new Uint8Array(memory.buffer);
  if (held?.image === undefined) writeImage(image, content);
  else changeImage(held.image, image, content);
}

function writeGlobals(globals: readonly WasmGlobal[], state: InitialState): void {
  for (const [index, global] of globals.entries()) {
    const value = state.globals[index];
    if (value !== undefined) global.value = value;
  }
}

function newMemory(min: number, max: number | undefined, maxPages: number): WasmMemory {
  if (min > maxPages) {
    throw new GuestFault(
      'memory',
      `the component needs ${mebibytes(min)} MiB of memory to start, the limit is ${mebibytes(maxPages)} MiB`,
    );
  }
  return new wasm.Memory({ initial: min, maximum: Math.min(max ?? maxPages, maxPages) });
}

function mebibytes(pages: number): number {
  return Math.ceil(pages / PAGES_PER_MB);
}
