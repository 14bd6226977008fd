import type { TemplateFacts } from '../template/engine-template.js';
import { BINDINGS_PATH, ENGINE_EXPORT, EVALUATION_TIME_MS } from '../template/evaluation-world.js';
import {
  callExport,
  exportedMemory,
  instantiateModule,
  moduleImports,
  type WasmGlobal,
  type WasmImports,
  type WasmModule,
} from '../wasm/wasm-api.js';
import type { EngineState } from './engine-state.js';
import { GuestExit, MemoryWasi } from './memory-wasi.js';

/** An engine that is ready to load handlers. */
export interface CompiledEngine {
  readonly module: WasmModule;
  readonly bindings: Uint8Array;
  readonly facts: TemplateFacts;
}

/** Why an engine could not load a handler. */
export interface Refusal {
  /** What the engine printed: exception, stack, what is missing. */
  readonly printed: string;
  /** The import that was called although nobody can answer it yet. */
  readonly call?: { readonly module: string; readonly name: string } | undefined;
}

export type Evaluation = { readonly state: EngineState } | { readonly refusal: Refusal };

const WASI = 'wasi_snapshot_preview1';

/** A host function was called while the handler was loaded. */
class CallAtLoad extends Error {
  constructor(
    readonly module: string,
    readonly importName: string,
  ) {
    super(`${module} ${importName} was called at load`);
  }
}

/**
 * Loads a handler in a fresh instance of the engine, as the official tools do it, and gives the state
 * afterwards. Runs the author's top-level code, which may never return: call it where it can be killed.
 * `source` is called once, when the engine opens the handler's file, by when most of the work is done.
 */
export function evaluateHandler(
  engine: CompiledEngine,
  source: () => Uint8Array,
  guestPath: string,
): Evaluation {
  let content: Uint8Array | undefined;
  const handler = (): Uint8Array => {
    content ??= source();
    return content;
  };
  const wasi = new MemoryWasi({
    environment: { ...engine.facts.environment, SOURCE_NAME: guestPath },
    stdin: `--initializer-script-path ${BINDINGS_PATH} --strip-path-prefix / ${guestPath}`,
    files: new Map([
      [BINDINGS_PATH, () => engine.bindings],
      [`/${guestPath}`, handler],
    ]),
    nowNs: BigInt(EVALUATION_TIME_MS) * 1_000_000n,
  });
  const instance = instantiateModule(engine.module, importsFor(engine.module, wasi));
  const memory = exportedMemory(instance, ENGINE_EXPORT.memory);
  wasi.bind(memory);
  try {
    callExport(instance, ENGINE_EXPORT.initialize);
    callExport(instance, ENGINE_EXPORT.load);
    if (callExport(instance, ENGINE_EXPORT.check) !== 0) return { refusal: { printed: wasi.printed() } };
  } catch (error) {
    return { refusal: refusalOf(error, wasi.printed()) };
  }
  const globals = engine.facts.globals.map(({ index, exportName }) => ({
    index,
    value: BigInt((instance.exports[exportName] as WasmGlobal).value),
  }));
  return { state: { memory: new Uint8Array(memory.buffer), globals } };
}

function importsFor(module: WasmModule, wasi: MemoryWasi): WasmImports {
  const wanted = moduleImports(module);
  const imports: WasmImports = {
    [WASI]: wasi.imports(wanted.filter((entry) => entry.module === WASI).map((entry) => entry.name)),
  };
  for (const { module: from, name } of wanted) {
    if (from === WASI) continue;
    imports[from] ??= {};
    imports[from][name] = () => {
      throw new CallAtLoad(from, name);
    };
  }
  return imports;
}

function refusalOf(error: unknown, printed: string): Refusal {
  if (error instanceof GuestExit) return { printed };
  if (error instanceof CallAtLoad) return { printed, call: { module: error.module, name: error.importName } };
  const trap = error instanceof Error ? error.message : String(error);
  return { printed: `${printed}\nThe engine stopped: ${trap}`.trim() };
}
