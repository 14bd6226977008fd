import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { algaError } from '../../core/errors/alga-error.js';
import { type InstallId, tenantIdSchema } from '../../core/ids.js';
import { timestamp } from '../database/columns.js';
import { type Database, firstRow, type Sql } from '../database/sql.js';
import {
  INLINE,
  inlineCiphertext,
  openInline,
  SEALED,
  type SecretEnvelope,
  type SecretValues,
  seal,
  unseal,
} from './envelope.js';

/** 32 bytes, or undefined: secrets are then stored inline, as the product does without a vault. */
export type SealingKey = Uint8Array | undefined;

/** A row of the secrets of an install. */
export const secretsRow = z.object({
  ciphertext: z.string(),
  algorithm: z.string(),
  transit_key: z.string().nullable(),
  transit_mount: z.string().nullable(),
  version: z.string().nullable(),
  expires_at: timestamp.nullable(),
});
export type SecretsRow = z.infer<typeof secretsRow>;

/**
 * The envelope the runner gets: what is sealed at rest is opened and handed out inline, a vault's
 * envelope as it is. Undefined without secrets, or when ours does not open (another machine's key).
 */
export async function readEnvelope(
  sql: Sql,
  installId: InstallId,
  key: SealingKey,
): Promise<SecretEnvelope | undefined> {
  const row = await readRow(sql, installId);
  return row && envelopeOf(row, installId, key);
}

/** The envelope of a row that was read already; see {@link readEnvelope}. */
export function envelopeOf(
  row: SecretsRow,
  installId: InstallId,
  key: SealingKey,
): SecretEnvelope | undefined {
  const open = row.algorithm === SEALED ? openRow(row, installId, key) : undefined;
  if (row.algorithm === SEALED && open === undefined) return undefined;
  return {
    ciphertext_b64: open === undefined ? row.ciphertext : inlineCiphertext(open),
    algorithm: open === undefined ? row.algorithm : INLINE,
    ...(row.transit_key === null ? {} : { key_path: row.transit_key }),
    ...(row.transit_mount === null ? {} : { mount: row.transit_mount }),
    ...(row.version === null ? {} : { version: row.version }),
    ...(row.expires_at === null ? {} : { expires_at: row.expires_at.toISOString() }),
  };
}

/**
 * The secrets of an install. `readable` is false when there is an envelope that we cannot open: a
 * vault's, or one that was sealed with another key.
 */
export async function readSecrets(
  sql: Sql,
  installId: InstallId,
  key: SealingKey,
): Promise<{ values: SecretValues; readable: boolean; version: string | null }> {
  const row = await readRow(sql, installId);
  if (row === undefined) return { values: {}, readable: true, version: null };
  const values = openRow(row, installId, key);
  return { values: values ?? {}, readable: values !== undefined, version: row.version };
}

/**
 * Merges secrets into those of an install: a text sets one, null removes one. Old secrets that do
 * not open are lost, as in the product. Without any secret left the row goes. Gives the new version,
 * or null for none. Throws REGISTRY_INSTALL_UNKNOWN.
 */
export async function writeSecrets(
  database: Database,
  installId: InstallId,
  changes: Readonly<Record<string, string | null>>,
  options: { key: SealingKey; expiresAt?: Date },
): Promise<string | null> {
  return database.transaction(async (sql) => {
    const install = await firstRow(
      sql,
      z.object({ tenant_id: tenantIdSchema }),
      'SELECT tenant_id FROM tenant_extension_install WHERE id = $1 FOR UPDATE',
      [installId],
    );
    if (install === undefined) throw algaError('REGISTRY_INSTALL_UNKNOWN', { install: installId });
    const { values } = await readSecrets(sql, installId, options.key);
    const merged = Object.entries({ ...values, ...changes }).filter(
      (entry): entry is [string, string] => entry[1] !== null,
    );
    if (merged.length === 0) {
      await sql.run('DELETE FROM tenant_extension_install_secrets WHERE install_id = $1', [installId]);
      return null;
    }
    return storeSecrets(sql, {
      installId,
      tenantId: install.tenant_id,
      values: Object.fromEntries(merged),
      ...options,
    });
  });
}

async function storeSecrets(
  sql: Sql,
  input: { installId: InstallId; tenantId: string; values: SecretValues; key: SealingKey; expiresAt?: Date },
): Promise<string> {
  const { installId, values, key } = input;
  const version = randomUUID();
  const ciphertext = key === undefined ? inlineCiphertext(values) : seal(values, key, installId);
  const algorithm = key === undefined ? INLINE : SEALED;
  await sql.run(
    `INSERT INTO tenant_extension_install_secrets
       (install_id, tenant_id, ciphertext, algorithm, version, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (install_id) DO UPDATE
       SET ciphertext = $3, algorithm = $4, version = $5, expires_at = $6, transit_key = NULL,
           transit_mount = NULL, updated_at = now()`,
    [installId, input.tenantId, ciphertext, algorithm, version, input.expiresAt ?? null],
  );
  return version;
}

function readRow(sql: Sql, installId: InstallId): Promise<SecretsRow | undefined> {
  return firstRow(
    sql,
    secretsRow,
    `SELECT ciphertext, algorithm, transit_key, transit_mount, version, expires_at
       FROM tenant_extension_install_secrets WHERE install_id = $1`,
    [installId],
  );
}

function openRow(row: SecretsRow, installId: InstallId, key: SealingKey): SecretValues | undefined {
  if (row.algorithm === SEALED) return key && unseal(row.ciphertext, key, installId);
  // The runner reads every algorithm but a vault's as inline, and so do we.
  return row.algorithm.startsWith('vault-transit') ? undefined : openInline(row.ciphertext);
}
