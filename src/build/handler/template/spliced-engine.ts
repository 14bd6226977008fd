import {
  CORE,
  encodeExports,
  encodeLimits,
  exportsOf,
  functionTypesOf,
  globalsOf,
  importsOf,
  KIND,
  memoriesOf,
  rewriteModule,
} from '../wasm/core-module.js';
import { encodeSection, sectionsOf } from '../wasm/section.js';
import type { TemplateFacts } from './engine-template.js';
import { EVALUATION_MEMORY_PAGES, INIT_EXPORTS } from './evaluation-world.js';

/** The mutable globals of an engine and the export names they get. */
export function mutableGlobals(spliced: Uint8Array): TemplateFacts['globals'] {
  return globalsOf(sectionsOf(spliced)).flatMap(({ type, mutable }, index) =>
    mutable ? [{ index, type, exportName: `alga:global-${index}` }] : [],
  );
}

/** The spliced engine for evaluation: memory bounded, mutable globals exported, debug sections dropped. */
export function evaluationEngine(spliced: Uint8Array): Uint8Array {
  const sections = sectionsOf(spliced);
  const globals = mutableGlobals(spliced).map(({ index, exportName }) => ({
    name: exportName,
    kind: KIND.global,
    index,
  }));
  return rewriteModule(spliced, (section, original) => {
    if (section.id === CORE.custom) return undefined;
    if (section.id === CORE.export) return encodeExports([...exportsOf(sections), ...globals]);
    if (section.id === CORE.memory) return boundedMemory(spliced);
    return original;
  });
}

/** The spliced engine as it goes into a component: without the exports that load a handler. */
export function withoutInitExports(spliced: Uint8Array): Uint8Array {
  const kept = exportsOf(sectionsOf(spliced)).filter((entry) => !INIT_EXPORTS.has(entry.name));
  return rewriteModule(spliced, (section, original) =>
    section.id === CORE.export ? encodeExports(kept) : original,
  );
}

/** The functions of the world's interfaces that an engine imports. */
export function hostImportsOf(spliced: Uint8Array, hostPackage: string): TemplateFacts['hostImports'] {
  const sections = sectionsOf(spliced);
  const types = functionTypesOf(sections);
  return importsOf(sections)
    .filter((entry) => entry.module.startsWith(hostPackage))
    .map(({ module, name, type }) => ({ module, name, type: types[type ?? -1] ?? '' }));
}

function boundedMemory(spliced: Uint8Array): Uint8Array {
  const [memory] = memoriesOf(sectionsOf(spliced));
  const min = memory?.min ?? 0;
  const limits = encodeLimits({ flags: 1, min, max: Math.max(min, EVALUATION_MEMORY_PAGES) });
  return encodeSection(CORE.memory, Uint8Array.from([1, ...limits]));
}
