import { createHash } from 'node:crypto';
import { ALGORITHM, scopeText, signatureOf } from './canonical.js';
import type { Credentials } from './verify.js';

/** The headers that sign a request without body and query, sent to `host` at `now`. */
export function signedHeaders(
  request: { readonly method: string; readonly host: string; readonly path: string; readonly region: string },
  credentials: Credentials,
  now: Date,
): Record<string, string> {
  const timestamp = now.toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = { date: timestamp.slice(0, 8), region: request.region };
  const payloadHash = createHash('sha256').digest('hex');
  const headers = { host: request.host, 'x-amz-content-sha256': payloadHash, 'x-amz-date': timestamp };
  const signature = signatureOf(
    {
      method: request.method,
      path: request.path,
      query: [],
      headers: Object.entries(headers),
      payloadHash,
      timestamp,
      scope,
    },
    credentials.secretKey,
  );
  const names = Object.keys(headers).join(';');
  const credential = `${credentials.accessKey}/${scopeText(scope)}`;
  return {
    'x-amz-content-sha256': payloadHash,
    'x-amz-date': timestamp,
    authorization: `${ALGORITHM} Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`,
  };
}
