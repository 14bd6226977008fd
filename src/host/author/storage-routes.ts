import { type RequestHandler, Router } from 'express';
import { z } from 'zod';
import type { StorageService } from '../../registry/index.js';
import type { StoragePage, StoredValue } from '../wire/author.js';
import { type AuthorContext, aboutInstall, parsed } from './author-context.js';

/** The runner stores what a guest puts as base64, and says so here. */
const GUEST_ENCODING = { encoding: 'base64-bytes' };

const place = z.object({ namespace: z.string().min(1).max(128), key: z.string().min(1).max(256) });
const listQuery = z.object({
  namespace: z.string().min(1).max(128),
  cursor: z.string().optional(),
  prefix: z.string().max(256).optional(),
});
const putBody = place.extend({ text: z.string(), revision: z.number().int().optional() });

/** What the extension keeps in its storage: look, change, delete. */
export function storageRoutes(context: AuthorContext): Router {
  const router = Router({ mergeParams: true });
  const { storage } = context.registry.services;
  router.get(
    '/namespaces',
    aboutInstall(context, async ({ installId }) => ({ namespaces: await storage.namespaces(installId) })),
  );
  router.get('/records', listRecords(context));
  router.put(
    '/records',
    aboutInstall(context, ({ installId }, req) => {
      const { namespace, key, text, revision } = parsed(putBody, req.body);
      const value = Buffer.from(text).toString('base64');
      const ifRevision = revision === undefined ? {} : { ifRevision: revision };
      return storage.put(installId, { namespace, key, value, metadata: GUEST_ENCODING, ...ifRevision });
    }),
  );
  router.delete(
    '/records',
    aboutInstall(context, ({ installId }, req) => storage.delete(installId, parsed(place, req.body))),
  );
  router.delete(
    '/',
    aboutInstall(context, ({ installId }) => emptyStorage(storage, installId)),
  );
  return router;
}

/** Removes every key of every namespace, so that a reused install begins with nothing. */
async function emptyStorage(storage: StorageService, installId: string): Promise<{ removed: number }> {
  let removed = 0;
  for (const { namespace } of await storage.namespaces(installId)) {
    for (;;) {
      const { items } = await storage.list(installId, { namespace, limit: 100 });
      if (items.length === 0) break;
      for (const { key } of items) await storage.delete(installId, { namespace, key });
      removed += items.length;
    }
  }
  return { removed };
}

function listRecords(context: AuthorContext): RequestHandler {
  return aboutInstall(context, async ({ installId }, req): Promise<StoragePage> => {
    const { namespace, cursor, prefix } = parsed(listQuery, req.query);
    const page = await context.registry.services.storage.list(installId, {
      namespace,
      limit: 50,
      includeValues: true,
      includeMetadata: true,
      ...(cursor ? { cursor } : {}),
      ...(prefix ? { keyPrefix: prefix } : {}),
    });
    const records = page.items.map(({ key, revision, ttlExpiresAt, updatedAt, value, metadata }) => ({
      key,
      revision,
      ttlExpiresAt,
      updatedAt,
      value: storedValue(value, metadata),
    }));
    return { records, nextCursor: page.nextCursor };
  });
}

/** A stored value as the guest would see it. */
function storedValue(value: unknown, metadata: unknown): StoredValue {
  const encoded = typeof metadata === 'object' && metadata !== null && 'encoding' in metadata;
  if (!encoded || typeof value !== 'string') return { kind: 'json', text: JSON.stringify(value, null, 2) };
  const bytes = Buffer.from(value, 'base64');
  const text = bytes.toString('utf8');
  const isText = Buffer.from(text).equals(bytes) && !text.includes('\0');
  return isText ? { kind: 'text', text } : { kind: 'bytes', text: value };
}
