import { ByteReader, MalformedWasm } from './byte-reader.js';

/** Section ids of a core module. */
export const SECTION = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
} as const;

/** Where a section lies in the module's bytes. */
export interface CoreSection {
  readonly id: number;
  /** Offset of the id byte, of the content, and of the byte after it. */
  readonly at: number;
  readonly start: number;
  readonly end: number;
}

export interface MemoryLimits {
  /** In 64 KiB pages. */
  readonly min: number;
  readonly max: number | undefined;
}

export interface GlobalDefinition {
  /** Value type byte. */
  readonly type: number;
  readonly mutable: boolean;
  /** The constant expression, its `end` included. */
  readonly init: Uint8Array;
}

export interface CoreImport {
  readonly module: string;
  readonly name: string;
  readonly kind: number;
}

/** Offset and bytes of an active data segment; undefined when the segment is passive or its offset is computed. */
export interface DataSegment {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Bytes that name what an import or export is. */
export const EXTERNAL_KIND = { func: 0, table: 1, memory: 2, global: 3, tag: 4 } as const;
/** Bytes of i32, i64, f32 and f64. */
export const NUMERIC_TYPES: ReadonlySet<number> = new Set([0x7f, 0x7e, 0x7d, 0x7c]);

/** Sections of a core module in file order. Throws `MalformedWasm` when it is not one. */
export function coreSections(bytes: Uint8Array): CoreSection[] {
  const reader = new ByteReader(bytes);
  if (reader.byte() !== 0 || reader.byte() !== 0x61 || reader.byte() !== 0x73 || reader.byte() !== 0x6d) {
    throw new MalformedWasm('not a WebAssembly module');
  }
  reader.take(4);
  const sections: CoreSection[] = [];
  while (!reader.done) {
    const at = reader.at;
    const id = reader.byte();
    const size = reader.u32();
    const start = reader.at;
    reader.take(size);
    sections.push({ id, at, start, end: reader.at });
  }
  return sections;
}

/** Imports of the module; `undefined` for kinds this reader does not know. */
export function coreImports(bytes: Uint8Array, section: CoreSection): CoreImport[] | undefined {
  const reader = new ByteReader(bytes, section.start, section.end);
  let known = true;
  const imports = reader.list((r): CoreImport => {
    const entry = { module: r.name(), name: r.name(), kind: r.byte() };
    known = known && skipImportType(r, entry.kind);
    return entry;
  });
  return known ? imports : undefined;
}

function skipImportType(reader: ByteReader, kind: number): boolean {
  if (kind === EXTERNAL_KIND.func) reader.u32();
  else if (kind === EXTERNAL_KIND.table) {
    reader.byte();
    readLimits(reader);
  } else if (kind === EXTERNAL_KIND.memory) readLimits(reader);
  else if (kind === EXTERNAL_KIND.global) {
    reader.byte();
    reader.byte();
  } else if (kind === EXTERNAL_KIND.tag) {
    reader.byte();
    reader.u32();
  } else return false;
  return true;
}

/** Limits of a table or memory; shared and 64-bit memories are refused. */
export function readLimits(reader: ByteReader): MemoryLimits {
  const flags = reader.byte();
  if (flags > 1) throw new MalformedWasm('shared and 64-bit memories are not supported');
  const min = reader.u32();
  return { min, max: flags === 1 ? reader.u32() : undefined };
}

/** Limits of the memories that a section declares. */
export function coreMemories(bytes: Uint8Array, section: CoreSection): MemoryLimits[] {
  return new ByteReader(bytes, section.start, section.end).list(readLimits);
}

/** Globals of the module; `undefined` when one is initialised by more than a single constant. */
export function coreGlobals(bytes: Uint8Array, section: CoreSection): GlobalDefinition[] | undefined {
  const reader = new ByteReader(bytes, section.start, section.end);
  const globals: GlobalDefinition[] = [];
  for (let left = reader.u32(); left > 0; left--) {
    const type = reader.byte();
    const mutable = reader.byte() === 1;
    const init = constantExpression(reader);
    if (init === undefined) return undefined;
    globals.push({ type, mutable, init });
  }
  return globals;
}

function constantExpression(reader: ByteReader): Uint8Array | undefined {
  const from = reader.at;
  const opcode = reader.byte();
  if (opcode === 0x41) reader.s33();
  else if (opcode === 0x42) reader.s64();
  else if (opcode === 0x43) reader.take(4);
  else if (opcode === 0x44) reader.take(8);
  else if (opcode === 0x23 || opcode === 0xd2) reader.u32();
  else if (opcode === 0xd0) reader.s33();
  else return undefined;
  return reader.byte() === 0x0b ? reader.bytes.subarray(from, reader.at) : undefined;
}

/** All data segments when each is active in memory 0 at a constant offset, otherwise `undefined`. */
export function activeSegments(bytes: Uint8Array, section: CoreSection): DataSegment[] | undefined {
  const reader = new ByteReader(bytes, section.start, section.end);
  const segments: DataSegment[] = [];
  for (let left = reader.u32(); left > 0; left--) {
    if (reader.u32() !== 0 || reader.byte() !== 0x41) return undefined;
    const offset = reader.s33() >>> 0;
    if (reader.byte() !== 0x0b) return undefined;
    segments.push({ offset, bytes: reader.take(reader.u32()) });
  }
  return segments;
}
