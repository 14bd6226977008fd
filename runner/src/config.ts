import { readFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Environment, environmentSchema } from './env.js';
import type { EngineOptions } from './executable.js';
import { hasCode } from './net/text.js';

/** A start refused because of the environment; the message names every variable at fault. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export interface StoreSettings {
  /** Undefined: not configured, nothing can be downloaded. */
  readonly baseUrl?: URL;
  readonly credentials?: { readonly accessKey: string; readonly secretKey: string };
  readonly region: string;
  /** Where bundles are looked for; `fallback` is the tenant's key first, then the canonical one. */
  readonly layout: 'tenant' | 'canonical' | 'fallback';
  readonly timeoutMs: number;
  /** Tries of one download, the first one included. */
  readonly attempts: number;
}

export interface BundleBounds {
  /** Of the compressed archive. */
  readonly maxBytes: number;
  /** Of everything in it together, and of one file. */
  readonly maxUnpackedBytes: number;
  readonly maxFileBytes: number;
  /** Entries of the archive, the skipped ones included. */
  readonly maxEntries: number;
}

export interface RunnerConfig {
  readonly host: string;
  readonly port: number;
  readonly parentIpc: boolean;
  readonly drainMs: number;
  readonly logLevel: string;
  readonly registry: {
    readonly baseUrl: URL;
    readonly authKey: string;
    readonly lookupTimeoutMs: number;
    readonly validateTimeoutMs: number;
  };
  readonly store: StoreSettings;
  readonly cache: {
    readonly root: string;
    readonly maxBytes: number;
    /** The variable as it was written, for the health answer. */
    readonly maxBytesText: string | null;
    readonly offline: boolean;
    readonly bounds: BundleBounds;
    /** PEM text or the path of a PEM file; set: only signed bundles run. */
    readonly trustBundle?: string;
    readonly sourceMapDir?: string;
    /** Where a dev server leaves components that answer before their bundle is published. */
    readonly liveComponentDir?: string;
  };
  readonly ui: {
    readonly strict: boolean;
    readonly maxFileBytes?: number;
    readonly memoryBytes: number;
    readonly contentSecurityPolicy?: string;
    readonly frameAncestors?: string;
  };
  readonly execute: {
    readonly maxBodyBytes: number;
    readonly defaultTimeoutMs: number;
    readonly defaultMemoryMb: number;
  };
  readonly idempotency: { readonly maxEntries: number; readonly maxBytes: number; readonly ttlMs: number };
  readonly engine: Omit<EngineOptions, 'debug' | 'log'>;
  readonly debug: {
    readonly http?: { readonly url: URL; readonly token: string };
    readonly redis?: {
      readonly url: string;
      readonly password?: string;
      readonly streamPrefix: string;
      readonly maxLength: number;
    };
    readonly maxEventBytes: number;
    readonly queueMax: number;
  };
}

/**
 * Reads and checks the whole environment, and the auth key file when the key itself is not set.
 * Throws `ConfigError` when something needed is missing or unreadable.
 */
export async function loadConfig(variables: NodeJS.ProcessEnv): Promise<RunnerConfig> {
  const parsed = environmentSchema.safeParse(variables);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
    throw new ConfigError(faults.join('; '));
  }
  const env = parsed.data;
  const registryUrl = env.REGISTRY_BASE_URL;
  if (registryUrl === undefined) throw new ConfigError('REGISTRY_BASE_URL must be set');
  const authKey = env.ALGA_AUTH_KEY ?? (await readKeyFile(env.ALGA_AUTH_KEY_FILE));
  return {
    host: env.RUNNER_HOST,
    port: env.PORT,
    parentIpc: env.RUNNER_PARENT_IPC,
    drainMs: env.RUNNER_DRAIN_MS,
    logLevel: logLevelOf(env.RUST_LOG),
    registry: {
      baseUrl: registryUrl,
      authKey,
      lookupTimeoutMs: env.RUNNER_REGISTRY_LOOKUP_TIMEOUT_MS,
      validateTimeoutMs: env.RUNNER_REGISTRY_VALIDATE_TIMEOUT_MS,
    },
    store: storeOf(env),
    cache: cacheOf(env),
    ui: uiOf(env),
    execute: {
      maxBodyBytes: env.RUNNER_MAX_BODY_BYTES,
      defaultTimeoutMs: env.RUNNER_DEFAULT_TIMEOUT_MS,
      defaultMemoryMb: env.RUNNER_DEFAULT_MEMORY_MB,
    },
    idempotency: {
      maxEntries: env.RUNNER_IDEMPOTENCY_MAX_ENTRIES,
      maxBytes: env.RUNNER_IDEMPOTENCY_MAX_BYTES,
      ttlMs: env.RUNNER_IDEMPOTENCY_TTL_MS,
    },
    engine: engineOf(env, registryUrl),
    debug: debugOf(env),
  };
}

async function readKeyFile(path: string): Promise<string> {
  try {
    const key = (await readFile(path, 'utf8')).trim();
    if (key !== '') return key;
    throw new ConfigError(`ALGA_AUTH_KEY is not set and the key file ${path} is empty`);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) {
      throw new ConfigError(`ALGA_AUTH_KEY is not set and there is no key file ${path}`);
    }
    throw error;
  }
}

/** The first bare level of a `RUST_LOG` filter such as `info,hyper=warn`, in pino's names. */
function logLevelOf(filter: string | undefined): string {
  const levels = ['trace', 'debug', 'info', 'warn', 'error'];
  const words = (filter ?? 'info').split(',').map((word) => word.trim().toLowerCase());
  if (words.includes('off')) return 'silent';
  return words.find((word) => levels.includes(word)) ?? 'info';
}

function storeOf(env: Environment): StoreSettings {
  const accessKey = env.S3_ACCESS_KEY ?? env.MINIO_ACCESS_KEY;
  const secretKey = env.S3_SECRET_KEY ?? env.MINIO_SECRET_KEY;
  return {
    ...(env.BUNDLE_STORE_BASE && { baseUrl: env.BUNDLE_STORE_BASE }),
    ...(accessKey !== undefined && secretKey !== undefined && { credentials: { accessKey, secretKey } }),
    region: env.S3_REGION,
    layout: env.RUNNER_BUNDLE_LAYOUT,
    timeoutMs: env.RUNNER_STORE_TIMEOUT_MS,
    attempts: env.RUNNER_STORE_ATTEMPTS,
  };
}

const DEFAULT_CACHE_BYTES = 4 * 1024 ** 3;

function cacheOf(env: Environment): RunnerConfig['cache'] {
  const maxBytes = Number(env.EXT_CACHE_MAX_BYTES ?? Number.NaN);
  const temporary = process.platform === 'win32' ? tmpdir() : '/tmp';
  return {
    root: env.EXT_CACHE_ROOT ?? join(temporary, 'alga-ext-cache'),
    maxBytes: Number.isSafeInteger(maxBytes) && maxBytes > 0 ? maxBytes : DEFAULT_CACHE_BYTES,
    maxBytesText: env.EXT_CACHE_MAX_BYTES ?? null,
    offline: env.RUNNER_OFFLINE,
    bounds: {
      maxBytes: env.RUNNER_BUNDLE_MAX_BYTES,
      maxUnpackedBytes: env.RUNNER_BUNDLE_MAX_UNPACKED_BYTES,
      maxFileBytes: env.RUNNER_BUNDLE_MAX_FILE_BYTES,
      maxEntries: env.RUNNER_BUNDLE_MAX_ENTRIES,
    },
    ...(env.SIGNING_TRUST_BUNDLE !== undefined && { trustBundle: env.SIGNING_TRUST_BUNDLE }),
    ...(env.RUNNER_SOURCE_MAP_DIR !== undefined && { sourceMapDir: env.RUNNER_SOURCE_MAP_DIR }),
    ...(env.RUNNER_LIVE_COMPONENT_DIR !== undefined && { liveComponentDir: env.RUNNER_LIVE_COMPONENT_DIR }),
  };
}

function uiOf(env: Environment): RunnerConfig['ui'] {
  return {
    strict: env.EXT_STATIC_STRICT_VALIDATION,
    memoryBytes: env.RUNNER_UI_MEMORY_BYTES,
    ...(env.EXT_STATIC_MAX_FILE_BYTES !== undefined && { maxFileBytes: env.EXT_STATIC_MAX_FILE_BYTES }),
    ...(env.EXT_UI_CONTENT_SECURITY_POLICY !== undefined && {
      contentSecurityPolicy: env.EXT_UI_CONTENT_SECURITY_POLICY,
    }),
    ...(env.EXT_UI_FRAME_ANCESTORS !== undefined && { frameAncestors: env.EXT_UI_FRAME_ANCESTORS }),
  };
}

function engineOf(env: Environment, registryUrl: URL): RunnerConfig['engine'] {
  // A worker waits while its guest waits for the host, so there are more of them than busy cores.
  const workers = env.RUNNER_WORKERS || Math.max(4, availableParallelism());
  const token = serviceTokenOf(env);
  const vaultAddress = env.VAULT_ADDR ?? env.ALGA_VAULT_ADDR;
  return {
    workers,
    queue: {
      max: env.RUNNER_QUEUE_MAX,
      maxPerExtension: env.RUNNER_QUEUE_MAX_PER_EXTENSION,
      maxWaitMs: env.RUNNER_QUEUE_MAX_WAIT_MS,
      concurrencyPerExtension: env.RUNNER_CONCURRENCY_PER_EXTENSION || Math.max(1, workers - 1),
    },
    compiledMaxBytes: env.RUNNER_COMPILED_MAX_BYTES,
    maxResponseBytes: env.RUNNER_MAX_RESPONSE_BYTES,
    maxLogLineBytes: env.RUNNER_MAX_LOG_LINE_BYTES,
    maxTimeoutMs: env.RUNNER_MAX_TIMEOUT_MS,
    maxMemoryMb: env.RUNNER_MAX_MEMORY_MB,
    egress: {
      allowlist: (env.EXT_EGRESS_ALLOWLIST ?? '')
        .split(',')
        .map((entry) => entry.trim().toLowerCase())
        .filter((entry) => entry !== ''),
      privateHosts: env.RUNNER_EGRESS_ALLOW_PRIVATE ? 'allowed' : 'listed',
      timeoutMs: env.RUNNER_EGRESS_TIMEOUT_MS,
      maxResponseBytes: env.RUNNER_EGRESS_MAX_RESPONSE_BYTES,
    },
    hostApi: {
      baseUrl: apiBaseOf(env.STORAGE_API_BASE_URL ?? registryUrl),
      ...(token !== undefined && { token }),
      timeoutMs: env.RUNNER_HOST_API_TIMEOUT_MS,
      maxResponseBytes: env.RUNNER_HOST_API_MAX_RESPONSE_BYTES,
    },
    uiProxy: {
      ...(env.UI_PROXY_BASE_URL !== undefined && { baseUrl: env.UI_PROXY_BASE_URL }),
      timeoutMs: env.UI_PROXY_TIMEOUT_MS,
    },
    vault: {
      ...(vaultAddress !== undefined && { address: vaultAddress }),
      ...(env.VAULT_NAMESPACE !== undefined && { namespace: env.VAULT_NAMESPACE }),
      tokenFile: env.ALGA_VAULT_TOKEN_FILE,
      transitMount: env.ALGA_VAULT_TRANSIT_MOUNT,
      timeoutMs: env.RUNNER_VAULT_TIMEOUT_MS,
    },
  };
}

/** Token of every call to the host, debug batches included. */
function serviceTokenOf(env: Environment): string | undefined {
  return env.RUNNER_STORAGE_API_TOKEN ?? env.RUNNER_SERVICE_TOKEN;
}

/** Base of the internal APIs: without trailing slashes and without one final `/api`. */
function apiBaseOf(url: URL): string {
  return url.href.replace(/\/+$/, '').replace(/\/api$/, '');
}

function debugOf(env: Environment): RunnerConfig['debug'] {
  const redisUrl = env.RUNNER_DEBUG_REDIS_URL;
  return {
    ...(env.RUNNER_DEBUG_HTTP_URL && {
      http: { url: env.RUNNER_DEBUG_HTTP_URL, token: serviceTokenOf(env) ?? '' },
    }),
    ...(redisUrl !== undefined && {
      redis: {
        url: redisUrl,
        ...(env.RUNNER_DEBUG_REDIS_PASSWORD !== undefined && { password: env.RUNNER_DEBUG_REDIS_PASSWORD }),
        streamPrefix: env.RUNNER_DEBUG_REDIS_STREAM_PREFIX,
        maxLength: env.RUNNER_DEBUG_REDIS_MAXLEN,
      },
    }),
    maxEventBytes: env.RUNNER_DEBUG_MAX_EVENT_BYTES,
    queueMax: env.RUNNER_DEBUG_QUEUE_MAX,
  };
}
