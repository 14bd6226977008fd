import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../../core/entry.js';
import { shownPath } from '../../../project/files.js';
import type { Diagnostic } from '../../../project/types.js';
import type { HandlerInput } from '../door.js';

/** The world a handler implements. */
export const WORLD = 'runner';

/** The host interfaces a component is built against. */
export interface InterfaceDefinition {
  /** WIT text without comments: the same definition gives the same component however it is commented. */
  readonly text: string;
  /** Names of the interfaces, without the package: `ui-proxy`. */
  readonly interfaces: readonly string[];
  /** Absolute path of the file it was read from. */
  readonly path: string;
  readonly warnings: readonly Diagnostic[];
}

/** The definition that the runner implements. */
export async function builtInDefinition(): Promise<InterfaceDefinition> {
  const path = join(packageRoot(), 'runner', 'wit', 'extension-runner.wit');
  return { ...definitionOf(await readFile(path, 'utf8')), path, warnings: [] };
}

/** The project's own definition; undefined when it has none. */
export async function projectDefinition(input: HandlerInput): Promise<InterfaceDefinition | undefined> {
  const { witPath } = input.handler;
  if (witPath === undefined) return undefined;
  const text = await readFile(witPath, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  return { ...definitionOf(text), path: witPath, warnings: [] };
}

/** The built-in definition in place of one that cannot be used, with a warning that says why. */
export function inPlaceOf(
  refused: InterfaceDefinition,
  builtIn: InterfaceDefinition,
  reason: string,
  input: HandlerInput,
): InterfaceDefinition {
  const file = shownPath(input.projectRoot, refused.path);
  const warning: Diagnostic = {
    code: 'COMPONENT_WIT_REFUSED',
    message: `${file} cannot be used (${reason}); the built-in definition is used in its place.`,
    hint: `Delete ${file}: the built-in definition is the current one and has every host interface.`,
    file,
  };
  return { ...builtIn, path: refused.path, warnings: [warning] };
}

/** Removes comments and needless white space. */
function definitionOf(text: string): Pick<InterfaceDefinition, 'text' | 'interfaces'> {
  const bare = text
    .replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const interfaces = [...bare.matchAll(/\binterface ([a-z][\w-]*)/g)].map((match) => match[1] ?? '');
  return { text: bare, interfaces };
}
