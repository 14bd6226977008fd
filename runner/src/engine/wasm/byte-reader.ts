/** Thrown for bytes that are not the WebAssembly they claim to be. */
export class MalformedWasm extends Error {
  override readonly name = 'MalformedWasm';
}

const text = new TextDecoder('utf-8', { fatal: true });

/** Reads the little-endian, LEB128-packed values of WebAssembly binaries; throws `MalformedWasm` at the end. */
export class ByteReader {
  readonly bytes: Uint8Array;
  /** Absolute offset of the next byte. */
  at: number;
  readonly end: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    if (end > bytes.length || at > end) throw new MalformedWasm('a section reaches past the end of the file');
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  byte(): number {
    const value = this.at < this.end ? this.bytes[this.at++] : undefined;
    if (value === undefined) throw new MalformedWasm('unexpected end of bytes');
    return value;
  }

  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new MalformedWasm('integer too long');
  }

  /** Signed integers up to 33 bits, as type indexes and i32 constants use them. */
  s33(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 28; scale *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return byte & 0x40 ? value - scale * 128 : value;
    }
    throw new MalformedWasm('integer too long');
  }

  s64(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
    throw new MalformedWasm('integer too long');
  }

  /** A view, not a copy. */
  take(length: number): Uint8Array {
    if (length > this.end - this.at) throw new MalformedWasm('unexpected end of bytes');
    const view = this.bytes.subarray(this.at, this.at + length);
    this.at += length;
    return view;
  }

  name(): string {
    const bytes = this.take(this.u32());
    try {
      return text.decode(bytes);
    } catch {
      throw new MalformedWasm('a name is not UTF-8');
    }
  }

  /** A counted list; the count is checked against what can be there, so a lie costs no memory. */
  list<T>(read: (reader: ByteReader) => T): T[] {
    const count = this.u32();
    if (count > this.end - this.at) throw new MalformedWasm('a list is longer than its section');
    const items: T[] = [];
    for (let i = 0; i < count; i++) items.push(read(this));
    return items;
  }
}
