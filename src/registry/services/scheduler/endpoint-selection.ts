import { z } from 'zod';
import { firstRow, type Sql } from '../../database/sql.js';
import { writeEndpoints } from '../../publish/endpoint-rows.js';
import { normalEndpoints } from '../../publish/version-columns.js';
import type { ServiceInstall } from '../service-install.js';
import { scheduleFault } from './schedule-rules.js';

const endpointRow = z.object({ id: z.string(), method: z.string(), path: z.string(), handler: z.string() });

/** An endpoint of the installed version; schedulable ones are GET or POST without path parameters. */
export interface EndpointInfo extends z.infer<typeof endpointRow> {
  readonly schedulable: boolean;
}

/** The endpoints of the installed version, by path and method. */
export async function listEndpoints(sql: Sql, install: ServiceInstall): Promise<EndpointInfo[]> {
  const found = await endpointRows(sql, install);
  const rows = found.length > 0 ? found : await materialised(sql, install);
  return rows.map((row) => ({ ...row, schedulable: isSchedulable(row) }));
}

/**
 * The endpoint a schedule names: `/path`, `path` or `METHOD /path`; without a method GET or POST.
 * Throws a fault of the field `endpoint`.
 */
export async function selectEndpoint(
  sql: Sql,
  install: ServiceInstall,
  selector: string,
): Promise<EndpointInfo> {
  const wanted = parseSelector(selector);
  const fits = (row: EndpointInfo): boolean =>
    row.path === wanted.path && (wanted.method === undefined || row.method === wanted.method);
  let matches = (await listEndpoints(sql, install)).filter(fits);
  if (matches.length === 0) {
    const rows = await materialised(sql, install);
    matches = rows.map((row) => ({ ...row, schedulable: isSchedulable(row) })).filter(fits);
  }
  const chosen = matches.find((row) => row.schedulable);
  if (chosen !== undefined) return chosen;
  throw matches.length === 0
    ? scheduleFault('Endpoint not found', 'endpoint')
    : scheduleFault(
        'Endpoint cannot be scheduled: it must be GET or POST without path parameters',
        'endpoint',
      );
}

function parseSelector(selector: string): { method: string | undefined; path: string } {
  const [, method, rest = ''] = /^(?:([A-Za-z]+)\s+)?(.*)$/s.exec(selector.trim()) ?? [];
  return { method: method?.toUpperCase(), path: `/${rest.trim()}`.replace(/\/{2,}/g, '/') };
}

function isSchedulable(row: { method: string; path: string }): boolean {
  return (row.method === 'GET' || row.method === 'POST') && !/[:{}]/.test(row.path);
}

function endpointRows(sql: Sql, install: ServiceInstall): Promise<z.infer<typeof endpointRow>[]> {
  return sql.rows(
    endpointRow,
    'SELECT id, method, path, handler FROM extension_api_endpoint WHERE version_id = $1 ORDER BY path, method',
    [install.versionId],
  );
}

const versionRow = z.object({
  api_endpoints: z.array(z.object({ method: z.string(), path: z.string(), handler: z.string() })).catch([]),
});

/** Makes the rows from the version's own list, for versions that another tool wrote without rows. */
async function materialised(sql: Sql, install: ServiceInstall): Promise<z.infer<typeof endpointRow>[]> {
  const version = await firstRow(
    sql,
    versionRow,
    'SELECT api_endpoints FROM extension_version WHERE id = $1',
    [install.versionId],
  );
  await writeEndpoints(sql, install.versionId, normalEndpoints(version?.api_endpoints ?? []));
  return endpointRows(sql, install);
}
