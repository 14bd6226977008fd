import { z } from 'zod';
import { json } from '../../database/columns.js';
import { firstRow, type Sql } from '../../database/sql.js';
import { refusal } from '../service-error.js';
import type { ServiceInstall } from '../service-install.js';

const schemaRow = z.object({ schema_version: z.number().int(), schema_document: json });

const FIND = {
  name: 'storage-schema',
  text: `SELECT schema_version, schema_document FROM ext_storage_schemas
          WHERE tenant = $1 AND extension_install_id = $2 AND namespace = $3
            AND status = 'active' LIMIT 1`,
};

/** A value that somebody wants to store. */
interface Candidate {
  readonly value?: unknown;
  readonly schemaVersion?: number | undefined;
}

/**
 * Throws the refusal VALIDATION_FAILED, with everything that is wrong, when the namespace has an active
 * JSON Schema that a value breaks. As in the product a version that is not the active one is not
 * checked, and of an array each element is checked, never the whole.
 */
export async function requireShape(
  sql: Sql,
  install: ServiceInstall,
  namespace: string,
  items: readonly Candidate[],
): Promise<void> {
  const active = await firstRow(sql, schemaRow, FIND, [install.tenantId, install.installId, namespace]);
  if (active === undefined) return;
  const asked = items[0]?.schemaVersion;
  if (asked !== undefined && asked !== active.schema_version) return;
  const schema = schemaOf(active.schema_document);
  const issues = items.flatMap(({ value }) =>
    (Array.isArray(value) ? value : [value ?? null]).flatMap((element) => issuesOf(schema, element)),
  );
  if (issues.length > 0) throw refusal(400, 'VALIDATION_FAILED', 'Value does not match the schema', issues);
}

function schemaOf(document: unknown): z.ZodType {
  try {
    // What is no JSON Schema throws.
    return z.fromJSONSchema(document as Parameters<typeof z.fromJSONSchema>[0]);
  } catch (cause) {
    throw new Error('the active schema of the namespace is not a JSON Schema that can be read', { cause });
  }
}

function issuesOf(schema: z.ZodType, value: unknown): { path: string; message: string }[] {
  const parsed = schema.safeParse(value);
  if (parsed.success) return [];
  return parsed.error.issues.map(({ path, message }) => ({
    path: path.map((part) => `/${String(part)}`).join(''),
    message,
  }));
}
