import { createHash } from 'node:crypto';
import { type ContentHash, contentHashOfHex, type TenantId } from '../../../src/core/ids.js';
import { identityOf } from '../../../src/project/identity.js';
import type { Manifest } from '../../../src/project/types.js';
import type { PublishInput } from '../../../src/registry/index.js';

export const MANIFEST: Manifest = {
  name: 'com.example.demo',
  publisher: 'Example',
  version: '1.0.0',
  runtime: 'wasm-js@1',
  displayName: 'Demo',
  description: 'A demo',
  capabilities: ['cap:storage.kv', 'cap:scheduler.manage'],
  ui: { type: 'iframe', entry: 'ui/index.html', hooks: { appMenu: { label: 'Demo' } } },
  api: {
    endpoints: [
      { method: 'GET', path: '/hello', handler: 'dist/main' },
      { method: 'POST', path: '/items/:id', handler: 'dist/main' },
    ],
  },
};

/** The hash of a content that is named by a text. */
export function hashOf(content: string): ContentHash {
  return contentHashOfHex(createHash('sha256').update(content).digest('hex'));
}

/** A publish of the content named by `content`; parts of the manifest can be changed. */
export function publication(
  tenantId: TenantId,
  content: string,
  changes: Partial<Manifest> = {},
): PublishInput {
  const manifest = { ...MANIFEST, ...changes };
  return {
    tenantId,
    manifest,
    identity: identityOf(manifest),
    contentHash: hashOf(content),
    sizeBytes: 1000 + content.length,
    storageUrl: `http://127.0.0.1:4569/extensions/${content}`,
  };
}
