import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TenantId } from '../../../src/core/ids.js';
import { prepareEmbeddedDatabase } from '../../../src/registry/index.js';
import { startPostgres } from '../../../src/stack/embedded/postgres.js';

type Row = Record<string, unknown>;

/** A database of a real server, with a way to look into it that does not pass through the product. */
export interface TestDatabase {
  readonly connectionString: string;
  readonly tenantId: TenantId;
  query(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Removes all extensions and every tenant but the first: as new, and faster than a new database. */
  clear(): Promise<void>;
}

/** A server of this test file's own; `database()` gives a fresh prepared database each time. */
export interface TestServer {
  database(): Promise<TestDatabase>;
  /** A database with nothing in it. */
  emptyDatabase(): Promise<string>;
  /** Stops the server, with all its databases, until `meanwhile` is done. */
  without(meanwhile: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

const TEMPLATE = 'prepared';

/** Tables of extensions in an order in which they can be emptied. */
const EXTENSION_TABLES = [
  'tenant_extension_schedule',
  'tenant_extension_install',
  'extension_api_endpoint',
  'extension_registry',
  'extension_execution_log',
  'ext_storage_records',
  'ext_storage_usage',
];

export async function startTestServer(): Promise<TestServer> {
  const home = await mkdtemp(join(tmpdir(), 'alga-test-db-'));
  const password = randomBytes(12).toString('hex');
  const start = (preferred: readonly number[]) =>
    startPostgres({
      dataDir: join(home, 'data'),
      password,
      ports: { preferred },
      env: process.env,
      logFile: join(home, 'postgres.log'),
      log: () => undefined,
      onProgress: () => undefined,
      onSpawn: () => undefined,
    });
  let server = await start([]);
  const nameIn = (database: string): string => {
    const url = new URL(server.connectionString);
    url.pathname = `/${database}`;
    return url.href;
  };
  const pools: pg.Pool[] = [];
  const poolOf = (connectionString: string): pg.Pool => {
    const pool = new pg.Pool({ connectionString, max: 2 });
    pool.on('error', () => undefined);
    pools.push(pool);
    return pool;
  };
  const admin = poolOf(server.connectionString);
  await admin.query(`CREATE DATABASE ${TEMPLATE}`);
  const { tenantId } = await prepareEmbeddedDatabase({ connectionString: nameIn(TEMPLATE) });
  const create = async (template: string): Promise<string> => {
    const name = `t_${randomBytes(6).toString('hex')}`;
    await admin.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
    return nameIn(name);
  };
  return {
    database: async () => {
      const connectionString = await create(TEMPLATE);
      const pool = poolOf(connectionString);
      const query = async (text: string, values?: readonly unknown[]): Promise<Row[]> =>
        (await pool.query<Row>(text, values === undefined ? undefined : [...values])).rows;
      const clear = async (): Promise<void> => {
        for (const table of EXTENSION_TABLES) await query(`DELETE FROM ${table}`);
        await query('DELETE FROM tenants WHERE tenant <> $1', [tenantId]);
      };
      return { connectionString, tenantId, query, clear };
    },
    emptyDatabase: () => create('template0'),
    without: async (meanwhile) => {
      const { port } = server;
      await server.stop();
      try {
        await meanwhile();
      } finally {
        server = await start([port]);
      }
    },
    stop: async () => {
      await Promise.all(pools.map((pool) => pool.end()));
      await server.stop();
      await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    },
  };
}
