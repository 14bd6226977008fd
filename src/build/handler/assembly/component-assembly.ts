import type { HeapImage } from '../../../../runner/src/published/heap-image.js';
import { type Allocate, joinedIn } from '../../../core/working-memory.js';
import { type EngineState, initialState, PAGE_BYTES } from '../evaluation/engine-state.js';
import { exchange, nonZeroPieces } from '../evaluation/memory-difference.js';
import { CORE_MODULE_SECTION, type ComponentParts, componentParts } from '../wasm/component-parts.js';
import { CORE, encodeLimits, globalsOf, memoriesOf, numberExpression } from '../wasm/core-module.js';
import { signedLeb, unsignedLeb } from '../wasm/leb128.js';
import { encodeSection, HEADER_BYTES, type Section, sectionHead } from '../wasm/section.js';

const ACTIVE = 0x00;
const I32_CONST = 0x41;
const END = 0x0b;

/**
 * Makes components out of heap images: a template's component with another state. Keeps the template's memory to
 * write images over, so that a component takes some milliseconds, most of them for copying the engine.
 */
export class ComponentAssembler {
  #opened: { readonly parts: ComponentParts; readonly memory: Uint8Array } | undefined;

  readonly #allocate: Allocate;

  /**
   * Takes a template's component, whose handler is empty; it is looked into when the first image comes. Components
   * are made in bytes that `allocate` gives.
   */
  constructor(
    readonly templateComponent: Uint8Array,
    allocate: Allocate = Buffer.allocUnsafeSlow,
  ) {
    this.#allocate = allocate;
  }

  /** The component that starts with an image's state. */
  assemble(image: HeapImage): Uint8Array {
    const { parts, memory: base } = this.#open();
    const memory = memoryOf(base, image.memoryPages * PAGE_BYTES);
    const undo = exchange(memory, image);
    try {
      return componentWith(parts, { memory, globals: image.globals }, this.#allocate);
    } finally {
      exchange(memory, undo);
    }
  }

  #open(): { readonly parts: ComponentParts; readonly memory: Uint8Array } {
    if (this.#opened === undefined) {
      const parts = componentParts(this.templateComponent);
      this.#opened = { parts, memory: initialState(parts.engineSections, []).memory };
    }
    return this.#opened;
  }
}

/** The template's memory; a larger copy of it for a handler that took more. */
function memoryOf(base: Uint8Array, size: number): Uint8Array {
  if (size === base.length) return base;
  const memory = new Uint8Array(size);
  memory.set(base);
  return memory;
}

/** A component of the same kind that starts with a state. */
export function componentWith(
  parts: ComponentParts,
  state: EngineState,
  allocate: Allocate = Buffer.allocUnsafeSlow,
): Uint8Array {
  const { before, engine, engineSections, after } = parts;
  const pieces = nonZeroPieces(state.memory);
  const core = engineSections.flatMap((section) => {
    const original = engine.subarray(section.start, section.end);
    return sectionWith(state, pieces, section, original, engineSections);
  });
  const length = core.reduce((sum, part) => sum + part.length, HEADER_BYTES);
  const header = engine.subarray(0, HEADER_BYTES);
  const head = sectionHead(CORE_MODULE_SECTION, length);
  return joinedIn(allocate, [before, head, header, ...core, after]);
}

function sectionWith(
  state: EngineState,
  pieces: Uint32Array,
  section: Section,
  original: Uint8Array,
  sections: readonly Section[],
): Uint8Array[] {
  switch (section.id) {
    case CORE.memory:
      return [encodeMemory(state, sections)];
    case CORE.global:
      return [encodeGlobals(state, sections)];
    case CORE.dataCount:
      return [encodeSection(CORE.dataCount, Uint8Array.from(unsignedLeb(pieces.length / 2)))];
    case CORE.data:
      return encodeData(state.memory, pieces);
    default:
      return [original];
  }
}

function encodeMemory(state: EngineState, sections: readonly Section[]): Uint8Array {
  const [memory] = memoriesOf(sections);
  const limits = encodeLimits({
    flags: memory?.flags ?? 0,
    min: state.memory.length / PAGE_BYTES,
    max: memory?.max,
  });
  return encodeSection(CORE.memory, Uint8Array.from([1, ...limits]));
}

function encodeGlobals(state: EngineState, sections: readonly Section[]): Uint8Array {
  const values = new Map(state.globals.map(({ index, value }) => [index, value]));
  const globals = globalsOf(sections);
  const parts = globals.map(({ type, mutable, initial }, index) => {
    const value = values.get(index);
    const expression = value === undefined ? initial : numberExpression(type, value, signedLeb);
    return Uint8Array.from([type, mutable ? 1 : 0, ...expression]);
  });
  return encodeSection(CORE.global, Buffer.concat([Uint8Array.from(unsignedLeb(globals.length)), ...parts]));
}

/** One active data segment for each piece of the memory, as parts: the content is not copied here. */
function encodeData(memory: Uint8Array, pieces: Uint32Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  // At most five bytes each for offset and length, and three for the rest.
  const heads = new Uint8Array((pieces.length / 2) * 13);
  let headAt = 0;
  let content = 0;
  for (let index = 0; index < pieces.length; index += 2) {
    const offset = pieces[index] ?? 0;
    const length = pieces[index + 1] ?? 0;
    const start = headAt;
    headAt = put(heads, start, [
      ACTIVE,
      I32_CONST,
      ...signedLeb(BigInt(offset | 0)),
      END,
      ...unsignedLeb(length),
    ]);
    parts.push(heads.subarray(start, headAt), memory.subarray(offset, offset + length));
    content += length;
  }
  const count = Uint8Array.from(unsignedLeb(pieces.length / 2));
  return [sectionHead(CORE.data, count.length + headAt + content), count, ...parts];
}

function put(target: Uint8Array, at: number, values: readonly number[]): number {
  target.set(values, at);
  return at + values.length;
}
