import type { CallContext } from './call-context.js';
import { trap } from './fault.js';

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const UTF16 = new TextDecoder('utf-16le', { fatal: true, ignoreBOM: true });

/** The bit that marks UTF-16 in the length of a `latin1+utf16` string. */
const UTF16_TAG = 0x8000_0000;

/** Where a string lies: a pointer and a length in code units, as the encoding counts them. */
export interface StringLocation {
  readonly pointer: number;
  readonly length: number;
}

/** Reads a string out of guest memory; text that is not valid in the encoding is a trap. */
export function readString(cx: CallContext, pointer: number, length: number): string {
  if (cx.encoding === 'utf8') return decode(cx, pointer, length, 1, UTF8);
  if (cx.encoding === 'utf16') return decode(cx, pointer, length * 2, 2, UTF16);
  if (length >= UTF16_TAG) return decode(cx, pointer, (length - UTF16_TAG) * 2, 2, UTF16);
  return Buffer.from(range(cx, pointer, length, 2)).toString('latin1');
}

function range(cx: CallContext, pointer: number, bytes: number, align: number): Uint8Array {
  cx.check(pointer, bytes, align);
  cx.spend(bytes);
  return cx.bytes.subarray(pointer, pointer + bytes);
}

function decode(
  cx: CallContext,
  pointer: number,
  bytes: number,
  align: number,
  decoder: typeof UTF8,
): string {
  const source = range(cx, pointer, bytes, align);
  try {
    return decoder.decode(source);
  } catch {
    throw trap(`a string that is not valid ${decoder.encoding}`);
  }
}

/** Writes a string into memory the guest allocates for it. */
export function writeString(cx: CallContext, text: string): StringLocation {
  if (cx.encoding === 'utf8') {
    const bytes = Buffer.from(text, 'utf8');
    return { pointer: place(cx, bytes, 1), length: bytes.length };
  }
  const latin = cx.encoding === 'latin1+utf16' && isLatin1(text);
  // Through UTF-8 and back: half a surrogate pair becomes the replacement character.
  const bytes = latin ? Buffer.from(text, 'latin1') : Buffer.from(Buffer.from(text).toString(), 'utf16le');
  const pointer = place(cx, bytes, 2);
  if (cx.encoding === 'utf16') return { pointer, length: text.length };
  return { pointer, length: latin ? bytes.length : text.length + UTF16_TAG };
}

function place(cx: CallContext, bytes: Uint8Array, align: number): number {
  const pointer = cx.allocate(bytes.length, align);
  cx.bytes.set(bytes, pointer);
  return pointer;
}

function isLatin1(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0xff) return false;
  return true;
}
