import { createHash } from 'node:crypto';
import { Client as S3 } from 'minio';
import pg from 'pg';
import { openStack, type Stack } from '../../src/stack/index.js';

/** The database and object store behind a session, read with plain clients. */
export interface Backend {
  readonly stack: Stack;
  query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>;
  /** Keys of all stored bundles, sorted. */
  keys(): Promise<string[]>;
  /** SHA-256 of a stored object as hex. */
  digest(key: string): Promise<string>;
  /** Keeps everybody else from writing a table, until the database goes away. */
  hold(table: string): { readonly taken: Promise<unknown>; readonly lost: Promise<void> };
  close(): Promise<void>;
}

/** Attaches to the stack of a session's home folder. */
export async function openBackend(home: string): Promise<Backend> {
  const stack = await openStack({ kind: 'embedded', env: { ...process.env, ALGA_HOME: home } });
  const pool = new pg.Pool({ connectionString: stack.database.connectionString, max: 2 });
  pool.on('error', () => undefined);
  const endpoint = new URL(stack.store.endpoint);
  const s3 = new S3({
    endPoint: endpoint.hostname,
    port: Number(endpoint.port),
    useSSL: false,
    accessKey: stack.store.accessKey,
    secretKey: stack.store.secretKey,
    region: stack.store.region,
  });
  const { bucket } = stack.store;
  return {
    stack,
    query: async (sql, values) => (await pool.query(sql, values)).rows,
    keys: async () => {
      const names: string[] = [];
      for await (const item of s3.listObjectsV2(bucket, '', true)) names.push(String(item.name));
      return names.sort();
    },
    digest: async (key) => {
      const hash = createHash('sha256');
      for await (const chunk of await s3.getObject(bucket, key)) hash.update(chunk as Buffer);
      return hash.digest('hex');
    },
    hold: (table) => {
      const client = new pg.Client({ connectionString: stack.database.connectionString });
      client.on('error', () => undefined);
      const lost = new Promise<void>((resolve) => client.once('end', () => resolve()));
      const taken = client.connect().then(() => client.query(`BEGIN; LOCK TABLE ${table} IN SHARE MODE`));
      return { taken, lost };
    },
    close: async () => {
      await pool.end();
      await stack.close();
    },
  };
}
