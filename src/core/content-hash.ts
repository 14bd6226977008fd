import { createHash } from 'node:crypto';
import { type ContentHash, contentHashOfHex } from './ids.js';

/** SHA-256 of bytes in the form in which a bundle is named. */
export function contentHashOf(bytes: Uint8Array): ContentHash {
  return contentHashOfHex(createHash('sha256').update(bytes).digest('hex'));
}
