const text = new TextEncoder();

/** LEB128 of an unsigned 32-bit integer. */
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

/** A name with its length before it. */
export function encodedName(name: string): Uint8Array {
  const bytes = text.encode(name);
  return joined([unsignedLeb(bytes.length), bytes]);
}

/** A section: id, size, content. */
export function encodedSection(id: number, parts: ReadonlyArray<ArrayLike<number>>): Uint8Array {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  return joined([[id], unsignedLeb(size), ...parts]);
}

/** One array of all parts in order. */
export function joined(parts: ReadonlyArray<ArrayLike<number>>): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
