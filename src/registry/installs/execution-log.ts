import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { RegistryId, TenantId, VersionId } from '../../core/ids.js';
import { json, timestamp } from '../database/columns.js';
import type { Sql } from '../database/sql.js';

/** What the gateway notes of a call when it lets it through. */
export interface ExecutionStart {
  readonly tenantId: TenantId;
  readonly registryId: RegistryId;
  readonly versionId: VersionId;
  readonly requestId: string;
  readonly metrics: {
    readonly method: string;
    readonly path: string;
    readonly endpoint_template: string;
    readonly principal_kind: 'msp' | 'client';
    readonly user_id: string;
  };
}

export type ExecutionStatus = 'ok' | 'upstream_error' | 'error' | 'timeout' | 'policy_denied';

export interface ExecutionEnd {
  readonly status: ExecutionStatus;
  readonly error: string | null;
  readonly httpStatus: number;
  readonly durationMs: number;
}

/**
 * A row of the log may be lost in a power cut: its statements do not wait for the disk, which takes
 * longer than everything else the gateway does.
 */
const UNHURRIED = `set_config('synchronous_commit', 'off', true)`;

/** Takes {@link startValues}. */
export const WRITE_START = `INSERT INTO extension_execution_log
       (id, tenant_id, registry_id, version_id, request_id, status, metrics)
     SELECT $1::uuid, $2::varchar, $3::uuid, $4::uuid, $5::varchar, 'started', $6::jsonb
       FROM ${UNHURRIED}
     ON CONFLICT DO NOTHING`;

const START = { name: 'execution-start', text: WRITE_START };

const FINISH = {
  name: 'execution-finish',
  text: `UPDATE extension_execution_log
        SET finished_at = clock_timestamp(), status = $2, error = $3,
            metrics = coalesce(metrics, '{}'::jsonb) || $4::jsonb
       FROM ${UNHURRIED}
      WHERE id = $1`,
};

/** Notes that a call begins; gives the id to end it with. Never takes bodies, headers or secrets. */
export async function startExecution(sql: Sql, start: ExecutionStart): Promise<string> {
  const id = randomUUID();
  await sql.run(START, startValues(id, start));
  return id;
}

/** The parameters of {@link WRITE_START}, in its order. */
export function startValues(id: string, start: ExecutionStart): unknown[] {
  const { tenantId, registryId, versionId, requestId, metrics } = start;
  return [id, tenantId, registryId, versionId, requestId, JSON.stringify(metrics)];
}

/** Notes how a call ended. */
export async function finishExecution(sql: Sql, id: string, end: ExecutionEnd): Promise<void> {
  const metrics = { http_status: end.httpStatus, duration_ms: Math.round(end.durationMs) };
  await sql.run(FINISH, [id, end.status, end.error, JSON.stringify(metrics)]);
}

const executionRow = z
  .object({
    id: z.string(),
    request_id: z.string().nullable(),
    started_at: timestamp,
    finished_at: timestamp.nullable(),
    status: z.string(),
    error: z.string().nullable(),
    metrics: json,
  })
  .transform((row) => ({
    id: row.id,
    requestId: row.request_id,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    status: row.status,
    error: row.error,
    metrics: row.metrics,
  }));

export type Execution = z.infer<typeof executionRow>;

/** The newest calls of an extension, newest first. */
export function recentExecutions(
  sql: Sql,
  of: { tenantId: TenantId; registryId: RegistryId; limit: number },
): Promise<Execution[]> {
  return sql.rows(
    executionRow,
    `SELECT id, request_id, started_at, finished_at, status, error, metrics FROM extension_execution_log
      WHERE tenant_id = $1 AND registry_id = $2 ORDER BY started_at DESC LIMIT $3`,
    [of.tenantId, of.registryId, of.limit],
  );
}
