import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { firstRow, type Sql } from '../database/sql.js';
import type { SecretEnvelope } from '../secrets/envelope.js';
import { envelopeOf, type SealingKey, secretsRow } from '../secrets/install-secrets.js';
import { type ExecutionStart, startValues, WRITE_START } from './execution-log.js';
import { BOTH_FLAGS, INSTALL_QUERY, type Install, installOf, installRow } from './install-row.js';

/** An execution that began, and the install as it was at that moment. */
export interface OpenedExecution {
  readonly id: string;
  /** Undefined when there is no enabled install any more. */
  readonly install: Install | undefined;
  readonly secretEnvelope: SecretEnvelope | undefined;
}

const { ciphertext, algorithm, transit_key, transit_mount, expires_at } = secretsRow.shape;
const openedRow = installRow.extend({
  ciphertext: ciphertext.nullable(),
  algorithm: algorithm.nullable(),
  transit_key,
  transit_mount,
  expires_at,
});

/** Stands between every call of a handler and its answer: one statement writes the row and reads the install. */
const OPEN = {
  name: 'execution-open',
  text: `WITH started AS (${WRITE_START})
  SELECT o.*, e.ciphertext, e.algorithm, e.transit_key, e.transit_mount, e.expires_at
    FROM (${INSTALL_QUERY} WHERE i.tenant_id = $2 AND i.registry_id = $3 AND ${BOTH_FLAGS} LIMIT 1) o
    LEFT JOIN tenant_extension_install_secrets e ON e.install_id = o.install_id`,
};

/**
 * Notes that a call begins and gives what it needs. The row is there whatever becomes of the call.
 * Throws when the row cannot be written or the install not be read; nothing is written then.
 */
export async function openExecution(
  sql: Sql,
  start: ExecutionStart,
  key: SealingKey,
): Promise<OpenedExecution> {
  const id = randomUUID();
  const row = await firstRow(sql, openedRow, OPEN, startValues(id, start));
  if (row === undefined) return { id, install: undefined, secretEnvelope: undefined };
  return { id, install: installOf(row), secretEnvelope: secretsOf(row, key) };
}

function secretsOf(row: z.infer<typeof openedRow>, key: SealingKey): SecretEnvelope | undefined {
  if (row.ciphertext === null || row.algorithm === null) return undefined;
  const { ciphertext, algorithm, transit_key, transit_mount, expires_at } = row;
  return envelopeOf(
    { ciphertext, algorithm, transit_key, transit_mount, version: row.secrets_version, expires_at },
    row.install_id,
    key,
  );
}
