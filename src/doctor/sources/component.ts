import { BinaryReader } from '../../build/handler/wasm/binary-reader.js';
import { sectionsOf } from '../../build/handler/wasm/section.js';

const MAGIC = [0x00, 0x61, 0x73, 0x6d];
const IMPORTS = 10;
const EXPORTS = 11;
/** A type that is given a name: not a thing the host has to bring. */
const TYPE = 0x03;

/** What a WebAssembly file says of itself, as far as the runner judges it before running anything. */
export interface ComponentFacts {
  readonly kind: 'component' | 'module' | 'other';
  readonly imports: readonly string[];
  readonly exports: readonly string[];
}

/** Reads names of imports and exports. Throws RangeError for a file that ends too early. */
export function readComponent(bytes: Uint8Array): ComponentFacts {
  if (MAGIC.some((byte, index) => bytes[index] !== byte)) return { kind: 'other', imports: [], exports: [] };
  // Version 13, layer 1 is a component; version 1, layer 0 a core module.
  if (bytes[6] !== 1) return { kind: 'module', imports: [], exports: [] };
  const imports: string[] = [];
  const exports: string[] = [];
  for (const { id, body } of sectionsOf(bytes)) {
    if (id === IMPORTS) imports.push(...importNames(new BinaryReader(body)));
    if (id === EXPORTS) exports.push(...exportNames(new BinaryReader(body)));
  }
  return { kind: 'component', imports, exports };
}

function importNames(reader: BinaryReader): string[] {
  return Array.from({ length: reader.u32() }, () => {
    const name = externName(reader);
    return externKind(reader) === TYPE ? [] : [name];
  }).flat();
}

function exportNames(reader: BinaryReader): string[] {
  return Array.from({ length: reader.u32() }, () => {
    const name = externName(reader);
    // Sort (a core sort has a second byte) and index of what is exported.
    if (reader.byte() === 0) reader.byte();
    reader.u32();
    if (reader.byte() === 1) externKind(reader);
    return name;
  });
}

function externName(reader: BinaryReader): string {
  reader.byte();
  return reader.name();
}

/** Reads what kind of thing a name stands for, and skips the rest of its type. */
function externKind(reader: BinaryReader): number {
  const kind = reader.byte();
  if (kind === 0x00) reader.byte();
  if (kind === 0x02 || kind === TYPE) {
    // A bound: equal to something, or (for types) any resource, which has no index.
    if (reader.byte() === 1 && kind === TYPE) return kind;
  }
  reader.u32();
  return kind;
}
