import { z } from 'zod';
import type { HostContext, HostFunction } from './host-context.js';
import { type ApiAnswer, errorOf } from './install-api.js';
import { err, ok, type Result } from './result.js';

export interface StorageEntry {
  readonly namespace: string;
  readonly key: string;
  readonly value: Uint8Array;
  readonly revision: bigint | undefined;
}

type StorageError = 'missing' | 'conflict' | 'denied' | 'internal';

const ERRORS = { 401: 'denied', 403: 'denied', 404: 'missing', 409: 'conflict', 429: 'denied' } as const;
/** Marks a value as bytes; the host's storage holds JSON. */
const ENCODING = 'base64-bytes';

const revision = z
  .int()
  .nonnegative()
  .nullish()
  .transform((value) => (value === null || value === undefined ? undefined : BigInt(value)));

const stored = z.looseObject({
  namespace: z.string().optional(),
  key: z.string().optional(),
  value: z.unknown().optional(),
  metadata: z.looseObject({ encoding: z.unknown() }).nullish().catch(undefined),
  revision,
});

const listed = z.looseObject({
  items: z.array(stored.extend({ namespace: z.string(), key: z.string() })),
});

/** The functions of `alga:extension/storage`. */
export const STORAGE_FUNCTIONS: ReadonlyArray<readonly [string, HostFunction]> = [
  ['storage#get', (cx, [namespace, key]) => get(cx, String(namespace), String(key))],
  ['storage#put', (cx, [entry]) => put(cx, entry as StorageEntry)],
  ['storage#delete', (cx, [namespace, key]) => remove(cx, String(namespace), String(key))],
  ['storage#list-entries', (cx, [namespace, cursor]) => list(cx, String(namespace), cursor)],
];

async function get(
  cx: HostContext,
  namespace: string,
  key: string,
): Promise<Result<StorageEntry, StorageError>> {
  const answer = await cx.install('ext-storage', { operation: 'get', namespace, key });
  const item = read(answer, stored);
  if (item.tag === 'err') return item;
  const value = decodeValue(item.val);
  if (value === undefined) return err('internal');
  const { revision: found } = item.val;
  return ok({ namespace: item.val.namespace ?? namespace, key: item.val.key ?? key, value, revision: found });
}

async function put(cx: HostContext, entry: StorageEntry): Promise<Result<StorageEntry, StorageError>> {
  const answer = await cx.install('ext-storage', {
    operation: 'put',
    namespace: entry.namespace,
    key: entry.key,
    value: Buffer.from(entry.value).toString('base64'),
    metadata: { encoding: ENCODING },
    ...(entry.revision !== undefined && { ifRevision: Number(entry.revision) }),
  });
  const written = read(answer, z.looseObject({ revision }));
  return written.tag === 'err' ? written : ok({ ...entry, revision: written.val.revision });
}

/** A `success` of false is the host's way to say that nothing was deleted. */
async function remove(
  cx: HostContext,
  namespace: string,
  key: string,
): Promise<Result<undefined, StorageError>> {
  const answer = await cx.install('ext-storage', { operation: 'delete', namespace, key });
  const removed = read(answer, z.looseObject({ success: z.boolean().optional() }).nullable());
  if (removed.tag === 'err') return removed;
  return removed.val?.success === false ? err('conflict') : ok(undefined);
}

async function list(
  cx: HostContext,
  namespace: string,
  cursor: unknown,
): Promise<Result<StorageEntry[], StorageError>> {
  const answer = await cx.install('ext-storage', {
    operation: 'list',
    namespace,
    includeValues: true,
    includeMetadata: true,
    ...(cursor !== undefined && { cursor }),
  });
  const page = read(answer, listed);
  if (page.tag === 'err') return page;
  const entries: StorageEntry[] = [];
  for (const item of page.val.items) {
    const value = decodeValue(item);
    if (value === undefined) return err('internal');
    entries.push({ namespace: item.namespace, key: item.key, value, revision: item.revision });
  }
  return ok(entries);
}

function read<T>(answer: ApiAnswer, schema: z.ZodType<T>): Result<T, StorageError> {
  if (!answer.ok) return err(errorOf<StorageError>(answer.failure, ERRORS));
  const parsed = schema.safeParse(answer.json);
  return parsed.success ? ok(parsed.data) : err('internal');
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Standard padded base64 to bytes; `undefined` for anything else. */
export function decodeBase64(text: string): Buffer | undefined {
  return BASE64.test(text) ? Buffer.from(text, 'base64') : undefined;
}

/**
 * The bytes of a stored value. Values the guest wrote are marked as base64; others, written through
 * the host, may be any JSON: an object that holds bytes, text that is taken as base64 when it can be,
 * or else their JSON text.
 */
function decodeValue(item: z.infer<typeof stored>): Buffer | undefined {
  const { value } = item;
  if (item.metadata?.encoding === ENCODING) {
    return typeof value === 'string' ? decodeBase64(value) : undefined;
  }
  if (typeof value === 'object' && value !== null && '_bytes_b64' in value) {
    return typeof value._bytes_b64 === 'string' ? decodeBase64(value._bytes_b64) : undefined;
  }
  if (typeof value === 'string') return decodeBase64(value) ?? Buffer.from(value, 'utf8');
  return Buffer.from(JSON.stringify(value ?? null), 'utf8');
}
