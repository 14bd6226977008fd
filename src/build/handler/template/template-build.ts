import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { componentWith } from '../assembly/component-assembly.js';
import { type CompiledEngine, evaluateHandler } from '../evaluation/engine-evaluation.js';
import type { ComponentTools } from '../tools/component-tools.js';
import { componentParts } from '../wasm/component-parts.js';
import { compileModule } from '../wasm/wasm-api.js';
import { requireSameState, requireSnapshotShape, UnsuitableEngine } from './engine-shape.js';
import type { EngineTemplate, TemplateFacts, TemplateSubject } from './engine-template.js';
import { EVALUATION_TIME_MS } from './evaluation-world.js';
import { proveTemplate } from './probe.js';
import { evaluationEngine, hostImportsOf, mutableGlobals, withoutInitExports } from './spliced-engine.js';

const HOST_PACKAGE = 'alga:';
const EMPTY_HANDLER = Buffer.from('export function handler() {}');
/** The usual path: images of handlers whose paths are about as long differ the least. */
const EMPTY_PATH = 'src/handler.js';

/** One function of a world as the splicer describes it. */
interface SplicedExport {
  readonly params: readonly string[];
  readonly ret?: string | undefined;
  readonly retptr: boolean;
  readonly retsize: number;
  readonly paramptr: boolean;
}

/** The part of the componentizer that ties the engine to a world; its package does not declare it. */
interface Splicer {
  spliceBindings(
    engine: Uint8Array,
    features: readonly string[],
    wit: string,
    witPath: undefined,
    world: string,
    debug: boolean,
  ): {
    readonly wasm: Uint8Array;
    readonly jsBindings: string;
    readonly exports: ReadonlyArray<readonly [string, SplicedExport]>;
    readonly imports: ReadonlyArray<readonly [string, string, number]>;
  };
  stubWasi(
    engine: Uint8Array,
    features: readonly string[],
    wit: string,
    witPath: undefined,
    world: string,
  ): Uint8Array;
}

/**
 * Makes and proves a template with the installed tools. Takes seconds and hundreds of megabytes: run it in a
 * process of its own. Throws `UnsuitableEngine`, or what the tools throw for a WIT text they refuse.
 */
export async function buildTemplate(
  key: string,
  subject: TemplateSubject,
  tools: ComponentTools,
): Promise<EngineTemplate> {
  const splicer = await loadSplicer(tools);
  const { wit, world, features } = subject;
  const spliced = splicer.spliceBindings(
    await readFile(tools.engine),
    features,
    wit,
    undefined,
    world,
    false,
  );
  requireSnapshotShape(spliced.wasm);
  const stubbed = atEvaluationTime(() =>
    splicer.stubWasi(withoutInitExports(spliced.wasm), features, wit, undefined, world),
  );
  const raw = await componentAround(stubbed, tools);
  requireSameState(spliced.wasm, componentParts(raw).engineSections);
  const engine = evaluationEngine(spliced.wasm);
  const facts: TemplateFacts = {
    environment: environmentOf(spliced, features.includes('clocks')),
    globals: mutableGlobals(spliced.wasm),
    hostImports: hostImportsOf(spliced.wasm, HOST_PACKAGE),
  };
  const bindings = Buffer.from(spliced.jsBindings, 'utf8');
  const compiled = { module: await compileModule(engine), bindings, facts };
  const component = withEmptyHandler(compiled, raw);
  const template = { key, engine, bindings, component, facts };
  await proveTemplate(compiled, template);
  return template;
}

function withEmptyHandler(engine: CompiledEngine, component: Uint8Array): Uint8Array {
  const evaluation = evaluateHandler(engine, () => EMPTY_HANDLER, EMPTY_PATH);
  if ('state' in evaluation) return componentWith(componentParts(component), evaluation.state);
  throw new UnsuitableEngine(`it does not load an empty handler: ${evaluation.refusal.printed}`);
}

async function loadSplicer(tools: ComponentTools): Promise<Splicer> {
  const file = join(tools.componentizer, 'lib', 'spidermonkey-embedding-splicer.js');
  const { splicer } = (await import(pathToFileURL(file).href)) as { splicer: Splicer };
  return splicer;
}

/** Without the clock feature the tools write the present into the engine; it must not differ between builds. */
function atEvaluationTime<T>(work: () => T): T {
  const { now } = Date;
  Date.now = () => EVALUATION_TIME_MS;
  try {
    return work();
  } finally {
    Date.now = now;
  }
}

async function componentAround(engine: Uint8Array, tools: ComponentTools): Promise<Uint8Array> {
  const { componentNew, metadataAdd, preview1AdapterReactorPath } = await import('@bytecodealliance/jco');
  const adapter = await readFile(preview1AdapterReactorPath());
  const component = await componentNew(engine, [['wasi_snapshot_preview1', adapter]]);
  return metadataAdd(component, [
    ['language', [['JavaScript', '']]],
    ['processed-by', [['ComponentizeJS', tools.componentizerVersion]]],
  ]);
}

/** What the engine reads from its environment while it loads a handler, under the tools' own names. */
function environmentOf(
  spliced: ReturnType<Splicer['spliceBindings']>,
  clocks: boolean,
): Record<string, string> {
  const environment: Record<string, string> = { DEBUG: '', FEATURE_CLOCKS: clocks ? '1' : '' };
  environment.EXPORT_CNT = String(spliced.exports.length);
  for (const [index, [name, shape]] of spliced.exports.entries()) {
    environment[`EXPORT${index}_NAME`] = name;
    environment[`EXPORT${index}_ARGS`] = `${shape.paramptr ? '*' : ''}${shape.params.join(',')}`;
    environment[`EXPORT${index}_RET`] = `${shape.retptr ? '*' : ''}${shape.ret ?? ''}`;
    environment[`EXPORT${index}_RETSIZE`] = String(shape.retsize);
  }
  environment.IMPORT_CNT = String(spliced.imports.length);
  for (const [index, [, name, argumentCount]] of spliced.imports.entries()) {
    environment[`IMPORT${index}_NAME`] = name;
    environment[`IMPORT${index}_ARGCNT`] = String(argumentCount);
  }
  return environment;
}
