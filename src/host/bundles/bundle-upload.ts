import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { refuse, WHY_HEADER } from './bundle-gates.js';
import { type StagedBundles, TooManyBytes } from './staged-bundles.js';

/** Limit of the product, compressed. */
export const MAX_BUNDLE_BYTES = 200 * 1024 * 1024;

const HASH = /^[a-f0-9]{64}$/;

/** A rule that an upload breaks. */
interface Flaw {
  readonly why: string;
  readonly error: string;
}

/** `POST upload-proxy`: takes the bytes of a bundle and gives the key under which they wait. */
export function uploadBundle(staged: StagedBundles): RequestHandler {
  return async (req, res) => {
    res.setHeader('x-request-id', randomUUID());
    const deny = ({ why, error }: Flaw): void => {
      res.setHeader(WHY_HEADER, why);
      refuse(res, 400, 'BAD_REQUEST', error);
    };
    const { filename, declaredHash } = req.query;
    const size = Number(req.query.size);
    const flaw = flawOf(req, size);
    if (flaw) return deny(flaw);
    try {
      const { key } = await staged.keep(req, size);
      const upload = { key, strategy: 'staging' };
      res.json({ upload, filename, size, ...(declaredHash === undefined ? {} : { declaredHash }) });
    } catch (error) {
      if (!(error instanceof TooManyBytes)) throw error;
      deny({ why: 'content_length_mismatch', error: 'The body is longer than the size says' });
    }
  };
}

function flawOf(req: Request, size: number): Flaw | undefined {
  const { filename, size: sizeText, declaredHash } = req.query;
  const length = req.headers['content-length'];
  if (typeof filename !== 'string' || filename.trim() === '') {
    return { why: 'filename_required', error: 'filename is required' };
  }
  if (typeof sizeText !== 'string' || sizeText === '') {
    return { why: 'size_required', error: 'size is required' };
  }
  if (!Number.isFinite(size) || size <= 0) return { why: 'size_invalid', error: 'size must be above 0' };
  if (size > MAX_BUNDLE_BYTES) {
    return { why: 'size_exceeds_cap', error: 'A bundle may have 200 MiB at most.' };
  }
  if (declaredHash !== undefined && !(typeof declaredHash === 'string' && HASH.test(declaredHash))) {
    return { why: 'declared_hash_invalid', error: 'declaredHash must be 64 lower-case hex digits' };
  }
  if (length === '0' || (length === undefined && req.headers['transfer-encoding'] === undefined)) {
    return { why: 'missing_body', error: 'The body is missing' };
  }
  if (length !== undefined && Number(length) !== size) {
    return { why: 'content_length_mismatch', error: 'content-length differs from size' };
  }
  return undefined;
}
