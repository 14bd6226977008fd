import type { RequestHandler } from 'express';
import { sameSecret } from '../front/session-token.js';

/** Answers 401 unless `x-runner-auth` is the service token. `body` is the form the service answers errors in. */
export function requireRunnerAuth(serviceToken: string, body: unknown): RequestHandler {
  return (req, res, next) => {
    if (sameSecret(req.get('x-runner-auth'), serviceToken)) return next();
    res.status(401).json(body);
  };
}

/** Answers 401 unless `x-api-key` is the key of the runner. */
export function requireApiKey(authKey: string): RequestHandler {
  return (req, res, next) => {
    if (sameSecret(req.get('x-api-key'), authKey)) return next();
    res.status(401).json({ error: 'Unauthorized: Invalid API key' });
  };
}
