import { z } from 'zod';
import { type GatewayMethod, isGatewayMethod } from './endpoint-match.js';

/** Name of the query parameter or body field that turns a POST into another method. */
const FIELD = '__method';

/** Method, query and body of a call; an absent body is not the same as an empty one. */
export interface Call {
  readonly method: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
}

const objectSchema = z.record(z.string(), z.unknown());

/**
 * Applies `__method` of the query, else of a JSON object body, to a POST. The field is taken out; a
 * body that held nothing else becomes absent, and a call that became a GET has no body.
 * Any other value than the five methods is left alone.
 */
export function applyMethodOverride(call: Call): Call {
  if (call.method !== 'POST') return call;
  const fromQuery = methodOf(call.query[FIELD]);
  if (fromQuery) {
    const { [FIELD]: _removed, ...query } = call.query;
    return { method: fromQuery, query, body: fromQuery === 'GET' ? undefined : call.body };
  }
  const object = bodyObject(call.body);
  const fromBody = methodOf(object?.[FIELD]);
  if (!object || !fromBody) return call;
  const { [FIELD]: _removed, ...rest } = object;
  const empty = fromBody === 'GET' || Object.keys(rest).length === 0;
  return { method: fromBody, query: call.query, body: empty ? undefined : Buffer.from(JSON.stringify(rest)) };
}

function methodOf(value: unknown): GatewayMethod | undefined {
  if (typeof value !== 'string') return undefined;
  const method = value.trim().toUpperCase();
  return isGatewayMethod(method) ? method : undefined;
}

function bodyObject(body: Buffer | undefined): Record<string, unknown> | undefined {
  // Most bodies hold no override; looking for its name is much cheaper than parsing.
  if (body === undefined || !body.includes(FIELD)) return undefined;
  try {
    const parsed = objectSchema.safeParse(JSON.parse(body.toString('utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
