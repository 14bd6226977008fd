import { z } from 'zod';
import { firstRow, type Sql } from '../../database/sql.js';
import { flatten, ServiceError } from '../service-error.js';
import { type ServiceInstall, serviceInstall } from '../service-install.js';

/** What a read service protects: the capability of the extension and the right of the user. */
export interface ReadAccess {
  readonly capability: string;
  /** `resource:action` that a user needs, when the call is made for one. */
  readonly permission: string;
}

/** The body of a read: `input` may be missing or null; `user` may be missing, but not null. */
const envelope = z.object({
  input: z.unknown().optional(),
  user: z.object({ userId: z.string().min(1), userType: z.string().min(1) }).optional(),
});

/**
 * Opens the body of a read for an install that may do it. Throws `ServiceError` with `{error, code}`:
 * INVALID_INPUT, NOT_FOUND (unknown or disabled install), NOT_ALLOWED.
 */
export async function openRead<T>(
  sql: Sql,
  installId: string,
  body: unknown,
  schema: z.ZodType<T>,
  access: ReadAccess,
): Promise<{ install: ServiceInstall; input: T }> {
  const { input, user } = valid(envelope, body ?? {});
  const checked = valid(schema, input ?? {});
  const install = await serviceInstall(sql, installId);
  if (!install?.enabled) throw readRefusal(404, 'NOT_FOUND', 'Extension install not found');
  if (!install.providers.includes(access.capability)) {
    throw readRefusal(403, 'NOT_ALLOWED', `Missing capability ${access.capability}`);
  }
  if (user !== undefined && !(await hasPermission(sql, install, user.userId, access.permission))) {
    throw readRefusal(403, 'NOT_ALLOWED', `Missing permission ${access.permission}`);
  }
  return { install, input: checked };
}

function readRefusal(status: number, code: string, error: string): ServiceError {
  return new ServiceError(status, code, { error, code });
}

function valid<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const body = { error: 'Invalid input', code: 'INVALID_INPUT', details: flatten(parsed.error) };
  throw new ServiceError(400, 'INVALID_INPUT', body);
}

async function hasPermission(
  sql: Sql,
  install: ServiceInstall,
  userId: string,
  permission: string,
): Promise<boolean> {
  const found = await firstRow(
    sql,
    z.object({ granted: z.boolean() }),
    `SELECT true AS granted FROM users u
       JOIN user_roles ur ON ur.tenant = u.tenant AND ur.user_id = u.user_id
       JOIN role_permissions rp ON rp.tenant = ur.tenant AND rp.role_id = ur.role_id
       JOIN permissions p ON p.tenant = rp.tenant AND p.permission_id = rp.permission_id
      WHERE u.tenant = $1 AND u.user_id::text = lower($2) AND NOT u.is_inactive
        AND p.resource || ':' || p.action = $3 LIMIT 1`,
    [install.tenantId, userId, permission],
  );
  return found !== undefined;
}

/** Fields every list takes. */
export const pageFields = {
  search: z.string().max(200).optional(),
  page: z.number().int().min(1).max(10_000).default(1),
  pageSize: z.number().int().min(1).max(100).default(25),
};

/** A pattern for ILIKE that finds the text anywhere; null finds everything. */
export function containing(search: string | undefined): string | null {
  const text = search?.trim() ?? '';
  return text === '' ? null : `%${text.replace(/[\\%_]/g, (special) => `\\${special}`)}%`;
}

/** An id in a request: UUID of version 1 to 5. */
export const uuidField = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i, 'Invalid uuid');
