/** Where the runner finds bundles; the same fields as the object store of a stack. */
export interface RunnerStore {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region: string;
  readonly bucket: string;
}

/** How a session's runner is set up. */
export interface RunnerOptions {
  /** Base URL for resolving installs, and for the internal APIs that guests reach through the runner. */
  readonly registryBaseUrl: string;
  readonly storageApiBaseUrl: string;
  /** `x-api-key` of its calls to the registry. */
  readonly authKey: string;
  /** `x-runner-auth` of its calls on behalf of guests. */
  readonly serviceToken: string;
  readonly store: RunnerStore;
  /** Absolute path of the bundle cache. */
  readonly cacheRoot: string;
  /** Absolute path of a folder with `<hash>.map` files: source maps of components. */
  readonly sourceMapDir?: string;
  /** Absolute path of a folder with `<key>.wasm` files: components that answer before they are published. */
  readonly liveComponentDir?: string;
  /** Where guest logs go. */
  readonly debugUrl?: string;
  /** How many extensions it serves; 1 unless said otherwise. */
  readonly extensions?: number;
  /** First choice of the public port; 8085 unless said otherwise. */
  readonly preferredPort?: number;
  /** Absolute path of the file its own output goes to. */
  readonly logFile?: string;
  /** More environment variables, stronger than the ones above. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * How long the runner waits to hear whether an install is there. A session that publishes many
 * extensions at once may be busy for longer than a deployed registry, and its pages must not be
 * answered with 404 for that.
 */
const VALIDATE_TIMEOUT_MS = 10_000;

/**
 * Every save makes a new component; what a session's runner keeps compiled is enough for the engine and the
 * last ones of each extension, not for all of a day.
 */
const ENGINE_BYTES = 48 * 1024 * 1024;
const EXTENSION_BYTES = 16 * 1024 * 1024;

/**
 * Buffers from this size on go back to the system as soon as they are freed (Linux). Without it, those of
 * the components that were read, unpacked and prepared stay with the process.
 */
const RETURNED_FROM_BYTES = 1024 * 1024;

/** The environment of a runner process: the official runner's variables, and those only ours reads. */
export function runnerEnvironment(options: RunnerOptions): Record<string, string> {
  const { store } = options;
  return {
    ...inherited(),
    PORT: '0',
    RUNNER_HOST: '127.0.0.1',
    RUNNER_PARENT_IPC: '1',
    MALLOC_MMAP_THRESHOLD_: String(RETURNED_FROM_BYTES),
    RUNNER_COMPILED_MAX_BYTES: String(ENGINE_BYTES + (options.extensions ?? 1) * EXTENSION_BYTES),
    ALGA_AUTH_KEY: options.authKey,
    REGISTRY_BASE_URL: options.registryBaseUrl,
    STORAGE_API_BASE_URL: options.storageApiBaseUrl,
    RUNNER_STORAGE_API_TOKEN: options.serviceToken,
    RUNNER_SERVICE_TOKEN: options.serviceToken,
    RUNNER_REGISTRY_VALIDATE_TIMEOUT_MS: String(VALIDATE_TIMEOUT_MS),
    BUNDLE_STORE_BASE: `${store.endpoint.replace(/\/$/, '')}/${store.bucket}`,
    S3_ACCESS_KEY: store.accessKey,
    S3_SECRET_KEY: store.secretKey,
    S3_REGION: store.region,
    EXT_CACHE_ROOT: options.cacheRoot,
    ...(options.sourceMapDir ? { RUNNER_SOURCE_MAP_DIR: options.sourceMapDir } : {}),
    ...(options.liveComponentDir ? { RUNNER_LIVE_COMPONENT_DIR: options.liveComponentDir } : {}),
    ...(options.debugUrl ? { RUNNER_DEBUG_HTTP_URL: options.debugUrl } : {}),
    ...options.env,
  };
}

/**
 * The few variables a Node process needs of its parent. Everything else stays outside: the runner
 * executes code that is not ours, and an author's shell is full of secrets.
 */
function inherited(): Record<string, string> {
  const names = [
    'PATH',
    'HOME',
    'TMPDIR',
    'TEMP',
    'TMP',
    'SYSTEMROOT',
    'LANG',
    'LC_ALL',
    'TZ',
    'ALGA_HOME',
    'EXT_EGRESS_ALLOWLIST',
  ];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
