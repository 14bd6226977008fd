import type { Response } from 'express';
import { AlgaError, textOf } from '../../core/errors/alga-error.js';
import { Refused } from '../author/author-context.js';
import type { RefusedManifest } from '../door.js';
import { refuse } from './bundle-gates.js';

/** The product's status and code for what can be wrong with a bundle. */
const FAULTS: Readonly<Record<string, readonly [status: number, code: string]>> = {
  SESSION_BUNDLE_NO_MANIFEST: [400, 'MANIFEST_NOT_FOUND'],
  BUNDLE_CORRUPT: [500, 'MANIFEST_EXTRACTION_FAILED'],
  BUNDLE_ENTRY_KIND_REFUSED: [500, 'MANIFEST_EXTRACTION_FAILED'],
  BUNDLE_LIMIT_EXCEEDED: [500, 'MANIFEST_EXTRACTION_FAILED'],
  BUNDLE_NAME_REFUSED: [500, 'MANIFEST_EXTRACTION_FAILED'],
  BUNDLE_NAME_COLLISION: [500, 'MANIFEST_EXTRACTION_FAILED'],
  // The product looks at no signature; whoever names signers here wants one.
  SESSION_BUNDLE_UNTRUSTED: [400, 'SIGNATURE_INVALID'],
};

/**
 * Answers why a bundle was not published, under the product's status and code. The text is our own:
 * where the product hides a reason behind a fixed sentence, the author is told.
 */
export function answerBundleFault(error: unknown, res: Response): void {
  if (error instanceof Refused) return void refuse(res, error.status, 'EXTENSION_IN_SESSION', error.message);
  if (!(error instanceof AlgaError)) return void refuse(res, 500, 'INTERNAL_ERROR', textOf(error));
  const text = `${error.message} ${error.hint}`;
  if (error.code === 'REGISTRY_VERSION_EXISTS') {
    const code = 'EXTENSION_VERSION_ALREADY_EXISTS';
    return void res.status(409).json({ success: false, error: { message: text, code } });
  }
  const [status, code] = FAULTS[error.code] ?? [500, 'INTERNAL_ERROR'];
  refuse(res, status, code, text);
}

/** Answers which rules a manifest breaks. */
export function answerManifestFault({ issues }: RefusedManifest, res: Response): void {
  const text = issues.map(({ path, message }) => `${path} ${message}`).join('; ');
  refuse(res, 400, 'INVALID_MANIFEST', `manifest.json: ${text}`, { issues });
}
