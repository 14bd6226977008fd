/** Zeros shorter than this stay inside a piece: a new piece costs about as many bytes. */
const FIRST_GAP_BYTES = 32;
/** Engines accept 100,000 pieces; fewer load faster. */
const MOST_SEGMENTS = 20_000;
const WORD = 4;

/** The pieces of a memory that are not zero. */
export interface MemorySegments {
  /** Offset and length of each piece, alternating, ascending. */
  readonly segments: Uint32Array;
  /** The pieces one after the other. */
  readonly bytes: Uint8Array;
}

/** Copies what is not zero out of a memory, whose size must be a multiple of four bytes. */
export function nonZeroSegments(memory: ArrayBuffer): MemorySegments {
  let ranges = rangesOf(memory, FIRST_GAP_BYTES);
  for (let gap = FIRST_GAP_BYTES * 4; ranges.length / 2 > MOST_SEGMENTS; gap *= 4)
    ranges = merged(ranges, gap);
  let total = 0;
  for (let at = 0; at < ranges.length; at += 2) total += end(ranges, at) - start(ranges, at);
  const segments = new Uint32Array(ranges.length);
  const bytes = new Uint8Array(total);
  const source = new Uint8Array(memory);
  let position = 0;
  for (let at = 0; at < ranges.length; at += 2) {
    bytes.set(source.subarray(start(ranges, at), end(ranges, at)), position);
    segments[at] = start(ranges, at);
    segments[at + 1] = end(ranges, at) - start(ranges, at);
    position += end(ranges, at) - start(ranges, at);
  }
  return { segments, bytes };
}

/** Start and end (in bytes) of the ranges that are not zero, shorter gaps included. */
function rangesOf(memory: ArrayBuffer, gapBytes: number): number[] {
  const words = new Int32Array(memory);
  const gap = gapBytes / WORD;
  const ranges: number[] = [];
  let at = 0;
  while (at < words.length) {
    while (at < words.length && words[at] === 0) at++;
    if (at === words.length) break;
    const first = at;
    let last = at;
    for (at++; at < words.length && at - last <= gap; at++) if (words[at] !== 0) last = at;
    ranges.push(first * WORD, (last + 1) * WORD);
    at = last + 1;
  }
  return ranges;
}

function merged(ranges: readonly number[], gap: number): number[] {
  const out: number[] = [];
  for (let at = 0; at < ranges.length; at += 2) {
    const previous = out.at(-1);
    if (previous !== undefined && start(ranges, at) - previous <= gap) out[out.length - 1] = end(ranges, at);
    else out.push(start(ranges, at), end(ranges, at));
  }
  return out;
}

function start(ranges: readonly number[], at: number): number {
  return ranges[at] ?? 0;
}

function end(ranges: readonly number[], at: number): number {
  return ranges[at + 1] ?? 0;
}
