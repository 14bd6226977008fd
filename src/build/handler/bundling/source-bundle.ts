import type { OutputChunk, RolldownLog } from 'rolldown';
import { algaError } from '../../../core/errors/alga-error.js';
import { firstFile, shownPath } from '../../../project/files.js';
import type { Diagnostic } from '../../../project/types.js';
import type { HandlerInput } from '../door.js';
import { bundleFailure, headline, isConfigurationFailure, unresolvedImport } from './bundle-failure.js';
import { guestPathOf } from './guest-path.js';

/** The handler's module graph as one ES module. */
export interface SourceBundle {
  readonly code: string;
  /** JSON text; sources are relative to the project root. */
  readonly sourceMap: string;
  readonly guestPath: string;
  /** Absolute paths of the modules and of the TypeScript configuration. */
  readonly inputs: readonly string[];
  /** Module specifiers that only the host can answer: `alga:extension/storage`. */
  readonly hostImports: readonly string[];
  readonly warnings: readonly Diagnostic[];
}

/** Every module of this package comes from the host; nothing else is left for run time. */
const HOST_PACKAGE = /^alga:/;
/** Engine of the guest: newer syntax than this is lowered. */
const GUEST_TARGET = 'es2022';
/** Bundler's reason for warnings that say nothing about the handler. */
const QUIET = new Set(['UNRESOLVED_IMPORT', 'TSCONFIG_ERROR']);

/**
 * Bundles a handler: TypeScript compiled, packages resolved, one ES module without comments, and the same text
 * on every machine. Throws the `HANDLER_*` errors that concern source text, with their place.
 */
export async function bundleHandler(input: HandlerInput, signal: AbortSignal): Promise<SourceBundle> {
  signal.throwIfAborted();
  const logs: RolldownLog[] = [];
  const tsconfig = await firstFile([
    `${input.handler.root}/tsconfig.json`,
    `${input.projectRoot}/tsconfig.json`,
  ]);
  const chunk = await generateTolerantly(input, tsconfig !== undefined, logs);
  signal.throwIfAborted();
  await refuseForeignImports(chunk, logs, input);
  requireHandler(chunk, input);
  const guestPath = guestPathOf(input);
  const modules = chunk.moduleIds.filter((id) => !id.startsWith('\0'));
  return {
    code: chunk.code,
    sourceMap: mapOf(chunk, guestPath),
    guestPath,
    inputs: [...new Set([...modules, ...(tsconfig === undefined ? [] : [tsconfig])])],
    hostImports: chunk.imports,
    warnings: logs.filter((log) => !QUIET.has(log.code ?? '')).map((log) => diagnosticOf(log, input)),
  };
}

/** A TypeScript configuration that cannot be read (a base in a missing package) must not stop the build. */
async function generateTolerantly(
  input: HandlerInput,
  tsconfig: boolean,
  logs: RolldownLog[],
): Promise<OutputChunk> {
  try {
    return await generate(input, tsconfig, logs);
  } catch (error) {
    if (!tsconfig || !isConfigurationFailure(error)) throw await bundleFailure(error, input);
    return generateTolerantly(input, false, logs);
  }
}

async function generate(input: HandlerInput, tsconfig: boolean, logs: RolldownLog[]): Promise<OutputChunk> {
  const { rolldown } = await import('rolldown');
  const bundle = await rolldown({
    input: input.handler.entry,
    cwd: input.projectRoot,
    platform: 'neutral',
    external: [HOST_PACKAGE],
    tsconfig,
    // Debug comments of the bundler hold paths outside the project, which differ between machines.
    experimental: { attachDebugInfo: 'none' },
    resolve: { mainFields: ['module', 'main'], conditionNames: ['import', 'module', 'default'] },
    transform: { target: GUEST_TARGET, define: { 'process.env.NODE_ENV': '"production"' } },
    onLog: (level, log) => {
      if (level === 'warn') logs.push(log);
    },
  });
  try {
    const { output } = await bundle.generate({
      format: 'esm',
      // Nothing is written; sources of the map are named relative to this folder.
      dir: input.projectRoot,
      sourcemap: 'hidden',
      comments: false,
      codeSplitting: false,
    });
    return output[0];
  } finally {
    await bundle.close();
  }
}

/** What is left to be imported must come from the host; the guest has no file system to load it from. */
async function refuseForeignImports(
  chunk: OutputChunk,
  logs: readonly RolldownLog[],
  input: HandlerInput,
): Promise<void> {
  const foreign = [...chunk.imports, ...chunk.dynamicImports].find((name) => !HOST_PACKAGE.test(name));
  if (foreign === undefined) return;
  const log = logs.find((entry) => entry.code === 'UNRESOLVED_IMPORT' && entry.exporter === foreign);
  throw await unresolvedImport(foreign, log, input);
}

function requireHandler(chunk: OutputChunk, input: HandlerInput): void {
  if (chunk.exports.includes('handler')) return;
  const file = shownPath(input.projectRoot, input.handler.entry);
  throw algaError(
    'HANDLER_EXPORT_MISSING',
    { file, found: chunk.exports },
    { location: { file, line: 1, column: 1 } },
  );
}

function mapOf(chunk: OutputChunk, guestPath: string): string {
  const { map } = chunk;
  if (map === null) throw new Error('the bundler gave no source map');
  const { version, names, sources, sourcesContent, mappings } = map;
  return JSON.stringify({ version, file: guestPath, sources, sourcesContent, names, mappings });
}

function diagnosticOf(log: RolldownLog, input: HandlerInput): Diagnostic {
  const file = log.loc?.file ?? log.id;
  return {
    code: `HANDLER_${log.code ?? 'WARNING'}`,
    message: headline(log),
    ...(file === undefined ? {} : { file: shownPath(input.projectRoot, file) }),
    ...(log.loc === undefined ? {} : { line: log.loc.line, column: log.loc.column + 1 }),
  };
}
