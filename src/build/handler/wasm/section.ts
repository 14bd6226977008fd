import { BinaryReader } from './binary-reader.js';
import { unsignedLeb } from './leb128.js';

/** Length of magic number and version, which modules and components begin with. */
export const HEADER_BYTES = 8;

/** One section of a core module or component, as views into its binary. */
export interface Section {
  readonly id: number;
  /** Offset of the section's id byte. */
  readonly start: number;
  readonly end: number;
  /** Content without id and length. */
  readonly body: Uint8Array;
}

/** Splits a module or component into its top-level sections. Throws RangeError for a cut-off binary. */
export function sectionsOf(binary: Uint8Array): Section[] {
  const reader = new BinaryReader(binary, HEADER_BYTES);
  const sections: Section[] = [];
  while (!reader.atEnd) {
    const start = reader.position;
    const id = reader.byte();
    const body = reader.take(reader.u32());
    sections.push({ id, start, end: reader.position, body });
  }
  return sections;
}

/** The only section with an id, or undefined. */
export function sectionWithId(sections: readonly Section[], id: number): Section | undefined {
  return sections.find((section) => section.id === id);
}

/** Id and length that stand before a section's content. */
export function sectionHead(id: number, length: number): Uint8Array {
  return Uint8Array.from([id, ...unsignedLeb(length)]);
}

/** A whole section of given content. */
export function encodeSection(id: number, body: Uint8Array): Uint8Array {
  return Buffer.concat([sectionHead(id, body.length), body]);
}
