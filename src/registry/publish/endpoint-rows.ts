import { z } from 'zod';
import type { VersionId } from '../../core/ids.js';
import type { ManifestEndpoint } from '../../project/types.js';
import type { Sql } from '../database/sql.js';

const endpointRow = z.object({ id: z.string(), method: z.string(), path: z.string(), handler: z.string() });

/**
 * Makes the endpoint rows of a version equal to its endpoints. A row that vanished from the manifest
 * stays while a schedule points at it, so that the schedule can be shown and removed.
 */
export async function writeEndpoints(
  sql: Sql,
  versionId: VersionId,
  endpoints: readonly ManifestEndpoint[],
): Promise<{ changed: boolean }> {
  const existing = await sql.rows(
    endpointRow,
    'SELECT id, method, path, handler FROM extension_api_endpoint WHERE version_id = $1',
    [versionId],
  );
  let touched = 0;
  for (const { method, path, handler } of endpoints) {
    const same = existing.some(
      (row) => row.method === method && row.path === path && row.handler === handler,
    );
    if (same) continue;
    touched += await sql.run(
      `INSERT INTO extension_api_endpoint (version_id, method, path, handler) VALUES ($1, $2, $3, $4)
       ON CONFLICT (version_id, method, path) DO UPDATE SET handler = $4, updated_at = now()`,
      [versionId, method, path, handler],
    );
  }
  const gone = existing.filter(
    (row) => !endpoints.some((endpoint) => endpoint.method === row.method && endpoint.path === row.path),
  );
  if (gone.length > 0) {
    touched += await sql.run(
      `DELETE FROM extension_api_endpoint e WHERE e.id = ANY($1::uuid[])
          AND NOT EXISTS (SELECT 1 FROM tenant_extension_schedule s WHERE s.endpoint_id = e.id)`,
      [gone.map((row) => row.id)],
    );
  }
  return { changed: touched > 0 };
}
