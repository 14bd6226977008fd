import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** A running checksum of the kind clients send in `x-amz-checksum-*`, as base64. */
export interface Checksum {
  update(chunk: Buffer): void;
  base64(): string;
}

/** The checksum with this name, or undefined when it is none this server can calculate. */
export function createChecksum(name: string): Checksum | undefined {
  if (name === 'sha256' || name === 'sha1') return hashChecksum(name);
  if (name === 'crc32') return crcChecksum((chunk, value) => crc32(chunk, value));
  if (name === 'crc32c') {
    const table = castagnoliTable();
    return crcChecksum((chunk, value) => crc32c(table, chunk, value));
  }
  return undefined;
}

function hashChecksum(algorithm: string): Checksum {
  const hash = createHash(algorithm);
  return { update: (chunk) => hash.update(chunk), base64: () => hash.digest('base64') };
}

function crcChecksum(step: (chunk: Buffer, value: number) => number): Checksum {
  let value = 0;
  return {
    update: (chunk) => {
      value = step(chunk, value);
    },
    base64: () => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value >>> 0);
      return bytes.toString('base64');
    },
  };
}

function castagnoliTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, index) => {
    let value = index;
    for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
    return value;
  });
}

function crc32c(table: Uint32Array, chunk: Buffer, previous: number): number {
  let value = ~previous;
  for (const byte of chunk) value = (table[(value ^ byte) & 0xff] ?? 0) ^ (value >>> 8);
  return ~value >>> 0;
}
