import type { Database, Sql } from '../../database/sql.js';
import { checkedInput, refusal } from '../service-error.js';
import { type ServiceInstall, serviceInstall } from '../service-install.js';
import type { ServiceQuirks } from '../service-quirks.js';
import { type Measured, measure, measureBulk, requireKey, STORAGE_LIMITS } from './limits.js';
import {
  deleteRecord,
  findRecord,
  listNamespaces,
  lockRevision,
  pageOfRecords,
  requireRevision,
  type StorageRecord,
  sweepExpired,
  upsertRecord,
} from './records.js';
import {
  bulkPutRequest,
  cursorAfter,
  deleteRequest,
  getRequest,
  keyOfCursor,
  listRequest,
  putRequest,
} from './requests.js';
import { requireShape } from './schemas.js';
import { lockInstall, requireQuota, writeUsage } from './usage.js';

/** What a `put` answers; `get` adds value and metadata. */
export type StoredInfo = Omit<StorageRecord, 'value' | 'metadata'>;

export interface StorageListItem extends Omit<StorageRecord, 'value' | 'metadata'> {
  readonly tenantId: string;
  readonly extensionInstallId: string;
  readonly value?: StorageRecord['value'];
  readonly metadata?: StorageRecord['metadata'];
}

/**
 * Key-value storage of an install. `input` is the request body; results are the answers' bodies.
 * All operations throw `ServiceError`: VALIDATION_FAILED, LIMIT_EXCEEDED, UNAUTHORIZED (disabled),
 * NOT_FOUND, REVISION_MISMATCH, QUOTA_EXCEEDED, or a schema error without a code.
 */
export interface StorageService {
  put(installId: string, input: unknown): Promise<StoredInfo>;
  get(installId: string, input: unknown): Promise<StorageRecord>;
  list(installId: string, input: unknown): Promise<{ items: StorageListItem[]; nextCursor: string | null }>;
  delete(installId: string, input: unknown): Promise<{ success: boolean }>;
  bulkPut(
    installId: string,
    input: unknown,
  ): Promise<{ namespace: string; items: Pick<StoredInfo, 'key' | 'revision' | 'ttlExpiresAt'>[] }>;
  /** For the author's page: the namespaces of an install with their number of keys. */
  namespaces(installId: string): Promise<{ namespace: string; keys: number }[]>;
}

/** Makes the {@link StorageService} of a database; `options` shows defects of the product too. */
export function createStorageService(database: Database, options: ServiceQuirks = {}): StorageService {
  return {
    put: (installId, input) =>
      withInstall(database, installId, async (sql, install) => {
        const request = checkedInput(putRequest, input);
        const measured = measure(request);
        await requireShape(sql, install, request.namespace, [request]);
        const [stored] = await write(sql, install, request.namespace, [measured]);
        if (stored === undefined) throw new Error('nothing was stored');
        return infoOf(stored);
      }),
    get: (installId, input) =>
      withInstallToRead(database, installId, async (sql, install) => {
        const { namespace, key, ifRevision } = checkedInput(getRequest, input);
        requireKey(key);
        const record = await findRecord(sql, install, namespace, key);
        if (record === undefined) throw refusal(404, 'NOT_FOUND', 'Record not found');
        requireRevision(ifRevision, record.revision);
        return record;
      }),
    list: (installId, input) =>
      withInstallToRead(database, installId, (sql, install) =>
        list(sql, install, input, options.quirks ?? false),
      ),
    delete: (installId, input) =>
      withInstall(database, installId, async (sql, install) => {
        const { namespace, key, ifRevision } = checkedInput(deleteRequest, input);
        requireKey(key);
        const revision = await lockRevision(sql, install, namespace, key);
        if (revision === undefined) return { success: false };
        requireRevision(ifRevision, revision);
        await deleteRecord(sql, install, namespace, key);
        await writeUsage(sql, install);
        return { success: true };
      }),
    bulkPut: (installId, input) =>
      withInstall(database, installId, async (sql, install) => {
        const { namespace, items } = checkedInput(bulkPutRequest, input);
        const measured = measureBulk(items);
        await requireShape(sql, install, namespace, items);
        const stored = await write(sql, install, namespace, measured);
        const brief = stored.map(({ key, revision, ttlExpiresAt }) => ({ key, revision, ttlExpiresAt }));
        return { namespace, items: brief };
      }),
    namespaces: (installId) => withInstallToRead(database, installId, listNamespaces),
  };
}

/**
 * Runs one operation in one transaction, after what has expired is gone for good: a refusal undoes
 * the operation, not the sweep.
 */
function withInstall<T>(
  database: Database,
  installId: string,
  work: (sql: Sql, install: ServiceInstall) => Promise<T>,
): Promise<T> {
  return withInstallToRead(database, installId, (_sql, install) =>
    database.transaction((sql) => work(sql, install)),
  );
}

/** The same for an operation of one statement, which needs no transaction around it. */
async function withInstallToRead<T>(
  database: Database,
  installId: string,
  work: (sql: Sql, install: ServiceInstall) => Promise<T>,
): Promise<T> {
  const install = await serviceInstall(database, installId);
  if (install === undefined) throw refusal(404, 'NOT_FOUND', 'Extension install not found');
  if (!install.enabled) throw refusal(401, 'UNAUTHORIZED', 'Extension install is disabled');
  if ((await sweepExpired(database, install)) > 0) await writeUsage(database, install);
  return work(database, install);
}

async function write(
  sql: Sql,
  install: ServiceInstall,
  namespace: string,
  items: readonly Measured[],
): Promise<StorageRecord[]> {
  await lockInstall(sql, install);
  const stored: StorageRecord[] = [];
  for (const item of items) {
    const { key, ifRevision } = item;
    if (ifRevision !== undefined)
      requireRevision(ifRevision, await lockRevision(sql, install, namespace, key));
    stored.push(await upsertRecord(sql, install, namespace, item));
  }
  requireQuota(await writeUsage(sql, install, namespace));
  return stored;
}

async function list(
  sql: Sql,
  install: ServiceInstall,
  input: unknown,
  quirks: boolean,
): Promise<{ items: StorageListItem[]; nextCursor: string | null }> {
  const request = checkedInput(listRequest, input);
  const limit = request.limit ?? STORAGE_LIMITS.listDefault;
  const after = request.cursor === undefined ? undefined : keyOfCursor(request.cursor);
  const found = await pageOfRecords(sql, install, { ...request, after, limit });
  const page = found.slice(0, limit);
  // The product's cursor names the first record it did not give, and so skips it.
  const last = found.length > limit ? (quirks ? found[limit] : page.at(-1)) : undefined;
  return {
    items: page.map(({ value, metadata, ...info }) => ({
      tenantId: install.tenantId,
      extensionInstallId: install.installId,
      ...info,
      ...(request.includeValues ? { value } : {}),
      ...(request.includeMetadata ? { metadata } : {}),
    })),
    nextCursor: last === undefined ? null : cursorAfter(last.key),
  };
}

function infoOf({ value: _value, metadata: _metadata, ...info }: StorageRecord): StoredInfo {
  return info;
}
