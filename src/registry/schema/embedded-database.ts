import { z } from 'zod';
import { algaError } from '../../core/errors/alga-error.js';
import type { TenantId } from '../../core/ids.js';
import { DatabasePool } from '../database/pool.js';
import { onlyRow, type Sql } from '../database/sql.js';
import { MIGRATIONS } from './migrations.js';
import { LOCAL_TENANT, seedTenant, tenantIdOf } from './seed.js';

/** Serialises preparations by several processes; any number that nothing else uses. */
const LOCK = 0x616c6761;

const stateRow = z.object({ ours: z.boolean(), foreign_tables: z.coerce.number() });
const versionRow = z.object({ version: z.coerce.number() });

/**
 * Brings the embedded stack's database to the current schema and puts a tenant into it. Idempotent;
 * when nothing is to be done it costs one connection and two statements. Refuses a database with
 * tables that it did not make itself (REGISTRY_NOT_EMBEDDED), so that it can never migrate another.
 */
export async function prepareEmbeddedDatabase(options: {
  connectionString: string;
}): Promise<{ tenantId: TenantId }> {
  const tenantId = tenantIdOf(LOCAL_TENANT);
  const pool = new DatabasePool(options);
  try {
    if ((await schemaVersion(pool, pool.target.database)) !== newestVersion()) {
      await pool.transaction(async (sql) => {
        await sql.run('SELECT pg_advisory_xact_lock($1)', [LOCK]);
        await migrate(sql, await schemaVersion(sql, pool.target.database));
        await seedTenant(sql, { tenantId, name: LOCAL_TENANT });
      });
    }
    return { tenantId };
  } finally {
    await pool.close();
  }
}

/**
 * Adds another tenant, with its own users, clients and services, to an embedded database that is
 * prepared. The id follows from the name; a tenant that is there is left as it is.
 */
export async function addEmbeddedTenant(options: {
  connectionString: string;
  name: string;
  productCode?: string;
}): Promise<{ tenantId: TenantId }> {
  const tenantId = tenantIdOf(options.name);
  const pool = new DatabasePool(options);
  try {
    if ((await schemaVersion(pool, pool.target.database)) === 0) {
      throw algaError('REGISTRY_NOT_EMBEDDED', { database: pool.target.label });
    }
    await pool.transaction((sql) => seedTenant(sql, { ...options, tenantId }));
    return { tenantId };
  } finally {
    await pool.close();
  }
}

function newestVersion(): number {
  return Math.max(...MIGRATIONS.map((migration) => migration.version));
}

/** Version of the schema we made, 0 for an empty database. */
async function schemaVersion(sql: Sql, database: string): Promise<number> {
  const state = await onlyRow(
    sql,
    stateRow,
    `SELECT to_regclass('alga.schema_migration') IS NOT NULL AS ours,
            (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
              WHERE c.relkind IN ('r', 'p') AND n.nspname = 'public') AS foreign_tables`,
  );
  if (!state.ours) {
    if (state.foreign_tables > 0) throw algaError('REGISTRY_NOT_EMBEDDED', { database });
    return 0;
  }
  const found = await onlyRow(
    sql,
    versionRow,
    'SELECT coalesce(max(version), 0) AS version FROM alga.schema_migration',
  );
  if (found.version > newestVersion()) {
    throw algaError('REGISTRY_SCHEMA_NEWER', { found: found.version, known: newestVersion() });
  }
  return found.version;
}

async function migrate(sql: Sql, from: number): Promise<void> {
  // Our own bookkeeping stays out of the product's schema, so that a dump of `public` is comparable.
  await sql.run('CREATE SCHEMA IF NOT EXISTS alga');
  await sql.run(
    `CREATE TABLE IF NOT EXISTS alga.schema_migration (
       version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
  );
  for (const { version, name, statements } of MIGRATIONS) {
    if (version <= from) continue;
    await sql.run(statements);
    await sql.run('INSERT INTO alga.schema_migration (version, name) VALUES ($1, $2)', [version, name]);
  }
}
