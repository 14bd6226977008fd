/**
 * A component as it stands in the file: a list of definitions, each adding to one index space.
 * Plain data, so that it can be sent to other threads.
 */

export type CoreSort = 'func' | 'table' | 'memory' | 'global' | 'type' | 'module' | 'instance';
export type ComponentSort = 'func' | 'value' | 'type' | 'component' | 'instance';
export type Sort = { readonly core: CoreSort } | { readonly component: ComponentSort };

export interface SortIndex {
  readonly sort: Sort;
  readonly index: number;
}

export type Primitive =
  | 'bool'
  | 's8'
  | 'u8'
  | 's16'
  | 'u16'
  | 's32'
  | 'u32'
  | 's64'
  | 'u64'
  | 'f32'
  | 'f64'
  | 'char'
  | 'string';

/** A primitive, or an index into the type space. */
export type ValueTypeRef = Primitive | number;

export interface NamedRef {
  readonly name: string;
  readonly type: ValueTypeRef;
}

export type ValueTypeDefinition =
  | { readonly kind: 'primitive'; readonly type: Primitive }
  | { readonly kind: 'record'; readonly fields: readonly NamedRef[] }
  | {
      readonly kind: 'variant';
      readonly cases: ReadonlyArray<{ readonly name: string; readonly type: ValueTypeRef | undefined }>;
    }
  | { readonly kind: 'list'; readonly element: ValueTypeRef }
  | { readonly kind: 'tuple'; readonly items: readonly ValueTypeRef[] }
  | { readonly kind: 'flags'; readonly names: readonly string[] }
  | { readonly kind: 'enum'; readonly names: readonly string[] }
  | { readonly kind: 'option'; readonly inner: ValueTypeRef }
  | { readonly kind: 'result'; readonly ok: ValueTypeRef | undefined; readonly err: ValueTypeRef | undefined }
  | { readonly kind: 'own' | 'borrow'; readonly resource: number };

export interface FunctionTypeDefinition {
  readonly kind: 'func';
  readonly params: readonly NamedRef[];
  readonly result: ValueTypeRef | undefined;
}

export type TypeDefinition =
  | ValueTypeDefinition
  | FunctionTypeDefinition
  | { readonly kind: 'instance-type' | 'component-type'; readonly declarations: readonly Declaration[] }
  | { readonly kind: 'resource'; readonly destructor: number | undefined };

export type Description =
  | { readonly kind: 'core-module' | 'func' | 'component' | 'instance'; readonly type: number }
  | { readonly kind: 'type'; readonly equals: number | undefined }
  | { readonly kind: 'value' };

/** One entry of an instance type or component type. */
export type Declaration =
  | { readonly kind: 'type'; readonly type: TypeDefinition }
  | { readonly kind: 'alias'; readonly alias: AliasDefinition }
  | {
      readonly kind: 'export' | 'import';
      readonly name: string;
      readonly description: Description;
    };

export type AliasDefinition =
  | {
      readonly kind: 'alias-export';
      readonly sort: Sort;
      readonly instance: number;
      readonly name: string;
      /** The instance is a core instance. */
      readonly core: boolean;
    }
  | { readonly kind: 'alias-outer'; readonly sort: Sort; readonly levels: number; readonly index: number };

export interface NamedSort {
  readonly name: string;
  readonly item: SortIndex;
}

/** Options of a lifted or lowered function. */
export interface CanonicalOptions {
  readonly encoding: 'utf8' | 'utf16' | 'latin1+utf16';
  readonly memory: number | undefined;
  readonly realloc: number | undefined;
  readonly postReturn: number | undefined;
}

export type CanonDefinition =
  | { readonly op: 'lift'; readonly core: number; readonly options: CanonicalOptions; readonly type: number }
  | { readonly op: 'lower'; readonly func: number; readonly options: CanonicalOptions }
  | { readonly op: 'resource.new' | 'resource.drop' | 'resource.rep'; readonly type: number };

export type Definition =
  | { readonly kind: 'core-module'; readonly module: number }
  | {
      readonly kind: 'core-instantiate';
      readonly module: number;
      readonly args: ReadonlyArray<{ readonly name: string; readonly instance: number }>;
    }
  | { readonly kind: 'core-exports'; readonly exports: readonly NamedSort[] }
  | { readonly kind: 'component'; readonly component: ComponentDefinition }
  | { readonly kind: 'instantiate'; readonly component: number; readonly args: readonly NamedSort[] }
  | { readonly kind: 'exports'; readonly exports: readonly NamedSort[] }
  | AliasDefinition
  | { readonly kind: 'type'; readonly type: TypeDefinition }
  | { readonly kind: 'canon'; readonly canon: CanonDefinition }
  | { readonly kind: 'import'; readonly name: string; readonly description: Description }
  | { readonly kind: 'export'; readonly name: string; readonly item: SortIndex };

export interface ComponentDefinition {
  readonly definitions: readonly Definition[];
}

/** A parsed component and where its core modules lie in the file, in the order `core-module` refers to them. */
export interface ParsedComponent {
  readonly root: ComponentDefinition;
  readonly modules: ReadonlyArray<{ readonly start: number; readonly end: number }>;
}

/** The component is valid but needs what this runner does not have. */
export class UnsupportedComponent extends Error {
  override readonly name = 'UnsupportedComponent';
}
