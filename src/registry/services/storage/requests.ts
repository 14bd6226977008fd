import { z } from 'zod';
import { refusal } from '../service-error.js';
import { STORAGE_LIMITS } from './limits.js';

const namespace = z.string().min(1).max(STORAGE_LIMITS.namespaceLength);
const key = z.string().min(1).max(STORAGE_LIMITS.keyLength);
const ifRevision = z.number().int().min(0).optional();

const item = z.object({
  key,
  // Missing is stored as null.
  value: z.unknown().optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
  ttlSeconds: z.number().int().positive().optional(),
  ifRevision,
  schemaVersion: z.number().int().positive().optional(),
});

export const putRequest = item.extend({ namespace });
export const getRequest = z.object({ namespace, key, ifRevision });
export const deleteRequest = getRequest;
export const bulkPutRequest = z.object({ namespace, items: z.array(item).min(1) });
export const listRequest = z.object({
  namespace,
  limit: z.number().int().min(1).max(STORAGE_LIMITS.listMost).optional(),
  cursor: z.string().optional(),
  keyPrefix: z.string().max(256).optional(),
  includeValues: z.boolean().optional(),
  includeMetadata: z.boolean().optional(),
});

export type PutRequest = z.infer<typeof putRequest>;
export type ListRequest = z.infer<typeof listRequest>;

const cursorSchema = z.object({ key: z.string().min(1) });

/** Marks the last key of a page; guests also build such cursors themselves. */
export function cursorAfter(lastKey: string): string {
  return Buffer.from(JSON.stringify({ key: lastKey })).toString('base64url');
}

/** The key after which a page begins. Throws the refusal VALIDATION_FAILED. */
export function keyOfCursor(cursor: string): string {
  try {
    return cursorSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))).key;
  } catch {
    throw refusal(400, 'VALIDATION_FAILED', 'Invalid cursor');
  }
}
