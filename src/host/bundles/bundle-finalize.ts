import { createHash } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import type { RegistryId } from '../../core/ids.js';
import type { BundleInstaller } from '../door.js';
import { type NamedTenants, namedTenant } from '../gateway/acting-tenant.js';
import { answerBundleFault, answerManifestFault } from './bundle-faults.js';
import { refuse } from './bundle-gates.js';
import { MAX_BUNDLE_BYTES } from './bundle-upload.js';
import type { StagedBundles } from './staged-bundles.js';

const key = z.string().startsWith('sha256/');
const signature = z.union([z.string(), z.object({ text: z.string().optional() })]);
const finalizeBody = z.object({
  key,
  size: z.number().positive().max(MAX_BUNDLE_BYTES).optional(),
  declaredHash: z
    .string()
    .regex(/^[a-f0-9]{64}$/)
    .optional(),
  manifestJson: z.string().optional(),
  signature: signature.optional(),
});
const abortBody = z.object({ key, reason: z.string().optional() });

export interface FinalizeOptions extends NamedTenants {
  readonly staged: StagedBundles;
  readonly installer: BundleInstaller;
  /** Throws when that extension may not be published from a file now. */
  readonly admit: (registryId: RegistryId) => void;
}

/** `POST finalize`: checks, stores and registers what was uploaded, as a version that nothing has installed. */
export function finalizeBundle(options: FinalizeOptions): RequestHandler {
  return async (req, res) => {
    const asked = bodyOf(finalizeBody, req, res);
    if (!asked) return;
    const bytes = await options.staged.read(asked.key);
    if (!bytes) return refuse(res, 400, 'STAGING_NOT_FOUND', 'Nothing was uploaded under this key');
    const computed = createHash('sha256').update(bytes).digest('hex');
    const { declaredHash: declared, manifestJson } = asked;
    if (declared !== undefined && declared !== computed) {
      return refuse(res, 400, 'HASH_MISMATCH', 'The bytes have another hash', { declared, computed });
    }
    const tenantId = await namedTenant(options, req);
    if (!tenantId) return refuse(res, 500, 'INTERNAL', 'No tenant to publish for');
    try {
      const published = await options.installer.publish(tenantId, {
        bytes,
        ...(manifestJson?.trim() ? { manifestText: manifestJson } : {}),
        signature: signatureOf(asked.signature),
        admit: options.admit,
      });
      if ('issues' in published) return answerManifestFault(published, res);
      const { registryId, name, publisher, versionId, version, key: canonicalKey } = published;
      res.json({
        extension: { id: registryId, name, publisher },
        version: { id: versionId, version },
        contentHash: computed,
        canonicalKey,
      });
    } catch (error) {
      answerBundleFault(error, res);
    }
  };
}

/** `POST abort`: takes an upload back. What is published stays. */
export function abortBundle(staged: StagedBundles): RequestHandler {
  return async (req, res) => {
    const asked = bodyOf(abortBody, req, res);
    if (!asked) return;
    const isStaged = asked.key.includes('/_staging/');
    if (isStaged) await staged.remove(asked.key);
    res.json({
      status: isStaged ? 'deleted' : 'noop',
      key: asked.key,
      area: isStaged ? 'staging' : 'canonical',
    });
  };
}

function bodyOf<T>(schema: z.ZodType<T>, req: Request, res: Response): T | undefined {
  const parsed = schema.safeParse(req.body);
  if (parsed.success) return parsed.data;
  return void refuse(res, 400, 'BAD_REQUEST', z.prettifyError(parsed.error));
}

/** A detached signature is the text of its file; a bare text, which old tools sent, is ignored. */
function signatureOf(given: z.infer<typeof signature> | undefined): Buffer | undefined {
  return typeof given === 'object' && given.text ? Buffer.from(given.text) : undefined;
}
