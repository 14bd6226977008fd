import { ByteReader, MalformedWasm } from './byte-reader.js';
import type { CoreSection } from './core-module.js';

/** What a module's code can do to state that is neither memory nor a numeric global. */
export interface CodeEffects {
  /** It writes to, grows or re-initialises tables. */
  readonly changesTables: boolean;
  /** It copies from or drops data segments, so they must stay in the module. */
  readonly usesDataSegments: boolean;
  /** It has instructions this scan does not know; nothing may be assumed. */
  readonly unknown: boolean;
}

class UnknownInstruction extends Error {}

interface Found {
  changesTables: boolean;
  usesDataSegments: boolean;
}

/**
 * Walks every instruction of a code section. Restoring memory and globals only gives a fresh instance
 * when nothing else was changed; this is where that is proved rather than assumed.
 */
export function scanCode(bytes: Uint8Array, section: CoreSection): CodeEffects {
  const found: Found = { changesTables: false, usesDataSegments: false };
  try {
    const reader = new ByteReader(bytes, section.start, section.end);
    for (let left = reader.u32(); left > 0; left--) scanBody(reader, found);
    return { ...found, unknown: false };
  } catch (error) {
    if (error instanceof UnknownInstruction || error instanceof MalformedWasm)
      return { ...found, unknown: true };
    throw error;
  }
}

function scanBody(reader: ByteReader, found: Found): void {
  const size = reader.u32();
  const end = reader.at + size;
  for (let groups = reader.u32(); groups > 0; groups--) {
    reader.u32();
    skipValueType(reader);
  }
  while (reader.at < end) scanInstruction(reader, found);
  if (reader.at !== end) throw new UnknownInstruction();
}

function skipValueType(reader: ByteReader): void {
  const type = reader.byte();
  if (type === 0x63 || type === 0x64) reader.s33();
}

function skip(reader: ByteReader, integers: number): void {
  for (let i = 0; i < integers; i++) while (reader.byte() >= 0x80);
}

function skipMemoryArgument(reader: ByteReader): void {
  const align = reader.u32();
  skip(reader, align & 0x40 ? 2 : 1);
}

/** Number of plain integers after each one-byte opcode; -1: handled apart or unknown. */
const IMMEDIATES = immediates();

function immediates(): Int8Array {
  const table = new Int8Array(256).fill(-1);
  const set = (count: number, ...opcodes: number[]): void => {
    for (const opcode of opcodes) table[opcode] = count;
  };
  set(0, 0x00, 0x01, 0x05, 0x0a, 0x0b, 0x0f, 0x19, 0x1a, 0x1b, 0xd1, 0xd3, 0xd4);
  set(1, 0x02, 0x03, 0x04, 0x06, 0x07, 0x08, 0x09, 0x0c, 0x0d, 0x10, 0x12, 0x14, 0x15, 0x18);
  set(1, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x3f, 0x40, 0x41, 0x42, 0xd0, 0xd2, 0xd5, 0xd6);
  set(2, 0x11, 0x13);
  for (let opcode = 0x45; opcode <= 0xc4; opcode++) table[opcode] = 0;
  return table;
}

function scanInstruction(reader: ByteReader, found: Found): void {
  const opcode = reader.byte();
  const count = IMMEDIATES[opcode] ?? -1;
  if (count >= 0) {
    skip(reader, count);
  } else if (opcode >= 0x28 && opcode <= 0x3e) {
    skipMemoryArgument(reader);
  } else {
    scanRare(reader, opcode, found);
  }
}

function scanRare(reader: ByteReader, opcode: number, found: Found): void {
  if (opcode === 0x0e) skip(reader, reader.u32() + 1);
  else if (opcode === 0x1c) for (let types = reader.u32(); types > 0; types--) skipValueType(reader);
  else if (opcode === 0x26) {
    found.changesTables = true;
    skip(reader, 1);
  } else if (opcode === 0x43) reader.take(4);
  else if (opcode === 0x44) reader.take(8);
  else if (opcode === 0xfc) scanBulk(reader, found);
  else if (opcode === 0xfd) scanVector(reader);
  else throw new UnknownInstruction();
}

function scanBulk(reader: ByteReader, found: Found): void {
  const code = reader.u32();
  if (code > 17) throw new UnknownInstruction();
  if (code < 8) return;
  if (code === 8 || code === 9) found.usesDataSegments = true;
  if (code >= 12 && code !== 16) found.changesTables = true;
  skip(reader, code === 8 || code === 10 || code === 12 || code === 14 ? 2 : 1);
}

function scanVector(reader: ByteReader): void {
  const code = reader.u32();
  if (code <= 11 || code === 92 || code === 93) skipMemoryArgument(reader);
  else if (code === 12 || code === 13) reader.take(16);
  else if (code >= 21 && code <= 34) reader.take(1);
  else if (code >= 84 && code <= 91) {
    skipMemoryArgument(reader);
    reader.take(1);
  } else if (code > 0x113) throw new UnknownInstruction();
}
