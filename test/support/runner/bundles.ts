import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { type Header, pack } from 'tar-stream';

const require = createRequire(import.meta.url);
const zstd = require('@mongodb-js/zstd/bindings.js') as {
  compress(data: Buffer, level: number): Promise<Buffer>;
};

/** One entry of a test archive, as hostile as its header. */
export interface TestEntry extends Partial<Header> {
  readonly name: string;
  readonly content?: string | Buffer;
}

export interface TestBundle {
  readonly bytes: Buffer;
  readonly hex: string;
  /** With `sha256:`. */
  readonly hash: string;
}

/** A bundle of plain files, by path. */
export async function bundleOf(files: Readonly<Record<string, string | Buffer>>): Promise<TestBundle> {
  return await bundleOfEntries(Object.entries(files).map(([name, content]) => ({ name, content })));
}

/** A bundle of raw tar entries, which no packer would make. */
export async function bundleOfEntries(entries: readonly TestEntry[]): Promise<TestBundle> {
  return bundleOfBytes(await zstd.compress(await tarOf(entries), 3));
}

/** Any bytes under their right hash. */
export function bundleOfBytes(bytes: Buffer): TestBundle {
  const hex = createHash('sha256').update(bytes).digest('hex');
  return { bytes, hex, hash: `sha256:${hex}` };
}

export async function tarOf(entries: readonly TestEntry[]): Promise<Buffer> {
  const tar = pack();
  for (const { content, ...header } of entries) {
    if (content === undefined) tar.entry({ mtime: new Date(0), ...header });
    else tar.entry({ mtime: new Date(0), ...header }, content);
  }
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export async function compressed(data: Buffer): Promise<Buffer> {
  return await zstd.compress(data, 3);
}

/** Key of a tenant's bundle object. */
export function keyOf(tenantId: string, extensionId: string, hex: string): string {
  return `tenants/${tenantId}/extensions/${extensionId}/sha256/${hex}/bundle.tar.zst`;
}
