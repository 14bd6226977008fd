import { getContext } from 'alga:extension/context';
import { logInfo } from 'alga:extension/logging';
import type { ExecuteRequest, ExecuteResponse } from 'alga:extension/types';
import { failure, json, readJson } from './responses.ts';

/**
 * Called once for each request that reaches one of the endpoints in manifest.json. Every request runs in a
 * fresh copy of this program: what must last goes into storage.
 */
export function handler(request: ExecuteRequest): ExecuteResponse {
  const { method, url } = request.http;
  const path = url.split('?')[0];
  logInfo(`${method} ${path}`);

  if (method === 'GET' && path === '/api/hello') return hello();
  if (method === 'POST' && path === '/api/echo') return json(200, { echo: readJson(request) ?? null });
  return failure(404, `Nothing answers ${method} ${path}`);
}

function hello(): ExecuteResponse {
  const { tenantId, extensionId } = getContext();
  return json(200, { message: 'Hello from the handler', tenantId, extensionId });
}
