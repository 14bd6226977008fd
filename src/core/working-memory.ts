/** Gives bytes to write to; what they hold is undefined. */
export type Allocate = (size: number) => Buffer;

/**
 * Allocates from one buffer that is used again and again, for large contents of which there is one at a time: having
 * megabytes from the system anew takes longer than filling them. What was given before must not be read any more.
 */
export function workingMemory(): Allocate {
  let buffer = Buffer.alloc(0);
  return (size) => {
    if (buffer.length < size) buffer = Buffer.allocUnsafeSlow(size);
    return buffer.subarray(0, size);
  };
}

/** The parts one after the other, in bytes that `allocate` gives. */
export function joinedIn(allocate: Allocate, parts: readonly Uint8Array[]): Buffer {
  const joined = allocate(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
