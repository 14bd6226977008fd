import { BinaryReader } from './binary-reader.js';
import { unsignedLeb } from './leb128.js';
import { encodeSection, HEADER_BYTES, type Section, sectionsOf, sectionWithId } from './section.js';

/** Section ids of a core module, as far as they concern us. */
export const CORE = {
  custom: 0,
  type: 1,
  import: 2,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  code: 10,
  data: 11,
  dataCount: 12,
} as const;

/** Kinds of what is imported and exported. */
export const KIND = { function: 0, table: 1, memory: 2, global: 3 } as const;

/** Types of values that a global can have and that we can write. */
export const VALUE = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c } as const;

export interface Limits {
  readonly flags: number;
  readonly min: number;
  readonly max: number | undefined;
}

export interface CoreExport {
  readonly name: string;
  readonly kind: number;
  readonly index: number;
}

export interface CoreImport {
  readonly module: string;
  readonly name: string;
  readonly kind: number;
  /** Index of the function's type; undefined for other kinds. */
  readonly type: number | undefined;
}

export interface CoreGlobal {
  readonly type: number;
  readonly mutable: boolean;
  /** Initialising expression as it stands in the binary, with its end byte. */
  readonly initial: Uint8Array;
}

export interface DataSegment {
  /** 0 and 2: placed by the module itself; 1: passive, placed by code. */
  readonly mode: number;
  /** Offset in memory; undefined unless it is a plain constant. */
  readonly offset: number | undefined;
  readonly bytes: Uint8Array;
}

const END = 0x0b;
const I32_CONST = 0x41;
const I64_CONST = 0x42;

/** Reads a limits field of a memory or table. */
export function readLimits(reader: BinaryReader): Limits {
  const flags = reader.byte();
  const min = reader.u32();
  return { flags, min, max: (flags & 1) === 0 ? undefined : reader.u32() };
}

/** Bytes of a limits field. */
export function encodeLimits(limits: Limits): number[] {
  return [
    limits.flags,
    ...unsignedLeb(limits.min),
    ...(limits.max === undefined ? [] : unsignedLeb(limits.max)),
  ];
}

/** The exports of a module, in order. */
export function exportsOf(sections: readonly Section[]): CoreExport[] {
  return vectorOf(sections, CORE.export, (reader) => ({
    name: reader.name(),
    kind: reader.byte(),
    index: reader.u32(),
  }));
}

/** The export section with these exports. */
export function encodeExports(exports: readonly CoreExport[]): Uint8Array {
  const parts = exports.map(({ name, kind, index }) => {
    const text = Buffer.from(name, 'utf8');
    return Buffer.from([...unsignedLeb(text.length), ...text, kind, ...unsignedLeb(index)]);
  });
  return encodeSection(CORE.export, Buffer.concat([Buffer.from(unsignedLeb(exports.length)), ...parts]));
}

/** The imports of a module, in order; `type` is there for functions only. */
export function importsOf(sections: readonly Section[]): CoreImport[] {
  return vectorOf(sections, CORE.import, (reader) => {
    const module = reader.name();
    const name = reader.name();
    const kind = reader.byte();
    return { module, name, kind, type: skipImportType(reader, kind) };
  });
}

function skipImportType(reader: BinaryReader, kind: number): number | undefined {
  if (kind === KIND.function) return reader.u32();
  if (kind === KIND.table) reader.byte();
  if (kind === KIND.table || kind === KIND.memory) readLimits(reader);
  else reader.take(2);
  return undefined;
}

/** Parameter and result types of the module's functions types: `7f7f>7f`. */
export function functionTypesOf(sections: readonly Section[]): string[] {
  return vectorOf(sections, CORE.type, (reader) => {
    if (reader.byte() !== 0x60) throw new Error('a type of the module is not a function');
    const list = (): string => Buffer.from(reader.take(reader.u32())).toString('hex');
    return `${list()}>${list()}`;
  });
}

/** The globals that a module defines itself, in order. */
export function globalsOf(sections: readonly Section[]): CoreGlobal[] {
  return vectorOf(sections, CORE.global, (reader) => {
    const type = reader.byte();
    const mutable = reader.byte() === 1;
    return { type, mutable, initial: constantExpression(reader) };
  });
}

/** Limits of the memories that a module defines itself. */
export function memoriesOf(sections: readonly Section[]): Limits[] {
  return vectorOf(sections, CORE.memory, readLimits);
}

/** Limits of the tables that a module defines itself. */
export function tablesOf(sections: readonly Section[]): Limits[] {
  return vectorOf(sections, CORE.table, (reader) => {
    reader.byte();
    return readLimits(reader);
  });
}

/** The data segments of a module; `offset` is undefined for one that is passive or whose place is computed. */
export function dataSegmentsOf(sections: readonly Section[]): DataSegment[] {
  return vectorOf(sections, CORE.data, (reader) => {
    const mode = reader.u32();
    if (mode === 2) reader.u32();
    const offset = mode === 1 ? undefined : plainOffset(constantExpression(reader));
    return { mode, offset, bytes: reader.take(reader.u32()) };
  });
}

/** Initialising expression that sets a number; for i32 and i64 globals. */
export function numberExpression(
  type: number,
  value: bigint,
  encode: (value: bigint) => number[],
): Uint8Array {
  return Uint8Array.from([type === VALUE.i32 ? I32_CONST : I64_CONST, ...encode(value), END]);
}

function plainOffset(expression: Uint8Array): number | undefined {
  const reader = new BinaryReader(expression);
  if (reader.byte() !== I32_CONST) return undefined;
  const value = Number(BigInt.asUintN(32, reader.signed()));
  return reader.byte() === END ? value : undefined;
}

/** One constant and the end byte; longer expressions are not used by any engine we know. */
function constantExpression(reader: BinaryReader): Uint8Array {
  const start = reader.position;
  const operation = reader.byte();
  if (operation === I32_CONST || operation === I64_CONST) reader.signed();
  else if (operation === 0x43) reader.take(4);
  else if (operation === 0x44) reader.take(8);
  else if (operation === 0x23 || operation === 0xd0 || operation === 0xd2) reader.u32();
  else throw new Error(`the constant operation ${operation} is unknown`);
  if (reader.byte() !== END) throw new Error('an initialising expression is more than a constant');
  return reader.bytes.subarray(start, reader.position);
}

function vectorOf<T>(sections: readonly Section[], id: number, read: (reader: BinaryReader) => T): T[] {
  const section = sectionWithId(sections, id);
  if (section === undefined) return [];
  const reader = new BinaryReader(section.body);
  return Array.from({ length: reader.u32() }, () => read(reader));
}

/** A module with some sections replaced; `replace` gives the new section, or undefined to leave it out. */
export function rewriteModule(
  module: Uint8Array,
  replace: (section: Section, original: Uint8Array) => Uint8Array | undefined,
): Uint8Array {
  const parts: Uint8Array[] = [module.subarray(0, HEADER_BYTES)];
  for (const section of sectionsOf(module)) {
    const part = replace(section, module.subarray(section.start, section.end));
    if (part !== undefined) parts.push(part);
  }
  return Buffer.concat(parts);
}
