import { readFileSync } from 'node:fs';
import { componentEmbed, componentNew } from '@bytecodealliance/jco';
import { expect, test } from 'vitest';
import type { ParsedComponent } from '../engine/component/definition.js';
import { bindImport, type ImportProvider } from '../engine/component/import-binding.js';
import { parseComponent } from '../engine/component/parser.js';
import { resolveAlias, resolveFunctionType, resolveOnce, Scope } from '../engine/component/scope.js';
import { describeFunction, ResourceType } from '../engine/component/types.js';
import { witPath } from '../published/wit.js';
import { HOST_FUNCTIONS } from './grants.js';
import { HANDLER_SIGNATURE, SIGNATURES } from './signatures.js';

/** Types of imports and of the handler as a real component of the WIT file carries them. */
function typesOf(component: ParsedComponent): { imports: Map<string, string>; handler: string } {
  const imports = new Map<string, string>();
  const provider: ImportProvider = {
    func(interfaceName, name, type) {
      imports.set(`${interfaceName.replace('alga:extension/', '')}#${name}`, describeFunction(type));
      return () => undefined;
    },
    resource: (_, name) => new ResourceType(name),
    dropped: () => undefined,
  };
  const scope = new Scope();
  const known = new Map();
  let handler = '';
  for (const definition of component.root.definitions) {
    if (definition.kind === 'type') scope.types.push(resolveOnce(known, scope, definition.type));
    else if (definition.kind === 'import') {
      scope.add(bindImport(provider, known, scope, definition.name, definition.description));
    } else if (definition.kind === 'alias-export' && !definition.core) {
      scope.add(resolveAlias(scope, definition));
    } else if (definition.kind === 'canon' && definition.canon.op === 'lift') {
      handler = describeFunction(resolveFunctionType(scope, definition.canon.type));
    }
  }
  return { imports, handler };
}

test('signatures are those of the WIT file, and every host function has its grant rule', async () => {
  const core = await componentEmbed({
    witSource: readFileSync(witPath(), 'utf8'),
    world: 'runner',
    dummy: true,
  });
  const { imports, handler } = typesOf(parseComponent(await componentNew(core, [])));
  expect(Object.fromEntries(SIGNATURES)).toEqual(Object.fromEntries(imports));
  expect(HANDLER_SIGNATURE).toBe(handler);
  expect([...HOST_FUNCTIONS].sort()).toEqual([...imports.keys()].sort());
}, 60_000);
