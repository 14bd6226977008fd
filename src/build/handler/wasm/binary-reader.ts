const decoder = new TextDecoder('utf-8', { fatal: true });

/** Reads the pieces of a WebAssembly binary from front to back. Throws RangeError past the end. */
export class BinaryReader {
  readonly bytes: Uint8Array;
  position: number;

  constructor(bytes: Uint8Array, position = 0) {
    this.bytes = bytes;
    this.position = position;
  }

  get atEnd(): boolean {
    return this.position >= this.bytes.length;
  }

  byte(): number {
    const value = this.bytes[this.position];
    if (value === undefined) throw new RangeError('the binary ends in the middle of something');
    this.position++;
    return value;
  }

  /** An unsigned LEB128 number of up to 32 bits. */
  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) return value >>> 0;
    }
    throw new RangeError('a number in the binary is too long');
  }

  /** A signed LEB128 number of up to 64 bits. */
  signed(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) return (byte & 0x40) === 0 ? value : value - (1n << (shift + 7n));
    }
    throw new RangeError('a number in the binary is too long');
  }

  /** A view of the next bytes. */
  take(length: number): Uint8Array {
    const end = this.position + length;
    if (end > this.bytes.length) throw new RangeError('the binary ends in the middle of something');
    const view = this.bytes.subarray(this.position, end);
    this.position = end;
    return view;
  }

  /** A length and that many bytes of UTF-8. */
  name(): string {
    return decoder.decode(this.take(this.u32()));
  }
}
