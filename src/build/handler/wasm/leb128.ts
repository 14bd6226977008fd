/** Bytes of an unsigned 32-bit number in LEB128, the number form of WebAssembly binaries. */
export function unsignedLeb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value >>> 0;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

/** Bytes of a signed number of up to 64 bits in LEB128. */
export function signedLeb(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    const sign = (low & 0x40) !== 0;
    if ((rest === 0n && !sign) || (rest === -1n && sign)) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}
