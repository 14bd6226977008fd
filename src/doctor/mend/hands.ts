import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { contentHashOf } from '../../core/content-hash.js';
import { algaError } from '../../core/errors/alga-error.js';
import type { Database } from '../sources/database.js';
import { readObject, readPolicy, storeClient } from '../sources/objects.js';
import type { View } from '../view.js';
import type { Change, RowJson } from './change.js';

/** Tables that mending may touch. */
const TABLES: ReadonlySet<string> = new Set([
  'extension_version',
  'extension_bundle',
  'tenant_extension_install',
]);
const COLUMN = /^[a-z_]+$/;

const embeddedRow = z.object({ ours: z.boolean() });
const jsonRow = z.object({ row: z.record(z.string(), z.unknown()) });

/** What was there before a change was done, for taking it back. */
export interface Done {
  readonly change: Change;
  /** Bytes of an object that was replaced or removed. */
  readonly oldContent?: Uint8Array;
}

/**
 * Does one change. Refuses (DOCTOR_CHANGED_SINCE) when what is there is not what `before` says, and
 * (DOCTOR_NOT_DEVELOPMENT) rows and objects of anything but the embedded stack on this machine.
 */
export async function doChange(view: View, change: Change): Promise<Done> {
  switch (change.kind) {
    case 'file':
      await changeFile(change);
      return { change };
    case 'row':
      await changeRow(await ownDatabase(view), change);
      return { change };
    case 'object':
      return changeObject(view, change);
    case 'bucket':
      await makeBucket(view, change.name);
      return { change };
    case 'policy':
      await changePolicy(view, change);
      return { change };
  }
}

async function changeFile(change: Extract<Change, { kind: 'file' }>): Promise<void> {
  const now = await readFile(change.path, 'utf8').catch(() => null);
  if (now !== change.before) throw algaError('DOCTOR_CHANGED_SINCE', { what: change.path });
  if (change.after === null) return rm(change.path, { force: true });
  await mkdir(dirname(change.path), { recursive: true });
  await writeFile(change.path, change.after);
}

/** The database, proven to be one that alga made for itself. */
async function ownDatabase(view: View): Promise<Database> {
  const database = await view.database();
  const [state] = await database.rows(
    embeddedRow,
    "SELECT to_regclass('alga.schema_migration') IS NOT NULL AS ours",
  );
  if (state?.ours !== true)
    throw algaError('DOCTOR_NOT_DEVELOPMENT', { what: `database on ${database.label}` });
  return database;
}

async function changeRow(database: Database, change: Extract<Change, { kind: 'row' }>): Promise<void> {
  const { table, id, before, after } = change;
  const columns = Object.keys({ ...before, ...after });
  if (!TABLES.has(table) || !columns.every((name) => COLUMN.test(name))) {
    throw new Error(`rows of ${table} are not mended`);
  }
  const what = `The row ${id} of ${table}`;
  const [found] = await database.rows(jsonRow, `SELECT to_jsonb(t) AS row FROM ${table} t WHERE id = $1`, [
    id,
  ]);
  if ((found === undefined) !== (before === null)) throw algaError('DOCTOR_CHANGED_SINCE', { what });
  if (before !== null && !holds(found?.row ?? {}, before)) throw algaError('DOCTOR_CHANGED_SINCE', { what });
  if (after === null) {
    await database.run(`DELETE FROM ${table} WHERE id = $1`, [id]);
  } else if (before === null) {
    const names = Object.keys(after).join(', ');
    await database.run(
      `INSERT INTO ${table} (${names}) SELECT ${names} FROM jsonb_populate_record(null::${table}, $1::jsonb)`,
      [JSON.stringify(after)],
    );
  } else {
    const sets = Object.keys(after).map((name) => `${name} = n.${name}`);
    await database.run(
      `UPDATE ${table} t SET ${sets.join(', ')}
         FROM jsonb_populate_record(null::${table}, $1::jsonb) n WHERE t.id = $2`,
      [JSON.stringify(after), id],
    );
  }
}

function holds(row: RowJson, expected: RowJson): boolean {
  return Object.entries(expected).every(([name, value]) => canonical(row[name]) === canonical(value));
}

const TIME = /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)$/;

/** JSON text with sorted keys and times in one form: the database keeps neither as it was given. */
function canonical(value: unknown): string {
  if (typeof value === 'string' && TIME.test(value)) return new Date(value).toISOString();
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join()}}`;
}

async function changeObject(view: View, change: Extract<Change, { kind: 'object' }>): Promise<Done> {
  const { store } = await view.stack();
  await ownDatabase(view);
  const { client, close } = await storeClient(store);
  try {
    const now = await readObject(client, store.bucket, change.key);
    const hash = now === undefined ? null : contentHashOf(now);
    if (hash !== change.before) throw algaError('DOCTOR_CHANGED_SINCE', { what: `The object ${change.key}` });
    if (now !== undefined) await client.removeObject(store.bucket, change.key);
    if (change.after !== null) {
      const content = Buffer.from(change.content ?? new Uint8Array());
      if (contentHashOf(content) !== change.after)
        throw new Error('the bytes to store are not the ones announced');
      await client.putObject(store.bucket, change.key, content, content.length);
    }
    return now === undefined ? { change } : { change, oldContent: now };
  } finally {
    close();
  }
}

async function makeBucket(view: View, name: string): Promise<void> {
  const { store } = await view.stack();
  await ownDatabase(view);
  const { client, close } = await storeClient(store);
  try {
    if (!(await client.bucketExists(name))) await client.makeBucket(name, store.region);
  } finally {
    close();
  }
}

async function changePolicy(view: View, change: Extract<Change, { kind: 'policy' }>): Promise<void> {
  const { store } = await view.stack();
  await ownDatabase(view);
  const { client, close } = await storeClient(store);
  try {
    if ((await readPolicy(client, change.bucket)) !== change.before) {
      throw algaError('DOCTOR_CHANGED_SINCE', { what: `The policy of the bucket ${change.bucket}` });
    }
    await client.setBucketPolicy(change.bucket, change.after ?? '');
  } finally {
    close();
  }
}
