/**
 * The door between the HTTP side of the runner and the engine that runs guest code.
 *
 * The HTTP side decides *what* may run (headers, bundle, capabilities), the engine decides *how*
 * (worker threads, isolation, limits, host calls). Neither knows more of the other than this file.
 */

/** A WebAssembly component of the world `alga:extension/runner`, unpacked on disk. */
export interface ComponentExecutable {
  readonly kind: 'component';
  /** Lower-case hex SHA-256 of the bundle it came from: the key of everything compiled from it. */
  readonly hash: string;
  /** Absolute path of the component. Stays readable while a call with it is under way. */
  readonly file: string;
  /** Lower-case hex SHA-256 of the component itself: what was made ready of the same one serves for it. */
  readonly componentHash?: string;
  /** Absolute path of the source map of the author's code, when the bundle carries one. */
  readonly sourceMapFile?: string;
}

/**
 * The state of a component that has been loaded, as what differs from another component of the same
 * structure: what a dev server has of a handler before its component is written.
 */
export interface ImageExecutable {
  readonly kind: 'image';
  /** Key of the image: 64 hex digits. */
  readonly hash: string;
  /** Absolute path of the image; the component that it is a difference to lies beside it as `<template key>.wasm`. */
  readonly file: string;
  readonly sourceMapFile?: string;
}

/** What the engine can run. */
export type Executable = ComponentExecutable | ImageExecutable;

/** The caller as the gateway knows them. */
export interface RequestUser {
  readonly userId: string;
  readonly userEmail: string;
  readonly userName: string;
  readonly userType: string;
  readonly clientName: string;
  readonly clientId?: string;
  readonly additionalFields: Readonly<Record<string, string>>;
}

/** Secrets of the install, still closed. */
export interface SecretEnvelope {
  readonly ciphertextB64: string;
  readonly algorithm?: string;
  readonly version?: string;
  /** RFC 3339. */
  readonly expiresAt?: string;
  readonly keyPath?: string;
  readonly mount?: string;
}

export interface ExecuteRequest {
  readonly requestId?: string;
  readonly tenantId: string;
  readonly extensionId: string;
  readonly installId?: string;
  readonly versionId?: string;
  /** As the caller wrote it, lower-cased (with or without `sha256:`); shown to nobody but logs and events. */
  readonly contentHash: string;
  readonly config: Readonly<Record<string, string>>;
  readonly http: {
    readonly method: string;
    /** Path and query. */
    readonly url: string;
    readonly headers: ReadonlyArray<readonly [string, string]>;
    /** Undefined is "no body"; an empty array is an empty body. */
    readonly body?: Uint8Array;
  };
  readonly limits: { readonly timeoutMs: number; readonly memoryMb: number };
  /** Granted capabilities, normalised, the three default ones included. */
  readonly providers: ReadonlySet<string>;
  readonly user?: RequestUser;
  readonly secretEnvelope?: SecretEnvelope;
}

/** Everything of a request but what it asks. */
export type StartRequest = Omit<ExecuteRequest, 'http'>;

/** Wall-clock milliseconds of the parts of one call. */
export interface ExecuteTimings {
  /** Waiting for a free worker. */
  readonly queue: number;
  /** Compiling, 0 when it was compiled before. */
  readonly prepare: number;
  /** Making the instance and running the guest. */
  readonly run: number;
}

export interface GuestAnswer {
  readonly kind: 'answer';
  readonly status: number;
  /** In guest order, names as the guest wrote them, duplicates kept. */
  readonly headers: ReadonlyArray<readonly [string, string]>;
  readonly body?: Uint8Array;
  readonly ms: ExecuteTimings;
}

export type FailureCode = 'engine_init_failed' | 'execute_failed' | 'secret_decrypt_failed' | 'overloaded';

/**
 * `init`: nothing of the guest has run (the component could not be read or compiled), so the call may
 * be made again.
 */
export type FailureReason =
  | 'trap'
  | 'timeout'
  | 'memory'
  | 'import'
  | 'exports'
  | 'response'
  | 'queue'
  | 'secret'
  | 'init';

export interface ExecuteFailure {
  readonly kind: 'failure';
  readonly code: FailureCode;
  readonly reason: FailureReason;
  /** One line for the caller; holds no secret. */
  readonly message: string;
  /** Guest stack, mapped to the author's source where a map was found. Goes to debug events only. */
  readonly stack?: string;
}

/**
 * The engine never throws for what a guest or a caller did; a thrown error is a fault of the runner.
 * It emits what the guest writes (logs, stdout, stderr) to its debug sink; the event of a failure is
 * emitted by the caller of `execute`, once, from `message` and `stack`.
 */
export type ExecuteOutcome = GuestAnswer | ExecuteFailure;

/** A snapshot for `/metrics`. Counters only ever grow; the rest are current values. */
export interface EngineStats {
  /** Worker threads alive. */
  readonly workers: number;
  /** Calls being run now. */
  readonly running: number;
  /** Calls waiting for a worker now. */
  readonly queued: number;
  /** Compiled executables held, and how much memory they are reckoned to take. */
  readonly compiled: number;
  readonly compiledBytes: number;
  /** Counters since start. */
  readonly instancesCreated: number;
  readonly workersReplaced: number;
  readonly compileHits: number;
  readonly compileMisses: number;
  readonly egressBytesSent: number;
  readonly egressBytesReceived: number;
}

export interface Engine {
  /** Resolves once a call can be served. */
  start(): Promise<void>;
  /** Ends every worker; calls under way end as `execute_failed`. Idempotent. */
  stop(): Promise<void>;
  /**
   * Compiles ahead of the first call; rejects when the component cannot be compiled. `usedAt`: when it was
   * last used, in Unix milliseconds, unless that is now.
   */
  prepare(executable: Executable, usedAt?: number): Promise<void>;
  /** Whether instances of two executables start exactly alike: then every request gets the same answer. */
  same(one: Executable, other: Executable): Promise<boolean>;
  /** Runs one request on a fresh, isolated instance. Aborting the signal frees the worker at once. */
  execute(executable: Executable, request: ExecuteRequest, signal: AbortSignal): Promise<ExecuteOutcome>;
  /** Makes an instance and calls nothing: whether a component starts at all. Answers 204 when it does. */
  tryStart(executable: Executable, request: StartRequest, signal: AbortSignal): Promise<ExecuteOutcome>;
  /** Forgets what was compiled from a bundle (it was evicted from disk). Unknown hashes are fine. */
  forget(hash: string): void;
  stats(): EngineStats;
}

export type DebugLevel = 'info' | 'warn' | 'error';
export type DebugStream = 'log' | 'stdout' | 'stderr';

/** One line a guest wrote, or one failure of a guest, with the ids of the request it belongs to. */
export interface DebugEvent {
  /** Unix milliseconds. */
  readonly ts: number;
  readonly level: DebugLevel;
  readonly stream: DebugStream;
  readonly tenantId?: string;
  readonly extensionId?: string;
  readonly installId?: string;
  readonly requestId?: string;
  readonly versionId?: string;
  readonly contentHash?: string;
  readonly message: string;
}

export interface DebugSink {
  /** Takes the event and returns at once; never throws, drops when it cannot keep up. */
  emit(event: DebugEvent): void;
}

/** The part of a logger the engine needs; pino loggers have this shape. */
export interface EngineLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Everything the engine may do or reach, read from the environment once by `config.ts`. */
export interface EngineOptions {
  /** Worker threads that may run guests at the same time. */
  readonly workers: number;
  readonly queue: {
    /** Calls that may wait in all, and for one tenant + extension; beyond that: `overloaded`. */
    readonly max: number;
    readonly maxPerExtension: number;
    /** Longest wait; beyond that: `overloaded`. */
    readonly maxWaitMs: number;
    /** Calls of one tenant + extension that may run at the same time. */
    readonly concurrencyPerExtension: number;
  };
  /** Bound on memory of compiled executables kept; the least recently used one goes first. */
  readonly compiledMaxBytes: number;
  /** Largest response body and largest single log line of a guest. */
  readonly maxResponseBytes: number;
  readonly maxLogLineBytes: number;
  /** Hard ceilings over what a request asks for. */
  readonly maxTimeoutMs: number;
  readonly maxMemoryMb: number;
  readonly egress: {
    /** Lower-case hosts; empty allows every public host. */
    readonly allowlist: readonly string[];
    /** Whether loopback and private addresses need an entry in the list, or may all be called. */
    readonly privateHosts: 'listed' | 'allowed';
    readonly timeoutMs: number;
    readonly maxResponseBytes: number;
  };
  readonly hostApi: {
    /** Undefined when no base is configured: every call then answers `internal`. */
    readonly baseUrl?: string;
    readonly token?: string;
    readonly timeoutMs: number;
    readonly maxResponseBytes: number;
  };
  readonly uiProxy: { readonly baseUrl?: string; readonly timeoutMs: number };
  readonly vault: {
    readonly address?: string;
    readonly namespace?: string;
    readonly tokenFile: string;
    readonly transitMount: string;
    readonly timeoutMs: number;
  };
  readonly debug: DebugSink;
  readonly log: EngineLogger;
}
