import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { algaError, textOf } from '../core/errors/alga-error.js';

/**
 * Checks a bundle file against the signers that `SIGNING_TRUST_BUNDLE` names (PEM text or a file of
 * it), by the very rules of the runner. Without that variable nothing is checked, as in the product.
 * Throws `SESSION_BUNDLE_UNTRUSTED` for a missing, damaged or foreign signature, and when the trusted
 * signers themselves cannot be read.
 */
export async function requireTrusted(
  bytes: Uint8Array,
  signature: Uint8Array | undefined,
  trustBundle: string | undefined,
): Promise<void> {
  if (trustBundle === undefined || trustBundle.trim() === '') return;
  // Heavy, and only for those who name signers.
  const { loadTrust } = await import('../../runner/src/published/trust.js');
  const folder = await mkdtemp(join(tmpdir(), 'alga-signed-'));
  try {
    const file = join(folder, 'bundle.tar.zst');
    await writeFile(file, bytes);
    const trust = await loadTrust(trustBundle);
    await trust.require(file, signature && Buffer.from(signature));
  } catch (cause) {
    throw algaError('SESSION_BUNDLE_UNTRUSTED', { reason: textOf(cause) }, { cause });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
