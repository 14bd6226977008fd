import type { RequestHandler } from 'express';

/**
 * Headers of every answer. No CORS header is ever sent, although the product echoes any origin: no
 * other site has a reason to read a development server.
 */
export function addSecurityHeaders(): RequestHandler {
  return (_req, res, next) => {
    res.setHeader('x-content-type-options', 'nosniff');
    res.setHeader('cross-origin-resource-policy', 'same-origin');
    next();
  };
}
