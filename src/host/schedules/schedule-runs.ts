import { randomUUID } from 'node:crypto';
import { textOf } from '../../core/errors/alga-error.js';
import type { ScheduledJob } from '../../registry/index.js';
import type { RequestGate } from '../extensions/request-gate.js';
import { executeContext } from '../gateway/execute-request.js';
import type { GatewayData, Hydration } from '../gateway/gateway-data.js';
import type { RequestLog } from '../requests/request-log.js';
import type { RequestTrace } from '../requests/request-trace.js';
import type { RunnerCalls, RunnerOutcome } from '../runner/runner-calls.js';

/** Largest answer a scheduled run may give. */
const MAX_ANSWER_BYTES = 262_144;
const ATTEMPTS = 3;

export interface ScheduleRunOptions {
  readonly data: Pick<GatewayData, 'hydrate'>;
  readonly runner: RunnerCalls;
  readonly requests: RequestLog;
  readonly gate: RequestGate;
  readonly timeoutMs: number;
  readonly scheduler: {
    recordRun(scheduleId: string, outcome: { status: 'success' | 'error'; error?: string }): Promise<void>;
    switchOff(scheduleId: string): Promise<void>;
  };
}

/** What a run came to. */
export type RunResult =
  | { readonly status: 'success' | 'skipped' | 'off' }
  | { readonly status: 'error'; readonly error: string };

/**
 * Runs scheduled calls as the product does: no user, no query, two headers, the payload as the body of
 * a POST, three attempts, no row in the execution log. One run of a schedule at a time.
 */
export class ScheduleRuns {
  readonly #options: ScheduleRunOptions;
  readonly #running = new Set<string>();
  #stopped = false;

  constructor(options: ScheduleRunOptions) {
    this.#options = options;
  }

  /** No attempt begins after this. */
  stop(): void {
    this.#stopped = true;
  }

  /** Never throws: the result is noted with the schedule. */
  async run(job: ScheduledJob): Promise<RunResult> {
    if (this.#running.has(job.scheduleId)) return { status: 'skipped' };
    this.#running.add(job.scheduleId);
    try {
      return await this.#attempts(job);
    } catch (error) {
      return { status: 'error', error: textOf(error) };
    } finally {
      this.#running.delete(job.scheduleId);
    }
  }

  async #attempts(job: ScheduledJob): Promise<RunResult> {
    const { scheduler } = this.#options;
    if (!job.endpoint) {
      await scheduler.switchOff(job.scheduleId);
      return { status: 'off' };
    }
    let result: RunResult = { status: 'skipped' };
    for (let attempt = 0; attempt < ATTEMPTS && result.status !== 'success' && !this.#stopped; attempt++) {
      result = await this.#attempt(job, job.endpoint);
      if (result.status === 'error') await scheduler.recordRun(job.scheduleId, result);
      else await scheduler.recordRun(job.scheduleId, { status: 'success' });
    }
    return result;
  }

  async #attempt(job: ScheduledJob, endpoint: { method: string; path: string }): Promise<RunResult> {
    const { data, gate, requests } = this.#options;
    await gate.passed(job.registryId);
    const hydration = await data.hydrate(job.tenantId, job.registryId);
    if (!hydration) return { status: 'error', error: 'The extension is not installed or switched off' };
    if (hydration.install.versionId !== job.versionId) {
      return { status: 'error', error: 'The installed version changed' };
    }
    const trace = requests.begin({
      requestId: randomUUID(),
      registryId: job.registryId,
      extension: `${hydration.install.publisher}/${hydration.install.name}`,
      origin: 'schedule',
      route: 'ext',
      method: endpoint.method,
      path: endpoint.path,
      query: {},
    });
    const outcome = await this.#execute(job, endpoint, hydration, trace);
    return this.#conclude(outcome, trace);
  }

  async #execute(
    job: ScheduledJob,
    { method, path }: { method: string; path: string },
    hydration: Hydration,
    trace: RequestTrace,
  ): Promise<RunnerOutcome> {
    const { timeoutMs, runner } = this.#options;
    const { requestId } = trace;
    const headers = { 'x-alga-tenant': job.tenantId, 'x-alga-extension': job.registryId };
    const body =
      method === 'GET' || job.payload === null ? undefined : Buffer.from(JSON.stringify(job.payload));
    trace.sent(method, headers, body);
    if (hydration.install.contentHash) trace.set({ contentHash: hydration.install.contentHash });
    const outcome = await runner.execute(
      { ...headers, 'content-type': 'application/json', 'x-request-id': requestId },
      {
        context: {
          ...executeContext(requestId, job.tenantId, hydration),
          trigger: 'schedule',
          schedule_id: job.scheduleId,
        },
        http: { method, path, headers, ...(body ? { body_b64: body.toString('base64') } : {}) },
        limits: { timeout_ms: timeoutMs },
        providers: hydration.install.providers,
        ...(hydration.secretEnvelope ? { secret_envelope: hydration.secretEnvelope } : {}),
      },
      timeoutMs,
    );
    trace.mark('runner');
    return outcome;
  }

  #conclude(outcome: RunnerOutcome, trace: RequestTrace): RunResult {
    const answer =
      outcome.kind === 'answered'
        ? { status: statusOf(outcome), headers: outcome.guestHeaders, body: outcome.body }
        : { status: 502, headers: {}, body: undefined };
    const error = errorOf(outcome);
    if (outcome.kind === 'answered' && outcome.error) trace.set({ runnerError: outcome.error });
    if (outcome.kind !== 'answered') trace.set({ runnerError: outcome.detail });
    this.#options.requests.end(trace, answer);
    return error === undefined ? { status: 'success' } : { status: 'error', error };
  }
}

function errorOf(outcome: RunnerOutcome): string | undefined {
  if (outcome.kind !== 'answered') return outcome.detail;
  if (statusOf(outcome) >= 400)
    return `The handler answered ${statusOf(outcome)}${outcome.error ? `: ${outcome.error}` : ''}`;
  if ((outcome.body?.length ?? 0) > MAX_ANSWER_BYTES)
    return `The answer is larger than ${MAX_ANSWER_BYTES} bytes`;
  return undefined;
}

function statusOf({ status, transportStatus }: RunnerOutcome & { kind: 'answered' }): number {
  return status ?? transportStatus;
}
