import { MalformedWasm } from '../wasm/byte-reader.js';
import {
  type AliasDefinition,
  type ComponentDefinition,
  type Declaration,
  type FunctionTypeDefinition,
  type NamedRef,
  type TypeDefinition,
  UnsupportedComponent,
  type ValueTypeRef,
} from './definition.js';
import { camelCase, type FunctionType, type NamedType, ResourceType, type ValueType } from './types.js';

/** What an entry of the type space can be. */
export type TypeEntry =
  | ValueType
  | FunctionType
  | { readonly kind: 'resource'; readonly resource: ResourceType; readonly destructor: number | undefined }
  | {
      readonly kind: 'instance-type' | 'component-type';
      readonly declarations: readonly Declaration[];
      readonly scope: Scope;
    };

/** A component-level function: its type, and how to call it with lifted values. */
export interface ComponentFunction {
  readonly type: FunctionType;
  call(args: readonly unknown[]): unknown;
}

export interface ComponentClosure {
  readonly definition: ComponentDefinition;
  readonly scope: Scope;
}

/** A thing with a name: what an instance exports, or what a component is given. */
export type Item =
  | { readonly sort: 'func'; readonly value: ComponentFunction }
  | { readonly sort: 'type'; readonly value: TypeEntry }
  | { readonly sort: 'instance'; readonly value: InstanceValue }
  | { readonly sort: 'component'; readonly value: ComponentClosure }
  | { readonly sort: 'module'; readonly value: number };

export type InstanceValue = ReadonlyMap<string, Item>;

/** The index spaces that definitions refer to, and those of the component around it. */
export class Scope {
  readonly parent: Scope | undefined;
  readonly types: TypeEntry[] = [];
  readonly funcs: ComponentFunction[] = [];
  readonly instances: InstanceValue[] = [];
  readonly components: ComponentClosure[] = [];
  /** Numbers of core modules in the file. */
  readonly modules: number[] = [];

  constructor(parent?: Scope) {
    this.parent = parent;
  }

  add(item: Item): void {
    if (item.sort === 'func') this.funcs.push(item.value);
    else if (item.sort === 'type') this.types.push(item.value);
    else if (item.sort === 'instance') this.instances.push(item.value);
    else if (item.sort === 'component') this.components.push(item.value);
    else this.modules.push(item.value);
  }

  item(sort: Item['sort'], index: number): Item {
    if (sort === 'func') return { sort, value: at(this.funcs, index) };
    if (sort === 'type') return { sort, value: at(this.types, index) };
    if (sort === 'instance') return { sort, value: at(this.instances, index) };
    if (sort === 'component') return { sort, value: at(this.components, index) };
    return { sort, value: at(this.modules, index) };
  }
}

/** The entry at an index, or a fault of the component. */
export function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new MalformedWasm('an index points to nothing');
  return item;
}

/** The component-level sort of an alias or export, with core modules counted among them. */
export function itemSort(sort: AliasDefinition['sort']): Item['sort'] {
  if ('core' in sort) {
    if (sort.core === 'module') return 'module';
    throw new UnsupportedComponent(`aliases of a core ${sort.core} across components`);
  }
  if (sort.component === 'value') throw new UnsupportedComponent('values');
  return sort.component;
}

/** Follows an alias to a component-level item. */
export function resolveAlias(scope: Scope, alias: AliasDefinition): Item {
  const sort = itemSort(alias.sort);
  if (alias.kind === 'alias-export') {
    const item = at(scope.instances, alias.instance).get(alias.name);
    if (item?.sort !== sort) throw new MalformedWasm(`an instance has no ${sort} "${alias.name}"`);
    return item;
  }
  let target: Scope | undefined = scope;
  for (let level = 0; level < alias.levels; level++) target = target?.parent;
  if (target === undefined) throw new MalformedWasm('an alias points outside of every component');
  return target.item(sort, alias.index);
}

/** Gives a type definition its meaning in a scope. A resource becomes a new type each time. */
export function resolveType(scope: Scope, type: TypeDefinition): TypeEntry {
  const value = (ref: ValueTypeRef): ValueType => resolveRef(scope, ref);
  const optional = (ref: ValueTypeRef | undefined): ValueType | undefined =>
    ref === undefined ? undefined : value(ref);
  const named = (field: NamedRef): NamedType => ({ name: camelCase(field.name), type: value(field.type) });
  switch (type.kind) {
    case 'primitive':
    case 'enum':
      return type;
    case 'flags':
      return { kind: 'flags', names: type.names.map(camelCase) };
    case 'record':
      return { kind: 'record', fields: type.fields.map(named) };
    case 'variant':
      return { kind: 'variant', cases: type.cases.map((c) => ({ name: c.name, type: optional(c.type) })) };
    case 'list':
      return { kind: 'list', element: value(type.element) };
    case 'tuple':
      return { kind: 'tuple', items: type.items.map(value) };
    case 'option':
      return { kind: 'option', inner: value(type.inner) };
    case 'result':
      return { kind: 'result', ok: optional(type.ok), err: optional(type.err) };
    case 'own':
    case 'borrow':
      return { kind: type.kind, resource: resolveResource(scope, type.resource) };
    case 'func':
      return resolveFunction(type, named, value);
    case 'resource':
      return { kind: 'resource', resource: new ResourceType('guest'), destructor: type.destructor };
    case 'instance-type':
    case 'component-type':
      return { kind: type.kind, declarations: type.declarations, scope };
  }
}

/** Types already given a meaning, by definition. */
export type KnownTypes = Map<TypeDefinition, TypeEntry>;

/** As `resolveType`, with the same answer for the same definition as long as it refers to no outer scope. */
export function resolveOnce(known: KnownTypes, scope: Scope, type: TypeDefinition): TypeEntry {
  const before = known.get(type);
  if (before !== undefined) return before;
  const entry = resolveType(scope, type);
  if (!('scope' in entry)) known.set(type, entry);
  return entry;
}

function resolveFunction(
  type: FunctionTypeDefinition,
  named: (field: NamedRef) => NamedType,
  value: (ref: ValueTypeRef) => ValueType,
): FunctionType {
  return {
    kind: 'func',
    params: type.params.map(named),
    result: type.result === undefined ? undefined : value(type.result),
  };
}

function resolveRef(scope: Scope, ref: ValueTypeRef): ValueType {
  if (typeof ref === 'string') return { kind: 'primitive', type: ref };
  const entry = at(scope.types, ref);
  if ('scope' in entry || entry.kind === 'func' || entry.kind === 'resource') {
    throw new MalformedWasm('a type that is no value type is used as one');
  }
  return entry;
}

/** The resource a type index stands for. */
export function resolveResource(scope: Scope, index: number): ResourceType {
  const entry = at(scope.types, index);
  if (entry.kind !== 'resource') throw new MalformedWasm('a type that is no resource is used as one');
  return entry.resource;
}

/** The function type a type index stands for. */
export function resolveFunctionType(scope: Scope, index: number): FunctionType {
  const entry = at(scope.types, index);
  if (entry.kind !== 'func') throw new MalformedWasm('a type that is no function type is used as one');
  return entry;
}
