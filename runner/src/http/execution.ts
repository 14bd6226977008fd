import type { BundleCache } from '../cache/bundle-cache.js';
import { BundleError } from '../cache/errors.js';
import { componentOf } from '../cache/executables.js';
import type { LiveComponents } from '../cache/live-components.js';
import type { BundleSource } from '../cache/object-key.js';
import type { DebugSink, Engine, Executable, ExecuteFailure, ExecuteRequest } from '../executable.js';
import type { Metrics } from '../metrics/metrics.js';
import type { ExecuteWireAnswer, RunnerErrorCode } from '../published/wire.js';
import { guestAnswer, refusal } from './execute-answer.js';
import { type ExecuteDefaults, executeRequestOf } from './execute-request.js';
import type { ExecuteBody } from './execute-schema.js';
import { grantsOf } from './providers.js';

export interface ExecutionOptions extends ExecuteDefaults {
  readonly cache: BundleCache;
  readonly engine: Engine;
  /** Why nothing can be executed at all; undefined when all is well. */
  readonly initFault: () => string | undefined;
  readonly debug: DebugSink;
  readonly metrics: Metrics;
  readonly sourceMapDir?: string;
  readonly live: LiveComponents;
}

/** What became of a call, before it is an answer: `retry` when the bundle vanished under it. */
type Attempt = ExecuteWireAnswer | 'retry';

/** Runs the handler of a bundle for checked requests. Never throws for what a caller or guest did. */
export class Execution {
  readonly #options: ExecutionOptions;

  constructor(options: ExecutionOptions) {
    this.#options = options;
  }

  /**
   * `source` names the object the bundle is fetched from; the body's context is the guest's. A live
   * component that is there answers in place of the bundle's.
   */
  async run(
    body: ExecuteBody,
    source: BundleSource,
    signal: AbortSignal,
    liveKey?: string,
  ): Promise<ExecuteWireAnswer> {
    const fault = this.#options.initFault();
    if (fault !== undefined) return this.refuse('engine_init_failed', fault);
    const live = await this.#options.live.find(liveKey);
    if (live !== undefined) {
      const answer = await this.#execute(live, body, signal, async () => !(await this.#isLive(live)));
      if (answer !== 'retry') return answer;
    }
    const first = await this.#attempt(body, source, signal);
    const answer = first === 'retry' ? await this.#attempt(body, source, signal) : first;
    return answer === 'retry' ? this.refuse('bundle_fetch_failed', 'bundle vanished from the cache') : answer;
  }

  /** The answer to a call that is refused with this code, counted as that. */
  refuse(code: RunnerErrorCode, message = '', reason = ''): ExecuteWireAnswer {
    this.#options.metrics.failed(code, reason);
    return refusal(code, message);
  }

  async #attempt(body: ExecuteBody, source: BundleSource, signal: AbortSignal): Promise<Attempt> {
    const { cache, sourceMapDir } = this.#options;
    const lease = await cache.acquire(body.context.content_hash, source).catch(asBundleError);
    if (lease instanceof BundleError) return this.refuse('bundle_fetch_failed', lease.message, lease.fault);
    try {
      const executable = componentOf(lease.bundle, sourceMapDir);
      if (executable === undefined) {
        return this.refuse('bundle_fetch_failed', 'bundle has no dist/main.wasm', 'no_component');
      }
      return await this.#execute(executable, body, signal, () => cache.forgetIfGone(lease.bundle.hex));
    } finally {
      lease.release();
    }
  }

  /** `isGone` is asked when the component could not even be read: then the call may be made again. */
  async #execute(
    executable: Executable,
    body: ExecuteBody,
    signal: AbortSignal,
    isGone: () => Promise<boolean>,
  ): Promise<Attempt> {
    const { granted, unknown } = grantsOf(body.providers ?? []);
    if (unknown.length > 0) return this.refuse('unknown_capabilities', unknown.join(', '));
    const request = executeRequestOf(body, granted, this.#options);
    if (request === undefined) return this.refuse('execute_failed', 'http.body_b64 is not valid base64');
    const outcome = await this.#options.engine.execute(executable, request, signal);
    if (outcome.kind === 'answer') {
      this.#options.metrics.executed(outcome.ms);
      return guestAnswer(outcome);
    }
    const vanished = outcome.reason === 'init' && (await isGone());
    return vanished ? 'retry' : this.#fail(request, outcome);
  }

  async #isLive({ hash }: Executable): Promise<boolean> {
    return (await this.#options.live.find(hash)) !== undefined;
  }

  #fail(request: ExecuteRequest, failure: ExecuteFailure): ExecuteWireAnswer {
    const what =
      failure.code === 'secret_decrypt_failed' ? 'secret envelope decryption failed' : 'execute failed';
    const stack = failure.stack === undefined ? '' : `\n${failure.stack}`;
    this.#options.debug.emit({
      ts: Date.now(),
      level: 'error',
      stream: 'log',
      tenantId: request.tenantId,
      extensionId: request.extensionId,
      ...(request.installId !== undefined && { installId: request.installId }),
      ...(request.requestId !== undefined && { requestId: request.requestId }),
      ...(request.versionId !== undefined && { versionId: request.versionId }),
      contentHash: request.contentHash,
      message: `${what}: ${failure.message}${stack}`,
    });
    return this.refuse(failure.code, failure.message, failure.reason);
  }
}

function asBundleError(error: unknown): BundleError {
  if (error instanceof BundleError) return error;
  throw error;
}
