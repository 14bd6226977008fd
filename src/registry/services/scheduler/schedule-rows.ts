import { z } from 'zod';
import {
  installIdSchema,
  registryIdSchema,
  type TenantId,
  tenantIdSchema,
  versionIdSchema,
} from '../../../core/ids.js';
import { integer, json, timestamp } from '../../database/columns.js';
import { firstRow, onlyRow, type Sql } from '../../database/sql.js';
import type { ServiceInstall } from '../service-install.js';
import { type ScheduleFields, scheduleFault } from './schedule-rules.js';

const scheduleRow = z
  .object({
    id: z.string(),
    path: z.string(),
    method: z.string(),
    name: z.string().nullable(),
    cron: z.string(),
    timezone: z.string(),
    enabled: z.boolean(),
    payload_json: json.nullable(),
    last_run_at: timestamp.nullable(),
    last_run_status: z.string().nullable(),
    last_error: z.string().nullable(),
    created_at: timestamp,
  })
  .transform((row) => ({
    id: row.id,
    endpointPath: row.path,
    endpointMethod: row.method,
    name: row.name,
    cron: row.cron,
    timezone: row.timezone,
    enabled: row.enabled,
    payload: row.payload_json,
    lastRunAt: row.last_run_at?.toISOString() ?? null,
    lastRunStatus: row.last_run_status,
    lastError: row.last_error,
    createdAt: row.created_at.toISOString(),
  }));

/** A schedule as guests see it. One whose endpoint is gone is not shown. */
export type ScheduleInfo = z.infer<typeof scheduleRow>;

const SCHEDULES = `
  SELECT s.id, e.path, e.method, s.name, s.cron, s.timezone, s.enabled, s.payload_json, s.last_run_at,
         s.last_run_status, s.last_error, s.created_at
    FROM tenant_extension_schedule s JOIN extension_api_endpoint e ON e.id = s.endpoint_id
   WHERE s.install_id = $1`;

/** The schedules of an install in order of creation. */
export function listSchedules(sql: Sql, install: ServiceInstall): Promise<ScheduleInfo[]> {
  return sql.rows(scheduleRow, `${SCHEDULES} ORDER BY s.created_at, s.id`, [install.installId]);
}

/** A schedule of an install; undefined when it has none by that id. */
export function findSchedule(
  sql: Sql,
  install: ServiceInstall,
  id: string,
): Promise<ScheduleInfo | undefined> {
  return firstRow(sql, scheduleRow, `${SCHEDULES} AND s.id = $2`, [install.installId, id]);
}

const countRow = z.object({ schedules: integer });

/** Takes the install for this transaction and gives how many schedules it has. */
export async function lockSchedules(sql: Sql, install: ServiceInstall): Promise<number> {
  // Every write touches the install, which also makes the writers of one install queue up.
  await sql.run('UPDATE tenant_extension_install SET updated_at = now() WHERE id = $1', [install.installId]);
  const { schedules } = await onlyRow(
    sql,
    countRow,
    'SELECT count(*) AS schedules FROM tenant_extension_schedule WHERE install_id = $1',
    [install.installId],
  );
  return schedules;
}

/** Throws a fault of the field `name` when another schedule of the install has it. */
export async function requireFreeName(
  sql: Sql,
  install: ServiceInstall,
  name: string | null,
  ownId: string | null,
): Promise<void> {
  if (name === null) return;
  const taken = await firstRow(
    sql,
    z.object({ id: z.string() }),
    `SELECT id FROM tenant_extension_schedule
      WHERE install_id = $1 AND name = $2 AND ($3::uuid IS NULL OR id <> $3)`,
    [install.installId, name, ownId],
  );
  if (taken) throw scheduleFault('A schedule with this name already exists', 'name');
}

/**
 * Writes a schedule: a new one without `id`; without `endpointId` the endpoint stays. A change of when
 * it runs gives it a new job, a disabled one has none. Gives its id.
 */
export async function writeSchedule(
  sql: Sql,
  install: ServiceInstall,
  schedule: ScheduleFields & { id: string | null; endpointId: string | null },
): Promise<string> {
  const { id, endpointId, name, cron, timezone, enabled, payload } = schedule;
  const values = [install.installId, endpointId, name, cron, timezone, enabled, jsonOrNull(payload)];
  const text =
    id === null
      ? `INSERT INTO tenant_extension_schedule
           (install_id, endpoint_id, name, cron, timezone, enabled, payload_json, job_id, tenant_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, CASE WHEN $6 THEN gen_random_uuid() END, $8) RETURNING id`
      : `UPDATE tenant_extension_schedule
            SET endpoint_id = coalesce($2, endpoint_id), name = $3, cron = $4, timezone = $5::text, enabled = $6, payload_json = $7::jsonb,
                job_id = CASE WHEN NOT $6 THEN NULL
                              WHEN job_id IS NOT NULL AND (cron, timezone::text, enabled) = ($4, $5::text, $6) THEN job_id
                              ELSE gen_random_uuid() END,
                runner_schedule_id = NULL, updated_at = now()
          WHERE install_id = $1 AND id = $8 RETURNING id`;
  const written = await onlyRow(sql, z.object({ id: z.string() }), text, [...values, id ?? install.tenantId]);
  return written.id;
}

/** Removes a schedule; gives whether there was one. */
export async function deleteSchedule(sql: Sql, install: ServiceInstall, id: string): Promise<boolean> {
  const text = 'DELETE FROM tenant_extension_schedule WHERE install_id = $1 AND id = $2';
  return (await sql.run(text, [install.installId, id])) > 0;
}

function jsonOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}

const jobRow = z
  .object({
    id: z.string(),
    job_id: z.string().nullable(),
    install_id: installIdSchema,
    tenant_id: tenantIdSchema,
    registry_id: registryIdSchema,
    version_id: versionIdSchema,
    method: z.string().nullable(),
    path: z.string().nullable(),
    name: z.string().nullable(),
    cron: z.string(),
    timezone: z.string(),
    enabled: z.boolean(),
    payload_json: json.nullable(),
    last_run_at: timestamp.nullable(),
    last_run_status: z.string().nullable(),
    last_error: z.string().nullable(),
  })
  .transform((row) => ({
    scheduleId: row.id,
    /** Changes whenever the schedule must be planned anew; null when it is off. */
    jobId: row.job_id,
    installId: row.install_id,
    tenantId: row.tenant_id,
    registryId: row.registry_id,
    versionId: row.version_id,
    /** Undefined when the endpoint is gone or belongs to another version: such a schedule is switched off. */
    endpoint: row.method === null || row.path === null ? undefined : { method: row.method, path: row.path },
    name: row.name,
    cron: row.cron,
    timezone: row.timezone,
    enabled: row.enabled,
    payload: row.payload_json,
    lastRunAt: row.last_run_at,
    lastRunStatus: row.last_run_status,
    lastError: row.last_error,
  }));

/** A schedule with all that a run of it needs. */
export type ScheduledJob = z.infer<typeof jobRow>;

/** The schedules of a tenant's enabled installs, for the process that runs them. */
export function listJobs(sql: Sql, tenantId: TenantId): Promise<ScheduledJob[]> {
  return sql.rows(
    jobRow,
    `SELECT s.id, s.job_id, s.install_id, s.tenant_id, i.registry_id, i.version_id, e.method, e.path, s.name,
            s.cron, s.timezone, s.enabled, s.payload_json, s.last_run_at, s.last_run_status, s.last_error
       FROM tenant_extension_schedule s
       JOIN tenant_extension_install i ON i.id = s.install_id
       LEFT JOIN extension_api_endpoint e ON e.id = s.endpoint_id
      WHERE s.tenant_id = $1 AND i.is_enabled AND i.status = 'enabled'
      ORDER BY s.created_at, s.id`,
    [tenantId],
  );
}

const LONGEST_ERROR = 4000;

/** Notes how a run ended. */
export async function recordRun(
  sql: Sql,
  scheduleId: string,
  outcome: { status: 'success' | 'error'; error?: string },
): Promise<void> {
  await sql.run(
    `UPDATE tenant_extension_schedule
        SET last_run_at = now(), last_run_status = $2, last_error = $3 WHERE id = $1`,
    [scheduleId, outcome.status, outcome.error?.slice(0, LONGEST_ERROR) ?? null],
  );
}

/**
 * Takes the run of a schedule that is due at `due`; false when somebody took it already. Of several
 * processes that look after one database exactly one gets true.
 */
export async function claimRun(sql: Sql, scheduleId: string, due: Date): Promise<boolean> {
  const claimed = await sql.rows(
    z.object({ id: z.string() }),
    `UPDATE tenant_extension_schedule SET last_run_at = greatest(now(), $2)
      WHERE id = $1 AND (last_run_at IS NULL OR last_run_at < $2) RETURNING id`,
    [scheduleId, due],
  );
  return claimed.length > 0;
}

/** Switches a schedule off, as happens to one whose endpoint is gone. */
export async function switchOff(sql: Sql, scheduleId: string): Promise<void> {
  await sql.run(
    `UPDATE tenant_extension_schedule
        SET enabled = false, job_id = NULL, runner_schedule_id = NULL, updated_at = now() WHERE id = $1`,
    [scheduleId],
  );
}
