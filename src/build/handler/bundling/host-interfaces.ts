import { readFile } from 'node:fs/promises';
import { algaError, type SourceLocation } from '../../../core/errors/alga-error.js';
import { shownPath } from '../../../project/files.js';
import { locationAt } from '../../../project/source-frame.js';
import type { HandlerInput } from '../door.js';
import type { InterfaceDefinition } from '../wit/interface-definition.js';
import type { SourceBundle } from './source-bundle.js';

const PACKAGE = 'alga:extension/';

/** Throws HANDLER_INTERFACE_UNKNOWN for an import of a host interface that the definition does not have. */
export async function requireHostInterfaces(
  bundle: SourceBundle,
  definition: InterfaceDefinition,
  input: HandlerInput,
): Promise<void> {
  const known = definition.interfaces;
  const unknown = bundle.hostImports.find((specifier) => {
    return !specifier.startsWith(PACKAGE) || !known.includes(specifier.slice(PACKAGE.length));
  });
  if (unknown === undefined) return;
  const location = await placeOf(unknown, bundle.inputs, input);
  throw algaError(
    'HANDLER_INTERFACE_UNKNOWN',
    { specifier: unknown, known },
    location === undefined ? {} : { location },
  );
}

/** Where a specifier stands in the sources; the bundler does not tell for what it leaves outside. */
async function placeOf(
  specifier: string,
  modules: readonly string[],
  input: HandlerInput,
): Promise<SourceLocation | undefined> {
  for (const path of modules) {
    const text = await readFile(path, 'utf8').catch(() => '');
    const at = [`'${specifier}'`, `"${specifier}"`].map((quoted) => text.indexOf(quoted)).find((p) => p >= 0);
    if (at !== undefined) {
      return locationAt(shownPath(input.projectRoot, path), text, at, at + specifier.length + 2);
    }
  }
  return undefined;
}
