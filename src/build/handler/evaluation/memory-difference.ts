/** Engines accept 100,000 data segments; fewer load faster. */
const MOST_PIECES = 20_000;
const WORD = 4;
/** Shorter stretches of equal words stay inside a piece: a new piece costs about as many bytes. */
const GAP_WORDS = 8;
const BLOCK_BYTES = 4096;

/** The pieces in which a memory differs from another one. */
export interface MemoryDifference {
  /** Offset and length of each piece, alternating, ascending. */
  readonly segments: Uint32Array;
  /** The pieces one after the other. */
  readonly bytes: Uint8Array;
}

/** Offset and length of the pieces of a memory that are not zero, alternating, ascending. */
export function nonZeroPieces(memory: Uint8Array): Uint32Array {
  return piecesOf(new Uint8Array(0), memory);
}

/**
 * What has to be written over `base` to get `memory`. Both have whole pages; whatever lies behind the end of the
 * shorter one counts as zero. Quickest when both begin at a multiple of four in their buffers.
 */
export function differenceTo(base: Uint8Array, memory: Uint8Array): MemoryDifference {
  const segments = piecesOf(base, memory);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < segments.length; at += 2) {
    const [start, length] = pair(segments, at);
    pieces.push(memory.subarray(start, start + length));
  }
  return { segments, bytes: Buffer.concat(pieces) };
}

function piecesOf(base: Uint8Array, memory: Uint8Array): Uint32Array {
  let ranges = rangesOf(base, memory);
  for (let gap = GAP_WORDS * WORD * 4; ranges.length / 2 > MOST_PIECES; gap *= 4)
    ranges = merged(ranges, gap);
  const pieces = Uint32Array.from(ranges);
  for (let at = 1; at < pieces.length; at += 2) pieces[at] = (pieces[at] ?? 0) - (pieces[at - 1] ?? 0);
  return pieces;
}

/** Writes a difference over a memory and gives what stood there, in the same pieces. */
export function exchange(memory: Uint8Array, { segments, bytes }: MemoryDifference): MemoryDifference {
  const before = new Uint8Array(bytes.length);
  let position = 0;
  for (let at = 0; at < segments.length; at += 2) {
    const [start, length] = pair(segments, at);
    before.set(memory.subarray(start, start + length), position);
    memory.set(bytes.subarray(position, position + length), start);
    position += length;
  }
  return { segments, bytes: before };
}

/** Start and end (in bytes) of the ranges that differ, shorter equal gaps included. */
function rangesOf(base: Uint8Array, memory: Uint8Array): number[] {
  const ranges: number[] = [];
  const common = Math.min(base.length, memory.length);
  const [theirs, ours] = [words(base), words(memory)];
  for (let start = 0; start < common; start += BLOCK_BYTES) {
    const end = Math.min(start + BLOCK_BYTES, common);
    // Most blocks are equal, which native code sees three times as fast.
    if (Buffer.compare(base.subarray(start, end), memory.subarray(start, end)) === 0) continue;
    differing(theirs, ours, start / WORD, end / WORD, ranges);
  }
  nonZeroWords(ours, common / WORD, ours.length, ranges);
  return ranges;
}

/** Kept apart from the search for zeros, and free of calls: these two loops are most of the work. */
function differing(base: Int32Array, memory: Int32Array, from: number, to: number, ranges: number[]): void {
  let at = from;
  while (at < to) {
    while (at < to && memory[at] === base[at]) at++;
    if (at >= to) return;
    const first = at;
    let last = at;
    for (at++; at < to && at - last <= GAP_WORDS; at++) if (memory[at] !== base[at]) last = at;
    ranges.push(first * WORD, (last + 1) * WORD);
    at = last + 1;
  }
}

function nonZeroWords(memory: Int32Array, from: number, to: number, ranges: number[]): void {
  let at = from;
  while (at < to) {
    while (at < to && memory[at] === 0) at++;
    if (at >= to) return;
    const first = at;
    let last = at;
    for (at++; at < to && at - last <= GAP_WORDS; at++) if (memory[at] !== 0) last = at;
    ranges.push(first * WORD, (last + 1) * WORD);
    at = last + 1;
  }
}

function merged(ranges: readonly number[], gap: number): number[] {
  const out: number[] = [];
  for (let at = 0; at < ranges.length; at += 2) {
    const [start, end] = pair(ranges, at);
    const previous = out.at(-1);
    if (previous !== undefined && start - previous <= gap) out[out.length - 1] = end;
    else out.push(start, end);
  }
  return out;
}

function pair(list: ArrayLike<number>, at: number): [number, number] {
  return [list[at] ?? 0, list[at + 1] ?? 0];
}

function words(memory: Uint8Array): Int32Array {
  if (memory.byteOffset % WORD !== 0) return words(memory.slice());
  return new Int32Array(memory.buffer, memory.byteOffset, memory.length / WORD);
}
