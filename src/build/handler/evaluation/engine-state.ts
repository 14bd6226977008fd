import type { GlobalValue, HeapImage } from '../../../../runner/src/published/heap-image.js';
import { BinaryReader } from '../wasm/binary-reader.js';
import { dataSegmentsOf, globalsOf, memoriesOf } from '../wasm/core-module.js';
import type { Section } from '../wasm/section.js';
import { differenceTo } from './memory-difference.js';

/** Bytes of a page of linear memory. */
export const PAGE_BYTES = 65_536;

/** The whole changing state of an engine. */
export interface EngineState {
  /** All of the linear memory; whole pages. */
  readonly memory: Uint8Array;
  readonly globals: readonly GlobalValue[];
}

/** The state a module begins with: its memory with its data in place, and the globals asked for. */
export function initialState(sections: readonly Section[], globals: readonly number[]): EngineState {
  const memory = new Uint8Array((memoriesOf(sections)[0]?.min ?? 0) * PAGE_BYTES);
  for (const { offset, bytes } of dataSegmentsOf(sections)) {
    if (offset === undefined) throw new Error('data of the module is placed by code');
    memory.set(bytes, offset);
  }
  const initial = globalsOf(sections);
  return {
    memory,
    globals: globals.map((index) => {
      const expression = initial[index]?.initial;
      if (expression === undefined) throw new Error(`the module has no global ${index}`);
      return { index, value: new BinaryReader(expression, 1).signed() };
    }),
  };
}

/** A state as what differs from the template's empty handler. */
export function imageOf(state: EngineState, templateKey: string, base: Uint8Array): HeapImage {
  const missing = base.length - state.memory.length;
  // A memory never shrinks, so that a template's is the smallest; a smaller one is filled up with zeros.
  const memory = missing > 0 ? Buffer.concat([state.memory, new Uint8Array(missing)]) : state.memory;
  const memoryPages = memory.length / PAGE_BYTES;
  return { templateKey, memoryPages, globals: state.globals, ...differenceTo(base, memory) };
}
