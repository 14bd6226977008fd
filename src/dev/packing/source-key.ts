import { createHash } from 'node:crypto';
import type { HeapImage } from '../../build/handler/index.js';
import type { BundleEntry } from '../../bundle/index.js';
import type { PackedHandler } from './pack-job.js';

/** Raised when bundles are made in another way. */
const FORMAT = 1;

/**
 * Hash (hex) over everything a bundle is made of: the handler, and the entries beside it. Equal keys mean equal
 * bundles; an image stands for the component that it makes of its template, which its key names.
 */
export function sourceKeyOf(handler: PackedHandler | undefined, others: readonly BundleEntry[]): string {
  const hash = createHash('sha256').update(`${FORMAT}\n`);
  const add = (name: string, parts: readonly Uint8Array[]): void => {
    hash.update(`${name}\n${parts.reduce((sum, { length }) => sum + length, 0)}\n`);
    for (const part of parts) hash.update(part);
  };
  if (handler?.kind === 'component') add('component', [handler.bytes]);
  if (handler?.kind === 'image') add('image', partsOf(handler.image));
  for (const { name, content } of others) add(name, [content]);
  return hash.digest('hex');
}

function partsOf({ segments, bytes, globals, ...facts }: HeapImage): Uint8Array[] {
  const values = globals.map(({ index, value }) => [index, String(value)]);
  const { buffer, byteOffset, byteLength } = segments;
  return [
    Buffer.from(JSON.stringify([facts.templateKey, facts.memoryPages, values])),
    new Uint8Array(buffer, byteOffset, byteLength),
    bytes,
  ];
}
