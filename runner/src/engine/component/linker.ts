import { MalformedWasm } from '../wasm/byte-reader.js';
import type { WasmExport, WasmMemory } from '../wasm/runtime.js';
import { CallContext, type CoreFunction, type InstanceState } from './call-context.js';
import { lift, lower } from './canonical.js';
import {
  type ComponentInstance,
  type ComponentProgram,
  type ComponentState,
  stateOf,
} from './component-program.js';
import { type CoreInstance, instantiateCore, restoreCore } from './core-instance.js';
import {
  type CanonDefinition,
  type CanonicalOptions,
  type ComponentDefinition,
  type CoreSort,
  type Definition,
  type Description,
  type NamedSort,
  UnsupportedComponent,
} from './definition.js';
import { HandleTable } from './handles.js';
import { bindImport, type ImportProvider } from './import-binding.js';
import {
  at,
  type ComponentFunction,
  type InstanceValue,
  type Item,
  itemSort,
  resolveAlias,
  resolveFunctionType,
  resolveOnce,
  resolveResource,
  resolveType,
  Scope,
  type TypeEntry,
} from './scope.js';
import type { ResourceType } from './types.js';

/** Makes a fresh instance. Throws `GuestFault`, `UnsupportedComponent` or whatever the guest's start throws. */
export function instantiate(
  program: ComponentProgram,
  state: ComponentState,
  provider: ImportProvider,
  maxPages: number,
): ComponentInstance {
  const cores: Array<CoreInstance & { readonly module: number }> = [];
  const handles: HandleTable[] = [];
  const contexts: CallContext[] = [];
  const shared: Shared = {
    program,
    state,
    provider,
    maxPages,
    cores,
    handles,
    contexts,
    destructors: new Map(),
  };
  const exports = new Instantiation(shared, undefined, undefined).run(program.root);
  return {
    exports,
    cores,
    handles,
    allow(bytes) {
      for (const context of contexts) context.allow(bytes);
    },
    restore: (next, held) =>
      cores.every((core) =>
        restoreCore(core, stateOf(next, core.module), held && stateOf(held, core.module)),
      ),
  };
}

interface Shared {
  readonly program: ComponentProgram;
  readonly state: ComponentState;
  readonly provider: ImportProvider;
  readonly maxPages: number;
  readonly cores: Array<CoreInstance & { readonly module: number }>;
  readonly handles: HandleTable[];
  readonly contexts: CallContext[];
  /** Resources the guest defines itself, with what ends them. */
  readonly destructors: Map<ResourceType, CoreFunction | undefined>;
}

/** The making of one component instance, the root or a nested one. */
class Instantiation {
  readonly #shared: Shared;
  readonly #scope: Scope;
  /** What a nested component was given; undefined for the root, which is given the host's functions. */
  readonly #args: ReadonlyMap<string, Item> | undefined;
  readonly #state: InstanceState = { handles: new HandleTable(), mayLeave: true };
  readonly #exports = new Map<string, Item>();
  readonly #coreInstances: Array<Readonly<Record<string, WasmExport>>> = [];
  readonly #core: Record<'func' | 'table' | 'memory' | 'global', WasmExport[]> = {
    func: [],
    table: [],
    memory: [],
    global: [],
  };

  constructor(shared: Shared, parent: Scope | undefined, args: ReadonlyMap<string, Item> | undefined) {
    this.#shared = shared;
    this.#scope = new Scope(parent);
    this.#args = args;
    shared.handles.push(this.#state.handles);
  }

  run(component: ComponentDefinition): InstanceValue {
    for (const definition of component.definitions) this.#define(definition);
    return this.#exports;
  }

  #define(definition: Definition): void {
    switch (definition.kind) {
      case 'core-module':
        this.#scope.modules.push(definition.module);
        return;
      case 'core-instantiate':
        this.#coreInstances.push(this.#instantiateCore(definition));
        return;
      case 'core-exports':
        this.#coreInstances.push(
          Object.fromEntries(definition.exports.map(({ name, item }) => [name, this.#coreItem(item)])),
        );
        return;
      case 'component':
        this.#scope.components.push({ definition: definition.component, scope: this.#scope });
        return;
      case 'instantiate':
        this.#scope.instances.push(this.#instantiateNested(definition));
        return;
      case 'exports':
        this.#scope.instances.push(this.#named(definition.exports));
        return;
      case 'alias-export':
      case 'alias-outer':
        this.#alias(definition);
        return;
      case 'type':
        this.#scope.types.push(this.#type(definition));
        return;
      case 'canon':
        this.#canon(definition.canon);
        return;
      case 'import':
        this.#scope.add(this.#import(definition.name, definition.description));
        return;
      case 'export':
        this.#export(definition.name, this.#item(definition.item));
        return;
    }
  }

  #type(definition: Definition & { kind: 'type' }): TypeEntry {
    const root = this.#args === undefined;
    const entry = root
      ? resolveOnce(this.#shared.program.types, this.#scope, definition.type)
      : resolveType(this.#scope, definition.type);
    if (entry.kind === 'resource') {
      const { destructor } = entry;
      this.#shared.destructors.set(
        entry.resource,
        destructor === undefined ? undefined : (at(this.#core.func, destructor) as CoreFunction),
      );
    }
    return entry;
  }

  #export(name: string, item: Item): void {
    this.#exports.set(name, item);
    this.#scope.add(item);
  }

  #item(item: NamedSort['item']): Item {
    return this.#scope.item(itemSort(item.sort), item.index);
  }

  #named(exports: readonly NamedSort[]): InstanceValue {
    return new Map(exports.map(({ name, item }) => [name, this.#item(item)]));
  }

  #coreSpace(sort: CoreSort): WasmExport[] {
    if (sort === 'func' || sort === 'table' || sort === 'memory' || sort === 'global')
      return this.#core[sort];
    throw new UnsupportedComponent(`a core ${sort} among exports`);
  }

  #coreItem(item: NamedSort['item']): WasmExport {
    if (!('core' in item.sort)) throw new MalformedWasm('a core instance of component items');
    return at(this.#coreSpace(item.sort.core), item.index);
  }

  #alias(alias: Definition & { kind: 'alias-export' | 'alias-outer' }): void {
    if (alias.kind === 'alias-export' && alias.core) {
      const value = at(this.#coreInstances, alias.instance)[alias.name];
      if (value === undefined) throw new MalformedWasm(`a core instance has no export "${alias.name}"`);
      if ('core' in alias.sort) this.#coreSpace(alias.sort.core).push(value);
      return;
    }
    this.#scope.add(resolveAlias(this.#scope, alias));
  }

  #instantiateCore(
    definition: Definition & { kind: 'core-instantiate' },
  ): Readonly<Record<string, WasmExport>> {
    const imports = Object.fromEntries(
      definition.args.map(({ name, instance }) => [name, at(this.#coreInstances, instance)]),
    );
    const { program, state, cores, maxPages } = this.#shared;
    const module = at(this.#scope.modules, definition.module);
    const code = at(program.modules, module);
    const instance = instantiateCore(code, stateOf(state, module), imports, maxPages);
    cores.push({ ...instance, module });
    return instance.exports;
  }

  #instantiateNested(definition: Definition & { kind: 'instantiate' }): InstanceValue {
    const { definition: component, scope } = at(this.#scope.components, definition.component);
    return new Instantiation(this.#shared, scope, this.#named(definition.args)).run(component);
  }

  #import(name: string, description: Description): Item {
    const given = this.#args?.get(name);
    if (given !== undefined) return given;
    if (this.#args !== undefined) throw new MalformedWasm(`a nested component is not given "${name}"`);
    return bindImport(this.#shared.provider, this.#shared.program.types, this.#scope, name, description);
  }

  #canon(canon: CanonDefinition): void {
    if (canon.op === 'lift') {
      this.#scope.funcs.push(this.#lift(canon));
    } else if (canon.op === 'lower') {
      const func = at(this.#scope.funcs, canon.func);
      this.#core.func.push(lower(func, this.#context(canon.options), this.#shared.program.codecs));
    } else {
      this.#core.func.push(this.#resourceFunction(canon.op, resolveResource(this.#scope, canon.type)));
    }
  }

  #lift(canon: CanonDefinition & { op: 'lift' }): ComponentFunction {
    const type = resolveFunctionType(this.#scope, canon.type);
    const core = at(this.#core.func, canon.core) as CoreFunction;
    const { postReturn } = canon.options;
    return lift(
      type,
      core,
      postReturn === undefined ? undefined : (at(this.#core.func, postReturn) as CoreFunction),
      this.#context(canon.options),
      this.#shared.program.codecs,
    );
  }

  #context({ encoding, memory, realloc }: CanonicalOptions): CallContext {
    const context = new CallContext(
      this.#state,
      encoding,
      memory === undefined ? undefined : (at(this.#core.memory, memory) as WasmMemory),
      realloc === undefined ? undefined : (at(this.#core.func, realloc) as CoreFunction),
    );
    this.#shared.contexts.push(context);
    return context;
  }

  #resourceFunction(op: 'resource.new' | 'resource.drop' | 'resource.rep', type: ResourceType): CoreFunction {
    const { handles } = this.#state;
    if (op === 'resource.new') return (rep) => handles.add(type, rep, true);
    if (op === 'resource.rep') return (handle) => Number(handles.rep(Number(handle), type));
    return (handle) => {
      const { rep, own } = handles.drop(Number(handle), type);
      if (own) this.#destroy(type, rep);
      return undefined;
    };
  }

  #destroy(type: ResourceType, rep: unknown): void {
    const { destructors, provider } = this.#shared;
    if (destructors.has(type)) destructors.get(type)?.(Number(rep));
    else provider.dropped(type, rep);
  }
}
