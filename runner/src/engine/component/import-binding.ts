import { MalformedWasm } from '../wasm/byte-reader.js';
import { type Declaration, type Description, UnsupportedComponent } from './definition.js';
import {
  at,
  type InstanceValue,
  type Item,
  type KnownTypes,
  resolveAlias,
  resolveFunctionType,
  resolveOnce,
  Scope,
  type TypeEntry,
} from './scope.js';
import type { FunctionType, ResourceType } from './types.js';

/** What the host gives to a component. Throws to refuse an import. */
export interface ImportProvider {
  func(interfaceName: string, name: string, type: FunctionType): (args: readonly unknown[]) => unknown;
  resource(interfaceName: string, name: string): ResourceType;
  /** An owned handle of a host resource was dropped. */
  dropped(resource: ResourceType, rep: unknown): void;
}

/** The host's side of an import of the root component; `known` keeps what its types mean. */
export function bindImport(
  provider: ImportProvider,
  known: KnownTypes,
  scope: Scope,
  name: string,
  description: Description,
): Item {
  if (description.kind === 'instance') {
    const entry = at(scope.types, description.type);
    return { sort: 'instance', value: bindInterface(provider, known, name, entry) };
  }
  return bindItem(provider, scope, '', name, description);
}

/** Each thing an imported interface declares, bound by name. */
function bindInterface(
  provider: ImportProvider,
  known: KnownTypes,
  interfaceName: string,
  entry: TypeEntry,
): InstanceValue {
  if (entry.kind !== 'instance-type') throw new MalformedWasm('an instance of a type that is none');
  const exports = new Map<string, Item>();
  const inner = new Scope(entry.scope);
  for (const declaration of entry.declarations) {
    const item = bindDeclaration(provider, known, inner, interfaceName, declaration);
    inner.add(item);
    if (declaration.kind === 'export') exports.set(declaration.name, item);
  }
  return exports;
}

function bindDeclaration(
  provider: ImportProvider,
  known: KnownTypes,
  inner: Scope,
  interfaceName: string,
  declaration: Declaration,
): Item {
  if (declaration.kind === 'type') {
    return { sort: 'type', value: resolveOnce(known, inner, declaration.type) };
  }
  if (declaration.kind === 'alias') return resolveAlias(inner, declaration.alias);
  return bindItem(provider, inner, interfaceName, declaration.name, declaration.description);
}

function bindItem(
  provider: ImportProvider,
  scope: Scope,
  interfaceName: string,
  name: string,
  description: Description,
): Item {
  if (description.kind === 'func') {
    const type = resolveFunctionType(scope, description.type);
    return { sort: 'func', value: { type, call: provider.func(interfaceName, name, type) } };
  }
  if (description.kind !== 'type') throw new UnsupportedComponent(`importing a ${description.kind}`);
  if (description.equals !== undefined) return { sort: 'type', value: at(scope.types, description.equals) };
  const resource = provider.resource(interfaceName, name);
  return { sort: 'type', value: { kind: 'resource', resource, destructor: undefined } };
}
