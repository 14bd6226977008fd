import type { ExecuteRequest, RequestUser, SecretEnvelope } from '../executable.js';
import { decodeBase64 } from './base64.js';
import type { ExecuteBody } from './execute-schema.js';

export interface ExecuteDefaults {
  readonly defaultTimeoutMs: number;
  readonly defaultMemoryMb: number;
}

/** Shortest time a call gets: one tick of the official runner's clock. */
const MIN_TIMEOUT_MS = 10;

/** What the engine is asked to do; undefined when `http.body_b64` is not base64. */
export function executeRequestOf(
  body: ExecuteBody,
  providers: ReadonlySet<string>,
  defaults: ExecuteDefaults,
): ExecuteRequest | undefined {
  const { context, http } = body;
  const payload = typeof http.body_b64 === 'string' ? decodeBase64(http.body_b64) : null;
  if (payload === undefined) return undefined;
  return {
    ...present('requestId', context.request_id),
    tenantId: context.tenant_id,
    extensionId: context.extension_id,
    ...present('installId', context.install_id),
    ...present('versionId', context.version_id),
    contentHash: context.content_hash.toLowerCase(),
    config: context.config ?? {},
    http: {
      method: http.method,
      url: withQuery(http.path, http.query ?? {}),
      headers: Object.entries(http.headers ?? {}),
      ...(payload !== null && { body: payload }),
    },
    limits: {
      timeoutMs: Math.max(MIN_TIMEOUT_MS, body.limits?.timeout_ms ?? defaults.defaultTimeoutMs),
      memoryMb: body.limits?.memory_mb ?? defaults.defaultMemoryMb,
    },
    providers,
    ...present('user', userOf(body.user)),
    ...present('secretEnvelope', envelopeOf(body.secret_envelope)),
  };
}

/** Path and query as the guest sees them: form-urlencoded, after `?`, or `&` when the path has one. */
function withQuery(path: string, query: Readonly<Record<string, string>>): string {
  const encoded = new URLSearchParams(query).toString();
  if (encoded === '') return path;
  return `${path}${path.includes('?') ? '&' : '?'}${encoded}`;
}

function userOf(user: ExecuteBody['user']): RequestUser | undefined {
  if (user === null || user === undefined) return undefined;
  return {
    userId: user.user_id,
    userEmail: user.user_email,
    userName: user.user_name,
    userType: user.user_type,
    clientName: user.client_name,
    ...present('clientId', user.client_id),
    additionalFields: user.additional_fields ?? {},
  };
}

function envelopeOf(envelope: ExecuteBody['secret_envelope']): SecretEnvelope | undefined {
  if (envelope === null || envelope === undefined) return undefined;
  return {
    ciphertextB64: envelope.ciphertext_b64,
    ...present('algorithm', envelope.algorithm),
    ...present('version', envelope.version),
    ...present('expiresAt', envelope.expires_at),
    ...present('keyPath', envelope.key_path),
    ...present('mount', envelope.mount),
  };
}

/** `{name: value}`, or nothing for an absent value. */
function present<K extends string, V>(name: K, value: V | null | undefined): { [P in K]?: V } {
  return (value === null || value === undefined ? {} : { [name]: value }) as { [P in K]?: V };
}
