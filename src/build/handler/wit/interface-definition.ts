import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../../core/entry.js';
import { shownPath } from '../../../project/files.js';
import type { Diagnostic } from '../../../project/types.js';
import type { HandlerInput } from '../door.js';
import { type DefinitionParts, definitionParts, strangerIn } from './definition-parts.js';

/** The world a handler implements. */
export const WORLD = 'runner';

/** The host interfaces a component is built against. */
export interface InterfaceDefinition {
  /** WIT text without comments: the same definition gives the same component however it is commented. */
  readonly text: string;
  /** Names of the interfaces that the world imports, without the package: `ui-proxy`. */
  readonly interfaces: readonly string[];
  /** Absolute path of the file that decides: the project's own when it has one. */
  readonly path: string;
  readonly warnings: readonly Diagnostic[];
}

/** The definition that the runner implements. */
export async function builtInDefinition(): Promise<InterfaceDefinition> {
  const path = join(packageRoot(), 'runner', 'wit', 'extension-runner.wit');
  return definitionFrom(path, withoutComments(await readFile(path, 'utf8')));
}

/**
 * The definition for a project: its own when it has one that asks for nothing the runner does not have,
 * otherwise the built-in one, with a warning that says why.
 */
export async function projectDefinition(input: HandlerInput): Promise<InterfaceDefinition> {
  const builtIn = await builtInDefinition();
  const path = input.handler.witPath;
  const text = path === undefined ? undefined : await readFile(path, 'utf8').catch(() => undefined);
  if (path === undefined || text === undefined) return builtIn;
  const bare = withoutComments(text);
  const stranger = strangerIn(definitionParts(bare, WORLD), definitionParts(builtIn.text, WORLD));
  return stranger === undefined ? definitionFrom(path, bare) : inPlaceOf(path, stranger, input);
}

/** The built-in definition in place of a project's file that cannot be used. */
export async function inPlaceOf(
  refused: string,
  reason: string,
  input: HandlerInput,
): Promise<InterfaceDefinition> {
  const builtIn = await builtInDefinition();
  const file = shownPath(input.projectRoot, refused);
  const warning: Diagnostic = {
    code: 'COMPONENT_WIT_REFUSED',
    message: `${file} cannot be used (${reason}); the built-in definition is used in its place.`,
    hint: `Delete ${file}: the built-in definition is the current one and has every host interface.`,
    file,
  };
  return { ...builtIn, path: refused, warnings: [warning] };
}

function definitionFrom(path: string, text: string): InterfaceDefinition {
  const parts: DefinitionParts = definitionParts(text, WORLD);
  return { path, text, interfaces: parts.imports, warnings: [] };
}

function withoutComments(wit: string): string {
  return wit
    .replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}
