import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';

/** Header in which pages send the session's token. A form or an image tag cannot set one. */
export const TOKEN_HEADER = 'x-alga-token';

/** Compares two secrets in a time that does not tell how much of them agrees. */
export function sameSecret(given: string | undefined, expected: string): boolean {
  if (given === undefined) return false;
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** Types of bodies that a plain HTML form cannot send. */
const BODY_TYPES = ['application/json', 'application/zstd'];

/** Answers 401 without the session's token, and 415 to a body of a type that a plain HTML form can send. */
export function requireSessionToken(token: string): RequestHandler {
  return (req, res, next) => {
    if (!sameSecret(req.get(TOKEN_HEADER), token)) {
      return res
        .status(401)
        .json({ error: 'unauthorized', message: 'Reload the page: alga dev was restarted.' });
    }
    const changes = req.method !== 'GET' && req.method !== 'HEAD';
    const type = req.headers['content-type']?.split(';')[0]?.trim() ?? '';
    if (changes && !BODY_TYPES.includes(type)) {
      return res.status(415).json({ error: 'unsupported_media_type' });
    }
    next();
  };
}
