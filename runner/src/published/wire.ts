/** What a runner and its callers say to each other over HTTP. Types only; the runner validates. */

/** Body of `POST /v1/execute`. Fields the runner does not know are ignored. */
export interface ExecuteWireRequest {
  readonly context: {
    readonly request_id?: string | null;
    readonly tenant_id: string;
    readonly extension_id: string;
    readonly install_id?: string | null;
    /** 64 hex digits, with or without `sha256:`. */
    readonly content_hash: string;
    readonly version_id?: string | null;
    readonly config?: Readonly<Record<string, string>>;
  };
  readonly http: {
    readonly method: string;
    readonly path: string;
    readonly query?: Readonly<Record<string, string>>;
    readonly headers?: Readonly<Record<string, string>>;
    /** Standard padded base64; an empty string is an empty body, null is no body. */
    readonly body_b64?: string | null;
  };
  readonly limits: {
    readonly timeout_ms?: number | null;
    readonly memory_mb?: number | null;
    readonly fuel?: number | null;
  };
  readonly providers?: readonly string[];
  readonly secret_envelope?: {
    readonly ciphertext_b64: string;
    readonly algorithm?: string | null;
    readonly version?: string | null;
    readonly expires_at?: string | null;
    readonly key_path?: string | null;
    readonly mount?: string | null;
  } | null;
  readonly user?: {
    readonly user_id: string;
    readonly user_email: string;
    readonly user_name: string;
    readonly user_type: string;
    readonly client_name?: string;
    readonly client_id?: string | null;
    readonly additional_fields?: Readonly<Record<string, string>>;
  } | null;
}

/** Body of every HTTP 200 of `POST /v1/execute`; the real status is the `status` field. */
export interface ExecuteWireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body_b64: string | null;
  /** Null after a guest answer; else a code of `RunnerErrorCode`, most of them followed by `: text`. */
  readonly error: string | null;
}

/** First word of the `error` of an execute answer. */
export type RunnerErrorCode =
  | 'missing_routing_headers'
  | 'engine_init_failed'
  | 'bundle_fetch_failed'
  | 'unknown_capabilities'
  | 'secret_decrypt_failed'
  | 'execute_failed'
  | 'overloaded';

/** Body of `POST /warmup`. */
export interface WarmupWireRequest {
  readonly tenant_id: string;
  readonly extension_id: string;
  readonly content_hash: string;
  /** Key of what lies in the live folder: made ready in place of a bundle (empty hash), else compared with it. */
  readonly live_component?: string;
  /**
   * Name of a tar in the live folder. In place of a bundle (empty hash): it is still being compressed, and unpacked
   * meanwhile. With a hash: that bundle was made from it, and its files are these.
   */
  readonly live_archive?: string;
  /** Unix milliseconds of its last use: when caches are short of room, what was used later stays. */
  readonly used_at?: number;
  /** Also makes an instance, and so tells what only shows then: a missing import or handler, a start that traps. */
  readonly instantiate?: boolean;
}

/** What a runner with `RUNNER_PARENT_IPC` tells its parent: that it serves, and what answers for an extension. */
export type RunnerMessage =
  | { readonly type: 'ready'; readonly port: number }
  | { readonly type: 'in-use'; readonly bundle: WarmupWireRequest };

/** Body of a 200 of `POST /warmup`. */
export interface WarmupWireAnswer {
  readonly warm: true;
  /** `sha256:` and 64 hex digits. */
  readonly content_hash: string;
  /** False for a bundle without a handler: its files are there, nothing was compiled. */
  readonly component: boolean;
  /** Whether the bundle's handler starts exactly as the live one that was named; absent when none was, or is gone. */
  readonly same_as_live?: boolean;
  readonly ms: number;
}

/** Body of `GET /healthz`. */
export interface HealthWireAnswer {
  readonly cache_writable: boolean;
  readonly bundle_store: 'ok' | 'bundle_store_unreachable' | 'http_client_init_failed';
  readonly ext_cache_max_bytes: string | null;
  readonly kind: 'alga-runner-node';
  readonly version: string;
  readonly features: readonly string[];
}

/** One debug event in the body of a batch (`{"events": [...]}`) posted to `RUNNER_DEBUG_HTTP_URL`. */
export interface DebugWireEvent {
  /** Unix milliseconds. */
  readonly ts: number;
  readonly level: 'info' | 'warn' | 'error';
  readonly stream: 'log' | 'stdout' | 'stderr';
  readonly tenantId?: string;
  readonly extensionId?: string;
  readonly installId?: string;
  readonly requestId?: string;
  readonly versionId?: string;
  readonly contentHash?: string;
  readonly message: string;
  readonly truncated: boolean;
}
