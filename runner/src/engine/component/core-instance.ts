import { HOST_MODULE } from '../wasm/hosted-module.js';
import {
  type WasmExport,
  type WasmGlobal,
  type WasmImports,
  type WasmMemory,
  type WasmModule,
  wasm,
} from '../wasm/runtime.js';
import { GuestFault } from './fault.js';

/** A core module ready to be instantiated, as the preparing thread sends it to the running ones. */
export interface PreparedModule {
  readonly module: WasmModule;
  /** Memories the host provides, in pages. */
  readonly memories: ReadonlyArray<{ readonly min: number; readonly max: number | undefined }>;
  /** First content of memory 0, shared by all threads; undefined when the module brings its own data. */
  readonly image: SharedArrayBuffer | undefined;
  readonly globals: ReadonlyArray<{
    readonly exportName: string;
    readonly init: number | bigint | undefined;
  }>;
}

/** One core instance and every piece of its state the host can see. */
export interface CoreInstance {
  readonly exports: Readonly<Record<string, WasmExport>>;
  readonly memories: readonly WasmMemory[];
  readonly globals: readonly WasmGlobal[];
}

export const PAGE = 65_536;

/** Instantiates a core module with memories of its own, none of which can grow beyond `maxPages`. */
export function instantiateCore(
  prepared: PreparedModule,
  imports: WasmImports,
  maxPages: number,
): CoreInstance {
  const memories = prepared.memories.map(({ min, max }) => newMemory(min, max, maxPages));
  const [first] = memories;
  if (first !== undefined && prepared.image !== undefined) {
    new Uint8Array(first.buffer).set(new Uint8Array(prepared.image));
  }
  const host = Object.fromEntries(memories.map((memory, index) => [`memory${index}`, memory]));
  const instance = new wasm.Instance(prepared.module, { ...imports, [HOST_MODULE]: host });
  const globals = prepared.globals.map(({ exportName, init }) => {
    const global = instance.exports[exportName] as WasmGlobal;
    if (init !== undefined) global.value = init;
    return global;
  });
  return { exports: instance.exports, memories, globals };
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
  return Math.ceil(pages / 16);
}
