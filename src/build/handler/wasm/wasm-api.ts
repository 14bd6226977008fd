/**
 * The JavaScript API of WebAssembly, as far as it is used here. Node has it as a global, but its type
 * declarations without the browser's do not know it.
 */

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

export interface WasmGlobal {
  value: number | bigint;
}

export interface WasmImport {
  readonly module: string;
  readonly name: string;
  readonly kind: string;
}

/** A compiled module; opaque. */
export interface WasmModule {
  readonly __compiled?: never;
}

export type WasmFunction = (...args: never[]) => unknown;
export type WasmImports = Record<string, Record<string, WasmFunction>>;

export interface WasmInstance {
  readonly exports: Readonly<Record<string, unknown>>;
}

interface WasmApi {
  readonly Module: { imports(module: WasmModule): WasmImport[] };
  readonly Instance: new (module: WasmModule, imports: WasmImports) => WasmInstance;
  compile(bytes: Uint8Array): Promise<WasmModule>;
}

const api = Reflect.get(globalThis, 'WebAssembly') as WasmApi;

/** Compiles a core module. */
export function compileModule(bytes: Uint8Array): Promise<WasmModule> {
  return api.compile(bytes);
}

/** Everything a module imports. */
export function moduleImports(module: WasmModule): WasmImport[] {
  return api.Module.imports(module);
}

/** Runs a module's start and gives its instance. */
export function instantiateModule(module: WasmModule, imports: WasmImports): WasmInstance {
  return new api.Instance(module, imports);
}

/** An exported memory. Its buffer is another one after it has grown. */
export function exportedMemory(instance: WasmInstance, name: string): WasmMemory {
  return instance.exports[name] as WasmMemory;
}

/** Calls an exported function. */
export function callExport(instance: WasmInstance, name: string, ...args: number[]): unknown {
  return (instance.exports[name] as (...args: number[]) => unknown)(...args);
}
