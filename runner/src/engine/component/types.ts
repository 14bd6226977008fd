import type { Primitive } from './definition.js';

/** Identity of a resource type; two of them are the same type only when they are the same object. */
export class ResourceType {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

export interface NamedType {
  readonly name: string;
  readonly type: ValueType;
}

/** A value type with every reference resolved. */
export type ValueType =
  | { readonly kind: 'primitive'; readonly type: Primitive }
  | { readonly kind: 'record'; readonly fields: readonly NamedType[] }
  | {
      readonly kind: 'variant';
      readonly cases: ReadonlyArray<{ readonly name: string; readonly type: ValueType | undefined }>;
    }
  | { readonly kind: 'list'; readonly element: ValueType }
  | { readonly kind: 'tuple'; readonly items: readonly ValueType[] }
  | { readonly kind: 'flags'; readonly names: readonly string[] }
  | { readonly kind: 'enum'; readonly names: readonly string[] }
  | { readonly kind: 'option'; readonly inner: ValueType }
  | { readonly kind: 'result'; readonly ok: ValueType | undefined; readonly err: ValueType | undefined }
  | { readonly kind: 'own' | 'borrow'; readonly resource: ResourceType };

export interface FunctionType {
  readonly kind: 'func';
  readonly params: readonly NamedType[];
  readonly result: ValueType | undefined;
}

/** A result<T, E> as host functions give and take it. */
export type ResultValue = { readonly tag: 'ok' | 'err'; readonly val?: unknown };

/** Kebab case of the interface description to the camel case of JavaScript. */
export function camelCase(name: string): string {
  return name.replace(/-([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * A type as text in which only the structure counts: two types are interchangeable when their texts
 * are equal. Names of the types themselves do not matter, names of fields and cases do.
 */
export function describeType(type: ValueType | undefined): string {
  if (type === undefined) return '_';
  switch (type.kind) {
    case 'primitive':
      return type.type;
    case 'record':
      return `{${type.fields.map((field) => `${field.name}:${describeType(field.type)}`).join(',')}}`;
    case 'variant':
      return `variant(${type.cases.map((entry) => `${entry.name}:${describeType(entry.type)}`).join(',')})`;
    case 'list':
      return `list<${describeType(type.element)}>`;
    case 'tuple':
      return `tuple<${type.items.map(describeType).join(',')}>`;
    case 'flags':
    case 'enum':
      return `${type.kind}(${type.names.join(',')})`;
    case 'option':
      return `option<${describeType(type.inner)}>`;
    case 'result':
      return `result<${describeType(type.ok)},${describeType(type.err)}>`;
    case 'own':
    case 'borrow':
      return `${type.kind}<${type.resource.name}>`;
  }
}

/** The type of a function as a text: equal texts mean equal types. */
export function describeFunction(type: FunctionType): string {
  return `(${type.params.map((param) => describeType(param.type)).join(',')})->${describeType(type.result)}`;
}
