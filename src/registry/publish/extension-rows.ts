import { z } from 'zod';
import { type RegistryId, registryIdSchema, type VersionId, versionIdSchema } from '../../core/ids.js';
import type { Manifest } from '../../project/types.js';
import { firstRow, onlyRow, type Sql } from '../database/sql.js';
import { type ExtensionName, proposedIds } from './row-ids.js';
import type { VersionColumns } from './version-columns.js';

/** What became of one row. */
export interface Written<Id> {
  readonly id: Id;
  readonly changed: boolean;
}

const registryRow = z.object({ id: registryIdSchema });
const versionRow = z.object({ id: versionIdSchema });

/** Id of the extension's entry, when there is one. */
export async function findRegistryId(sql: Sql, extension: ExtensionName): Promise<RegistryId | undefined> {
  const found = await firstRow(
    sql,
    registryRow,
    'SELECT id FROM extension_registry WHERE publisher = $1 AND name = $2',
    [extension.publisher, extension.name],
  );
  return found?.id;
}

/**
 * The extension's entry, found by publisher and name. A row that only has the proposed id (someone
 * renamed it by hand) is brought back instead of failing on the primary key.
 */
export async function writeRegistryEntry(
  sql: Sql,
  extension: ExtensionName,
  manifest: Pick<Manifest, 'displayName' | 'description'>,
): Promise<Written<RegistryId>> {
  const { publisher, name } = extension;
  const proposed = proposedIds(extension).registry;
  const values = [publisher, name, manifest.displayName ?? name, manifest.description ?? ''];
  const found = await firstRow(
    sql,
    registryRow,
    `SELECT id FROM extension_registry WHERE (publisher = $1 AND name = $2) OR id = $3
      ORDER BY (publisher = $1 AND name = $2) DESC LIMIT 1`,
    [publisher, name, proposed],
  );
  if (found === undefined) {
    const added = await onlyRow(
      sql,
      registryRow,
      `INSERT INTO extension_registry (publisher, name, display_name, description, id)
       VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (publisher, name) DO UPDATE SET updated_at = now() RETURNING id`,
      [...values, proposed],
    );
    return { id: added.id, changed: true };
  }
  const touched = await sql.run(
    `UPDATE extension_registry
        SET publisher = $1, name = $2, display_name = $3, description = $4, updated_at = now()
      WHERE id = $5 AND (publisher, name, display_name, description) IS DISTINCT FROM ($1, $2, $3, $4)`,
    [...values, found.id],
  );
  return { id: found.id, changed: touched > 0 };
}

/** The version's row, found by version text, else by the proposed id, which is then brought back. */
export async function writeVersion(
  sql: Sql,
  input: { registryId: RegistryId; extension: ExtensionName; version: string; columns: VersionColumns },
): Promise<Written<VersionId>> {
  const { registryId, version, columns } = input;
  const proposed = proposedIds(input.extension).version(version);
  const values = [registryId, version, columns.runtime, columns.mainEntry, ...jsonColumns(columns)];
  const found = await firstRow(
    sql,
    versionRow,
    `SELECT id FROM extension_version WHERE (registry_id = $1 AND version = $2) OR id = $3
      ORDER BY (registry_id = $1 AND version = $2) DESC LIMIT 1`,
    [registryId, version, proposed],
  );
  if (found === undefined) {
    const added = await onlyRow(
      sql,
      versionRow,
      `INSERT INTO extension_version
         (registry_id, version, runtime, main_entry, api, ui, capabilities, api_endpoints, id)
       VALUES ($1, $2, $3, $4, $5::jsonb, $6::jsonb, $7::jsonb, $8::jsonb, $9)
       ON CONFLICT (registry_id, version) DO UPDATE
         SET runtime = $3, main_entry = $4, api = $5, ui = $6, capabilities = $7, api_endpoints = $8
       RETURNING id`,
      [...values, proposed],
    );
    return { id: added.id, changed: true };
  }
  const touched = await sql.run(
    `UPDATE extension_version
        SET registry_id = $1, version = $2, runtime = $3, main_entry = $4, api = $5, ui = $6,
            capabilities = $7, api_endpoints = $8
      WHERE id = $9
        AND (registry_id, version, runtime, main_entry, api, ui, capabilities, api_endpoints)
            IS DISTINCT FROM ($1::uuid, $2, $3, $4, $5::jsonb, $6::jsonb, $7::jsonb, $8::jsonb)`,
    [...values, found.id],
  );
  return { id: found.id, changed: touched > 0 };
}

function jsonColumns(columns: VersionColumns): (string | null)[] {
  const ui = columns.ui === null ? null : JSON.stringify(columns.ui);
  const { api, capabilities, apiEndpoints } = columns;
  return [JSON.stringify(api), ui, JSON.stringify(capabilities), JSON.stringify(apiEndpoints)];
}
