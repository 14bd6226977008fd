import { ComponentAssembler } from '../assembly/component-assembly.js';
import { type CompiledEngine, evaluateHandler } from '../evaluation/engine-evaluation.js';
import { imageOf } from '../evaluation/engine-state.js';
import { componentParts } from '../wasm/component-parts.js';
import {
  callExport,
  compileModule,
  exportedMemory,
  instantiateModule,
  moduleImports,
  type WasmImports,
  type WasmInstance,
  type WasmModule,
} from '../wasm/wasm-api.js';
import { baseOf } from './base-memory.js';
import { UnsuitableEngine } from './engine-shape.js';
import type { EngineTemplate } from './engine-template.js';
import { ENGINE_EXPORT } from './evaluation-world.js';

/** Neither could come from a default. */
const STATUS = 299;
const LOG_FUNCTION = 'log-info';
const MESSAGE = 'probe 7';
const HANDLER = `const seen = new Map([['probe', 7]]);
export async function handler(request) {
  await null;
  log('probe ' + seen.get('probe'));
  return { status: ${STATUS} + request.http.headers.length, headers: [] };
}
`;
const WITH_HOST = `import { logInfo as log } from 'alga:extension/logging';\n${HANDLER}`;
const WITHOUT_HOST = `const log = () => undefined;\n${HANDLER}`;
/** More than any request record takes; all zeros is a request whose texts and lists are empty. */
const REQUEST_BYTES = 1024;

/**
 * Proves a template before it is used: a small handler is loaded, made into a component, and the component's
 * engine is run; it must answer from its restored state and call the host. Throws {@link UnsuitableEngine}.
 */
export async function proveTemplate(engine: CompiledEngine, template: EngineTemplate): Promise<void> {
  const logs = engine.facts.hostImports.some((entry) => entry.name === LOG_FUNCTION);
  const source = Buffer.from(logs ? WITH_HOST : WITHOUT_HOST);
  const evaluation = evaluateHandler(engine, () => source, 'probe.js');
  if ('refusal' in evaluation) {
    throw new UnsuitableEngine(`it does not load the probe: ${evaluation.refusal.printed}`);
  }
  const image = imageOf(evaluation.state, template.key, baseOf(template.component));
  const built = new ComponentAssembler(template.component).assemble(image);
  const module = await compileModule(componentParts(built).engine);
  const heard: string[] = [];
  const instance: WasmInstance = instantiateModule(
    module,
    standIns(module, (pointer, length) => {
      const { buffer } = exportedMemory(instance, ENGINE_EXPORT.memory);
      heard.push(Buffer.from(buffer, pointer, length).toString('utf8'));
    }),
  );
  const status = callHandler(instance);
  if (status !== STATUS) throw new UnsuitableEngine(`the probe answered ${status}`);
  if (heard.join() !== (logs ? MESSAGE : '')) {
    throw new UnsuitableEngine(`the probe said ${JSON.stringify(heard)}`);
  }
}

function callHandler(instance: WasmInstance): number {
  if (callExport(instance, ENGINE_EXPORT.check) !== 0) {
    throw new UnsuitableEngine('the probe is not loaded after it was restored');
  }
  const request = Number(callExport(instance, ENGINE_EXPORT.allocate, 0, 0, 8, REQUEST_BYTES));
  const memory = exportedMemory(instance, ENGINE_EXPORT.memory);
  new Uint8Array(memory.buffer).fill(0, request, request + REQUEST_BYTES);
  const response = Number(callExport(instance, ENGINE_EXPORT.handler, request));
  return new DataView(memory.buffer).getUint16(response, true);
}

/** Imports that answer zero, except for the one the probe calls. */
function standIns(module: WasmModule, log: (pointer: number, length: number) => void): WasmImports {
  const imports: WasmImports = {};
  for (const { module: from, name } of moduleImports(module)) {
    imports[from] ??= {};
    const zero = name === 'now' || name === 'get-random-u64' ? 0n : 0;
    imports[from][name] = name === LOG_FUNCTION ? log : () => zero;
  }
  return imports;
}
