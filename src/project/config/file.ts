import { join } from 'node:path';
import { algaError, type SourceLocation, textOf } from '../../core/errors/alga-error.js';
import { firstFile, readTextIfThere, shownPath } from '../files.js';
import { type JsonPositions, JsonSyntaxError, locateJson, pointerTo } from '../json-positions.js';
import { locationAt } from '../source-frame.js';
import { type CheckedConfig, configSchema } from './schema.js';

/** A project's configuration file, checked. */
export interface ConfigFile {
  readonly path: string;
  readonly config: CheckedConfig;
  /** Files whose change makes it out of date: the file itself and what it imports. */
  readonly inputs: readonly string[];
}

/** In the order in which they are looked for; the first one found is the only one read. */
export const CONFIG_NAMES = [
  'alga.config.json',
  'alga.config.ts',
  'alga.config.mts',
  'alga.config.js',
  'alga.config.mjs',
] as const;

/**
 * Reads and checks the configuration file of a project; undefined when it has none. A TypeScript or
 * JavaScript file is bundled in memory and run. Throws `CONFIG_SYNTAX`, `CONFIG_INVALID` or
 * `CONFIG_FAILED` with the place in the file.
 */
export async function readConfigFile(projectRoot: string): Promise<ConfigFile | undefined> {
  const path = await firstFile(CONFIG_NAMES.map((name) => join(projectRoot, name)));
  if (path === undefined) return undefined;
  const file = shownPath(projectRoot, path);
  const text = (await readTextIfThere(path)) ?? '';
  if (path.endsWith('.json')) return { path, config: await fromJson(text, file), inputs: [path] };
  const { value, inputs } = await runModule(path, file);
  return { path, config: await checked(value, file, () => locateInModule(text, file)), inputs };
}

async function fromJson(text: string, file: string): Promise<CheckedConfig> {
  let positions: JsonPositions;
  try {
    positions = locateJson(text);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const location = locationAt(file, text, error.offset);
    throw algaError('CONFIG_SYNTAX', { file, problem: error.message }, { location });
  }
  const value: unknown = JSON.parse(text);
  return checked(value, file, async () => (pointer) => {
    const range = positions.keys.get(pointer) ?? positions.values.get(pointer);
    return range === undefined ? undefined : locationAt(file, text, range.start, range.end);
  });
}

/** The places in a module; the parser is loaded for those who need it. */
async function locateInModule(text: string, file: string): Promise<Locate> {
  const { modulePositions } = await import('./module-positions.js');
  const rangeOf = modulePositions(text, file);
  return (pointer) => {
    const range = rangeOf(pointer);
    return range === undefined ? undefined : locationAt(file, text, range.start, range.end);
  };
}

type Locate = (pointer: string) => SourceLocation | undefined;

/** The configuration, complete. `locator` is asked only when something is wrong. */
async function checked(value: unknown, file: string, locator: () => Promise<Locate>): Promise<CheckedConfig> {
  const result = configSchema.safeParse(value, {
    // Of the unions, only that of JSON values has no text of its own.
    error: ({ code }) => (code === 'invalid_union' ? 'must be a JSON value' : undefined),
  });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  if (issue === undefined) throw new TypeError('a failed check has at least one issue');
  const steps = issue.path.map(String);
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const pointer = [...steps, ...(unknown === undefined ? [] : [unknown])].reduce(pointerTo, '');
  const problem = unknown === undefined ? issue.message : 'is not a setting that alga knows';
  const location = nearest(pointer, await locator());
  throw algaError('CONFIG_INVALID', { file, pointer, problem }, location === undefined ? {} : { location });
}

/** The place of what a pointer names, or of the innermost thing around it: what is missing has no place. */
function nearest(pointer: string, locate: Locate): SourceLocation | undefined {
  const found = locate(pointer);
  if (found !== undefined || pointer === '') return found;
  return nearest(pointer.slice(0, pointer.lastIndexOf('/')), locate);
}

const VIRTUAL = '\0alga-config';

/** Bundles a configuration module with what it imports and runs it, without writing a file. */
async function runModule(path: string, file: string): Promise<{ value: unknown; inputs: string[] }> {
  const { rolldown } = await import('rolldown');
  try {
    const bundle = await rolldown({
      input: path,
      platform: 'node',
      logLevel: 'silent',
      external: [/^node:/],
      plugins: [
        {
          name: 'alga-define-config',
          // The tool may run from a global install, where the project cannot resolve it.
          resolveId: (id: string) => (/^alga(?:\/config)?$/.test(id) ? VIRTUAL : null),
          load: (id: string) => (id === VIRTUAL ? 'export const defineConfig = (config) => config;' : null),
        },
      ],
    });
    try {
      const { output } = await bundle.generate({ format: 'esm', codeSplitting: false });
      const code = output[0].code;
      const url = `data:text/javascript;base64,${Buffer.from(code).toString('base64')}`;
      const module: unknown = await import(url);
      const value =
        typeof module === 'object' && module !== null && 'default' in module ? module.default : undefined;
      const inputs = (await bundle.watchFiles).filter((input) => !input.startsWith('\0'));
      return {
        value: typeof value === 'function' ? await value() : value,
        inputs: [...new Set([path, ...inputs])],
      };
    } finally {
      await bundle.close();
    }
  } catch (error) {
    throw algaError('CONFIG_FAILED', { file, reason: textOf(error) }, { cause: error });
  }
}
