import type { ExecuteRequest, ExecuteResponse } from 'alga:extension/types';

/** An answer with a JSON body. Headers and a body of bytes are what the runner expects. */
export function json(status: number, value: unknown): ExecuteResponse {
  return {
    status,
    headers: [{ name: 'content-type', value: 'application/json' }],
    body: new TextEncoder().encode(JSON.stringify(value)),
  };
}

/** A refusal with a text for the user. */
export function failure(status: number, error: string): ExecuteResponse {
  return json(status, { error });
}

/** The request's JSON body; undefined when there is none or it is not JSON. */
export function readJson(request: ExecuteRequest): unknown {
  if (request.http.body === undefined) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(request.http.body));
  } catch {
    return undefined;
  }
}
