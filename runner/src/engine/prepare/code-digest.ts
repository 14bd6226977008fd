import { createHash } from 'node:crypto';

/** Hashing less takes no time to speak of. */
const LARGE_BYTES = 256 * 1024;
/** A handler in JavaScript is one engine of 10 MB; a runner meets one or two. */
const MAX_REMEMBERED = 2;
const MAX_REMEMBERED_BYTES = 16 * 1024 * 1024;

interface Remembered {
  readonly bytes: Uint8Array;
  readonly digest: Buffer;
}

/**
 * Names code by what it is. Components that were built on one engine share all of its megabytes, so the last large
 * parts are remembered with their digests: seeing that one is the same takes a tenth of the time of hashing it.
 */
export class CodeDigest {
  /** The most recently used first. */
  #remembered: readonly Remembered[] = [];

  /** Lower-case hex of a SHA-256, equal for parts with equal contents in the same order. */
  of(parts: readonly Uint8Array[]): string {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(this.#digestOf(part));
    return hash.digest('hex');
  }

  #digestOf(part: Uint8Array): Buffer {
    if (part.length < LARGE_BYTES || part.length > MAX_REMEMBERED_BYTES) return sha256(part);
    const known = this.#remembered.find(({ bytes }) => Buffer.compare(bytes, part) === 0);
    // A copy: the part belongs to a file whose memory is given back.
    const entry = known ?? { bytes: part.slice(), digest: sha256(part) };
    this.#remembered = [entry, ...this.#remembered.filter((one) => one !== entry)].slice(0, MAX_REMEMBERED);
    return entry.digest;
  }
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
