import { imageOf, initialState } from '../evaluation/engine-state.js';
import type { LoadReply } from '../evaluation/load-reply.js';
import type { EngineTemplate } from '../template/engine-template.js';
import { ENGINE_EXPORT } from '../template/evaluation-world.js';
import { sectionsOf } from '../wasm/section.js';
import {
  callExport,
  compileModule,
  exportedMemory,
  instantiateModule,
  moduleImports,
  type WasmFunction,
  type WasmImports,
  type WasmInstance,
} from '../wasm/wasm-api.js';

/**
 * Reads the state out of an engine that the native tool has initialised, after asking the engine itself
 * whether the handler has what its world wants.
 */
export async function initializedImage(
  loaded: Uint8Array,
  template: Pick<EngineTemplate, 'key' | 'facts'> & { readonly base: Uint8Array },
): Promise<LoadReply> {
  const complaint = await complaintOf(loaded);
  if (complaint !== undefined) return { refusal: { printed: complaint } };
  const { key, base, facts } = template;
  const globals = facts.globals.map(({ index }) => index);
  return { image: imageOf(initialState(sectionsOf(loaded), globals), key, base) };
}

/** What the engine says is wrong with the handler, or undefined. */
async function complaintOf(loaded: Uint8Array): Promise<string | undefined> {
  const module = await compileModule(loaded);
  let printed = '';
  const imports: WasmImports = {};
  for (const { module: from, name } of moduleImports(module)) {
    imports[from] ??= {};
    imports[from][name] = () => 0;
  }
  const instance: WasmInstance = instantiateModule(module, {
    ...imports,
    wasi_snapshot_preview1: { ...imports.wasi_snapshot_preview1, fd_write: write as WasmFunction },
  });
  function write(_fd: number, vectors: number, count: number, out: number): number {
    const { buffer } = exportedMemory(instance, ENGINE_EXPORT.memory);
    const view = new DataView(buffer);
    let written = 0;
    for (let index = 0; index < count; index++) {
      const length = view.getUint32(vectors + 8 * index + 4, true);
      printed += Buffer.from(buffer, view.getUint32(vectors + 8 * index, true), length).toString('utf8');
      written += length;
    }
    view.setUint32(out, written, true);
    return 0;
  }
  return callExport(instance, ENGINE_EXPORT.check) === 0 ? undefined : printed;
}
