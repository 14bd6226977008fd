import { z } from 'zod';

const MIB = 1024 * 1024;

/** A blank variable counts as unset, as compose files write `NAME=` for "not configured". */
const text = z
  .string()
  .optional()
  .transform((value) => {
    const trimmed = value?.trim() ?? '';
    return trimmed === '' ? undefined : trimmed;
  });

/** A whole number with a default; anything else stops the start with the variable's name. */
function whole(fallback: number, min = 0, max = Number.MAX_SAFE_INTEGER) {
  return text.transform((value, context) => {
    if (value === undefined) return fallback;
    const number = Number(value);
    if (Number.isSafeInteger(number) && number >= min && number <= max) return number;
    context.addIssue({ code: 'custom', message: `must be a whole number from ${min} to ${max}` });
    return z.NEVER;
  });
}

/** A whole number that falls back to its default when unreadable, where the official runner does so. */
function lenient<F extends number | undefined>(fallback: F, min = 1, max = Number.MAX_SAFE_INTEGER) {
  return text.transform((value): number | F => {
    const number = Number(value ?? Number.NaN);
    return Number.isSafeInteger(number) && number >= min && number <= max ? number : fallback;
  });
}

function flag(fallback: boolean) {
  return text.transform((value) =>
    value === undefined ? fallback : ['1', 'true', 'yes'].includes(value.toLowerCase()),
  );
}

const url = text.transform((value, context) => {
  if (value === undefined) return undefined;
  const parsed = URL.canParse(value) ? new URL(value) : undefined;
  if (parsed?.protocol === 'http:' || parsed?.protocol === 'https:') return parsed;
  context.addIssue({ code: 'custom', message: 'must be an http or https URL' });
  return z.NEVER;
});

const layout = text.transform((value, context) => {
  const known = ['tenant', 'canonical', 'fallback'] as const;
  const found = known.find((name) => name === (value?.toLowerCase() ?? 'tenant'));
  if (found !== undefined) return found;
  context.addIssue({ code: 'custom', message: `must be one of ${known.join(', ')}` });
  return z.NEVER;
});

/**
 * Every variable the runner reads. The first group is the official runner's, with its defaults;
 * the `RUNNER_` ones after it are ours and bound what the official one leaves unbounded.
 */
export const environmentSchema = z.object({
  PORT: lenient(8080, 0, 65_535),
  RUST_LOG: text,
  ALGA_AUTH_KEY: text,
  ALGA_AUTH_KEY_FILE: text.transform((value) => value ?? '/vault/secrets/alga_auth_key'),
  REGISTRY_BASE_URL: url,
  BUNDLE_STORE_BASE: url,
  S3_ACCESS_KEY: text,
  MINIO_ACCESS_KEY: text,
  S3_SECRET_KEY: text,
  MINIO_SECRET_KEY: text,
  S3_REGION: text.transform((value) => value ?? 'us-east-1'),
  EXT_CACHE_ROOT: text,
  EXT_CACHE_MAX_BYTES: text,
  EXT_STATIC_STRICT_VALIDATION: flag(true),
  EXT_STATIC_MAX_FILE_BYTES: lenient(undefined, 0),
  EXT_UI_CONTENT_SECURITY_POLICY: text,
  EXT_UI_FRAME_ANCESTORS: text,
  EXT_EGRESS_ALLOWLIST: text,
  STORAGE_API_BASE_URL: url,
  RUNNER_STORAGE_API_TOKEN: text,
  RUNNER_SERVICE_TOKEN: text,
  UI_PROXY_BASE_URL: text,
  UI_PROXY_TIMEOUT_MS: lenient(5000),
  VAULT_ADDR: text,
  ALGA_VAULT_ADDR: text,
  VAULT_NAMESPACE: text,
  ALGA_VAULT_TOKEN_FILE: text.transform((value) => value ?? '/run/secrets/alga_vault_token'),
  ALGA_VAULT_TRANSIT_MOUNT: text.transform((value) => value ?? 'transit'),
  SIGNING_TRUST_BUNDLE: text,
  RUNNER_DEBUG_REDIS_URL: text,
  RUNNER_DEBUG_REDIS_PASSWORD: text,
  RUNNER_DEBUG_REDIS_STREAM_PREFIX: text.transform((value) => value ?? 'ext-debug:'),
  RUNNER_DEBUG_REDIS_MAXLEN: lenient(2000),
  RUNNER_DEBUG_MAX_EVENT_BYTES: lenient(8192, 16, 16 * MIB),

  RUNNER_HOST: text.transform((value) => value ?? '0.0.0.0'),
  RUNNER_PARENT_IPC: flag(false),
  RUNNER_DRAIN_MS: whole(30_000),
  RUNNER_OFFLINE: flag(false),
  RUNNER_BUNDLE_LAYOUT: layout,
  RUNNER_SOURCE_MAP_DIR: text,
  RUNNER_LIVE_COMPONENT_DIR: text,
  RUNNER_STORE_TIMEOUT_MS: whole(60_000, 1),
  RUNNER_STORE_ATTEMPTS: whole(4, 1, 20),
  RUNNER_BUNDLE_MAX_BYTES: whole(200 * MIB, 1),
  RUNNER_BUNDLE_MAX_UNPACKED_BYTES: whole(1024 * MIB, 1),
  RUNNER_BUNDLE_MAX_FILE_BYTES: whole(512 * MIB, 1),
  RUNNER_BUNDLE_MAX_ENTRIES: whole(20_000, 1),
  RUNNER_UI_MEMORY_BYTES: whole(64 * MIB),
  RUNNER_MAX_BODY_BYTES: whole(2 * MIB, 1),
  RUNNER_DEFAULT_TIMEOUT_MS: whole(30_000, 1),
  RUNNER_MAX_TIMEOUT_MS: whole(300_000, 1),
  RUNNER_DEFAULT_MEMORY_MB: whole(256, 1),
  RUNNER_MAX_MEMORY_MB: whole(1024, 1),
  RUNNER_IDEMPOTENCY_MAX_ENTRIES: whole(10_000),
  RUNNER_IDEMPOTENCY_MAX_BYTES: whole(64 * MIB),
  RUNNER_IDEMPOTENCY_TTL_MS: whole(24 * 60 * 60 * 1000, 1),
  RUNNER_REGISTRY_LOOKUP_TIMEOUT_MS: whole(5000, 1),
  RUNNER_REGISTRY_VALIDATE_TIMEOUT_MS: whole(750, 1),
  RUNNER_WORKERS: whole(0, 0, 256),
  RUNNER_QUEUE_MAX: whole(2048),
  RUNNER_QUEUE_MAX_PER_EXTENSION: whole(512),
  RUNNER_QUEUE_MAX_WAIT_MS: whole(15_000, 1),
  RUNNER_CONCURRENCY_PER_EXTENSION: whole(0),
  RUNNER_COMPILED_MAX_BYTES: whole(512 * MIB, 1),
  RUNNER_MAX_RESPONSE_BYTES: whole(10 * MIB, 1),
  RUNNER_MAX_LOG_LINE_BYTES: whole(64 * 1024, 16),
  RUNNER_EGRESS_ALLOW_PRIVATE: flag(false),
  RUNNER_EGRESS_TIMEOUT_MS: whole(30_000, 1),
  RUNNER_EGRESS_MAX_RESPONSE_BYTES: whole(10 * MIB, 1),
  RUNNER_HOST_API_TIMEOUT_MS: whole(30_000, 1),
  RUNNER_HOST_API_MAX_RESPONSE_BYTES: whole(16 * MIB, 1),
  RUNNER_VAULT_TIMEOUT_MS: whole(10_000, 1),
  RUNNER_DEBUG_HTTP_URL: url,
  RUNNER_DEBUG_QUEUE_MAX: whole(10_000, 1),
});

export type Environment = z.infer<typeof environmentSchema>;
