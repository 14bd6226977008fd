import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { z } from 'zod';

/** Secrets by name, as a guest reads them. */
export type SecretValues = Readonly<Record<string, string>>;

/** The form in which the runner gets an install's secrets. */
export interface SecretEnvelope {
  readonly ciphertext_b64: string;
  readonly algorithm: string;
  readonly key_path?: string;
  readonly mount?: string;
  readonly version?: string;
  /** ISO 8601. */
  readonly expires_at?: string;
}

/** Base64 of a JSON object: what the product writes without a vault. Not encrypted. */
export const INLINE = 'inline/base64';

/**
 * Ours for the embedded database: AES-256-GCM under a key that is not in the database, bound to the
 * install. No other tool can open it, so it is never used in a database that others read.
 */
export const SEALED = 'alga-sealed/aes-256-gcm';

const valuesSchema = z.record(z.string(), z.string());

/** The inline form of secrets, which a runner opens. */
export function inlineCiphertext(values: SecretValues): string {
  return Buffer.from(JSON.stringify(values), 'utf8').toString('base64');
}

/** The secrets of an inline envelope, or undefined when it does not open. */
export function openInline(ciphertext: string): SecretValues | undefined {
  try {
    return valuesSchema.parse(JSON.parse(Buffer.from(ciphertext, 'base64').toString('utf8')));
  } catch {
    return undefined;
  }
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts secrets for one install under a 32-byte key: nonce, ciphertext and tag in base64. */
export function seal(values: SecretValues, key: Uint8Array, installId: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(installId));
  const body = Buffer.concat([cipher.update(JSON.stringify(values), 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, body, cipher.getAuthTag()]).toString('base64');
}

/** The secrets {@link seal} put away, or undefined for another key, install or a changed text. */
export function unseal(ciphertext: string, key: Uint8Array, installId: string): SecretValues | undefined {
  const bytes = Buffer.from(ciphertext, 'base64');
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(installId)).setAuthTag(bytes.subarray(-TAG_BYTES));
    const body = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    return valuesSchema.parse(JSON.parse(body.toString('utf8')));
  } catch {
    return undefined;
  }
}
