import { type Section, sectionsOf } from './section.js';

const CORE_MODULE = 1;

/** A component split around the core module that holds the engine. */
export interface ComponentParts {
  /** Everything before the engine's section. */
  readonly before: Uint8Array;
  readonly engine: Uint8Array;
  readonly engineSections: readonly Section[];
  /** Everything behind it. */
  readonly after: Uint8Array;
}

/** Finds the engine in a component: the largest of its core modules. Throws when there is none. */
export function componentParts(component: Uint8Array): ComponentParts {
  const modules = sectionsOf(component).filter((section) => section.id === CORE_MODULE);
  const [engine] = modules.sort((a, b) => b.body.length - a.body.length);
  if (engine === undefined) throw new Error('the component holds no core module');
  return {
    before: component.subarray(0, engine.start),
    engine: engine.body,
    engineSections: sectionsOf(engine.body),
    after: component.subarray(engine.end),
  };
}

/** Id byte of a core module inside a component. */
export const CORE_MODULE_SECTION = CORE_MODULE;
