import type { ExecuteWireRequest } from '../../../runner/src/published/wire.js';
import { guestRequest, type RequestOverrides } from '../engine-support.js';

/** The body of an execute request, from the same words that tests of the engine describe a call with. */
export function wireRequest(path: string, overrides: RequestOverrides): ExecuteWireRequest {
  const request = guestRequest(path, overrides);
  const { http, limits, user, secretEnvelope: envelope } = request;
  return {
    context: {
      request_id: request.requestId ?? null,
      tenant_id: request.tenantId,
      extension_id: request.extensionId,
      install_id: request.installId ?? null,
      version_id: request.versionId ?? null,
      content_hash: request.contentHash,
    },
    http: {
      method: http.method,
      path: http.url,
      headers: Object.fromEntries(http.headers),
      body_b64: http.body === undefined ? null : Buffer.from(http.body).toString('base64'),
    },
    limits: { timeout_ms: limits.timeoutMs, memory_mb: limits.memoryMb },
    providers: [...(overrides.grants ?? [])],
    ...(envelope !== undefined && {
      secret_envelope: {
        ciphertext_b64: envelope.ciphertextB64,
        algorithm: envelope.algorithm ?? null,
        version: envelope.version ?? null,
        expires_at: envelope.expiresAt ?? null,
        key_path: envelope.keyPath ?? null,
        mount: envelope.mount ?? null,
      },
    }),
    ...(user !== undefined && {
      user: {
        user_id: user.userId,
        user_email: user.userEmail,
        user_name: user.userName,
        user_type: user.userType,
        client_name: user.clientName,
        client_id: user.clientId ?? null,
        additional_fields: user.additionalFields,
      },
    }),
  };
}
