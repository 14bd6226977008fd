import type { HeapImage } from '../evaluation/heap-image.js';
import { CORE_MODULE_SECTION, type ComponentParts, componentParts } from '../wasm/component-parts.js';
import { CORE, encodeLimits, globalsOf, memoriesOf, numberExpression } from '../wasm/core-module.js';
import { signedLeb, unsignedLeb } from '../wasm/leb128.js';
import { encodeSection, HEADER_BYTES, type Section, sectionHead } from '../wasm/section.js';

const ACTIVE = 0x00;
const I32_CONST = 0x41;
const END = 0x0b;

/** Makes components out of heap images; reads a template's component once. */
export class ComponentAssembler {
  readonly #parts: ComponentParts;

  constructor(readonly templateComponent: Uint8Array) {
    this.#parts = componentParts(templateComponent);
  }

  /** The component that starts with an image's state. Takes about as long as copying it. */
  assemble(image: HeapImage): Uint8Array {
    const { before, engine, engineSections, after } = this.#parts;
    const core = [
      engine.subarray(0, HEADER_BYTES),
      ...engineSections.flatMap((section) => sectionWith(image, section, engine, engineSections)),
    ];
    const length = core.reduce((sum, part) => sum + part.length, 0);
    return Buffer.concat([before, sectionHead(CORE_MODULE_SECTION, length), ...core, after]);
  }
}

function sectionWith(
  image: HeapImage,
  section: Section,
  engine: Uint8Array,
  sections: readonly Section[],
): Uint8Array[] {
  switch (section.id) {
    case CORE.memory:
      return [encodeMemory(image, sections)];
    case CORE.global:
      return [encodeGlobals(image, sections)];
    case CORE.dataCount:
      return [encodeSection(CORE.dataCount, Uint8Array.from(unsignedLeb(image.segments.length / 2)))];
    case CORE.data:
      return encodeData(image);
    default:
      return [engine.subarray(section.start, section.end)];
  }
}

function encodeMemory(image: HeapImage, sections: readonly Section[]): Uint8Array {
  const [memory] = memoriesOf(sections);
  const limits = encodeLimits({ flags: memory?.flags ?? 0, min: image.memoryPages, max: memory?.max });
  return encodeSection(CORE.memory, Uint8Array.from([1, ...limits]));
}

function encodeGlobals(image: HeapImage, sections: readonly Section[]): Uint8Array {
  const values = new Map(image.globals.map(({ index, value }) => [index, value]));
  const globals = globalsOf(sections);
  const parts = globals.map(({ type, mutable, initial }, index) => {
    const value = values.get(index);
    const expression = value === undefined ? initial : numberExpression(type, value, signedLeb);
    return Uint8Array.from([type, mutable ? 1 : 0, ...expression]);
  });
  return encodeSection(CORE.global, Buffer.concat([Uint8Array.from(unsignedLeb(globals.length)), ...parts]));
}

/** One active data segment for each piece of the image. */
function encodeData(image: HeapImage): Uint8Array[] {
  const { segments, bytes } = image;
  const count = unsignedLeb(segments.length / 2);
  // At most five bytes each for offset and length, and three for the rest.
  const body = Buffer.allocUnsafe(count.length + bytes.length + (segments.length / 2) * 13);
  let at = put(body, 0, count);
  let read = 0;
  for (let index = 0; index < segments.length; index += 2) {
    const offset = segments[index] ?? 0;
    const length = segments[index + 1] ?? 0;
    at = put(body, at, [ACTIVE, I32_CONST, ...signedLeb(BigInt(offset | 0)), END, ...unsignedLeb(length)]);
    body.set(bytes.subarray(read, read + length), at);
    at += length;
    read += length;
  }
  return [sectionHead(CORE.data, at), body.subarray(0, at)];
}

function put(target: Uint8Array, at: number, values: readonly number[]): number {
  target.set(values, at);
  return at + values.length;
}
