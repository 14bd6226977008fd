/**
 * The JavaScript API of WebAssembly, as far as the engine uses it. Node has it as a global, but its type
 * declarations come with the browser's, which this service must not see.
 */
export interface WasmModule {
  readonly [moduleBrand]: never;
}
declare const moduleBrand: unique symbol;

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

export interface WasmGlobal {
  value: number | bigint;
}

export type WasmExport = object;

export interface WasmInstance {
  readonly exports: Readonly<Record<string, WasmExport>>;
}

export type WasmImports = Readonly<Record<string, Readonly<Record<string, WasmExport>>>>;

interface WasmRuntime {
  compile(bytes: Uint8Array): Promise<WasmModule>;
  readonly Module: {
    imports(module: WasmModule): Array<{ module: string; name: string; kind: string }>;
  };
  readonly Instance: new (module: WasmModule, imports: WasmImports) => WasmInstance;
  readonly Memory: new (limits: { initial: number; maximum: number }) => WasmMemory;
  readonly RuntimeError: new (message?: string) => Error;
  readonly CompileError: new (message?: string) => Error;
  readonly LinkError: new (message?: string) => Error;
}

/**
 * The engine of this Node. The types of Node have none for it, and those of browsers would bring everything else of
 * theirs.
 */
export const wasm = Reflect.get(globalThis, 'WebAssembly') as unknown as WasmRuntime;
