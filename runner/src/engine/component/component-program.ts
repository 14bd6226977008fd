import type { MemoryImage } from '../wasm/memory-image.js';
import { Codecs } from './codecs.js';
import type { CoreInstance, HostedCode, InitialState } from './core-instance.js';
import type { ComponentDefinition } from './definition.js';
import type { HandleTable } from './handles.js';
import type { InstanceValue, KnownTypes } from './scope.js';

/** A component instance: what it exports, and all of its state. */
export interface ComponentInstance {
  readonly exports: InstanceValue;
  readonly cores: readonly CoreInstance[];
  readonly handles: readonly HandleTable[];
  /** Sets how many bytes the guest may hand over to the host in one call. */
  allow(bytes: number): void;
  /**
   * Gives every core instance the state a component of the same program starts with; `held` is what it is as new
   * for, when nothing has run since.
   */
  restore(state: ComponentState, held?: ComponentState): boolean;
}

/** What a component starts with, for each of its core modules. */
export interface ComponentState {
  readonly images: ReadonlyArray<MemoryImage | undefined>;
  readonly globals: ReadonlyArray<InitialState['globals']>;
}

/** The part of it that one core module starts with. */
export function stateOf({ images, globals }: ComponentState, module: number): InitialState {
  return { image: images[module], globals: globals[module] ?? [] };
}

/** What an instance shares with all others of the same component on this thread. */
export class ComponentProgram {
  readonly root: ComponentDefinition;
  readonly modules: readonly HostedCode[];
  readonly codecs = new Codecs();
  /** Meaning of the root's type definitions, which is the same in every instance. */
  readonly types: KnownTypes = new Map();

  constructor(root: ComponentDefinition, modules: readonly HostedCode[]) {
    this.root = root;
    this.modules = modules;
  }
}
