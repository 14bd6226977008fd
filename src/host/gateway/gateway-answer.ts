import type { RunnerOutcome } from '../runner/runner-calls.js';
import { USER_COOKIE } from './acting-user.js';
import type { GatewayAnswer } from './gateway-call.js';
import type { ExecutionEnd } from './gateway-data.js';
import { type GatewayRoute, returnedHeaders } from './guest-headers.js';
import type { Refusal } from './refusal.js';

/** JSON answer to a refused or failed request. */
export function refusalAnswer(refusal: Refusal, requestId: string): GatewayAnswer {
  const body = { error: refusal.fault ?? refusal.error, ...(refusal.withRequestId ? { requestId } : {}) };
  return {
    status: refusal.status,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      ...(refusal.retryAfter === undefined ? {} : { 'retry-after': String(refusal.retryAfter) }),
      ...(refusal.endsSession ? { 'set-cookie': `${USER_COOKIE}=; path=/; max-age=0` } : {}),
    },
    body: Buffer.from(JSON.stringify(body)),
  };
}

/** What became of an execution: the caller's answer, the log row's end, and remarks for the author. */
export interface Conclusion {
  readonly answer: GatewayAnswer;
  readonly end: Pick<ExecutionEnd, 'status' | 'error'>;
  readonly error?: string;
  readonly runnerError?: string;
  readonly notes: readonly string[];
}

/** Turns what the runner did into the caller's answer, as each of the two routes does it. */
export function conclude(route: GatewayRoute, outcome: RunnerOutcome, requestId: string): Conclusion {
  switch (outcome.kind) {
    case 'answered':
      return answered(route, outcome);
    case 'timeout':
      return failed(502, { status: 'timeout', error: 'timeout' }, outcome.detail, requestId);
    case 'refused': {
      // The page's route passes the runner's own status on; the direct one hides it.
      const status = route === 'ext-proxy' ? outcome.transportStatus : 502;
      return failed(status, { status: 'error', error: 'runner_transport_error' }, outcome.detail, requestId);
    }
    case 'empty':
      return failed(502, { status: 'error', error: 'empty_response' }, outcome.detail, requestId);
    case 'invalid':
      return failed(502, { status: 'error', error: 'invalid_response' }, outcome.detail, requestId);
    case 'unconfigured': {
      // Only the page's route has no address to fall back on.
      const status = route === 'ext-proxy' ? 500 : 502;
      return failed(status, { status: 'error', error: 'runner_error' }, outcome.detail, requestId);
    }
    case 'unreachable':
      return failed(502, { status: 'error', error: 'runner_error' }, outcome.detail, requestId);
  }
}

function failed(status: number, end: Conclusion['end'], detail: string, requestId: string): Conclusion {
  const refusal = { status, error: 'bad_gateway', withRequestId: true };
  return {
    answer: refusalAnswer(refusal, requestId),
    end,
    error: refusal.error,
    runnerError: detail,
    notes: [],
  };
}

function answered(route: GatewayRoute, outcome: RunnerOutcome & { kind: 'answered' }): Conclusion {
  // Without a status of the guest, the page's route takes it for a success, the other for the transport's.
  const status = outcome.status ?? (route === 'ext-proxy' ? 200 : outcome.transportStatus);
  const { headers, notes } =
    route === 'ext-proxy' ? pageHeaders(outcome.guestHeaders) : directHeaders(outcome);
  return {
    answer: { status, headers, body: outcome.body },
    end:
      status < 400
        ? { status: 'ok', error: null }
        : { status: 'upstream_error', error: 'extension_error_status' },
    ...(outcome.error === undefined ? {} : { runnerError: outcome.error }),
    notes,
  };
}

function pageHeaders(guest: Readonly<Record<string, string>>): {
  headers: Record<string, string>;
  notes: string[];
} {
  const { headers, dropped } = returnedHeaders(guest);
  const notes =
    dropped.length === 0 ? [] : [`Alga does not pass these headers on: ${dropped.sort().join(', ')}`];
  return { headers, notes };
}

/**
 * The product's direct route answers with the runner's transport headers instead of the guest's, so
 * every answer claims to be JSON and cacheable for a year. The first is reproduced; the second would
 * make browsers show answers of an old handler, so it is not.
 */
function directHeaders(outcome: RunnerOutcome & { kind: 'answered' }): {
  headers: Record<string, string>;
  notes: string[];
} {
  const { 'content-type': type, 'cache-control': cache, etag } = outcome.transportHeaders;
  const guestType = headerOf(outcome.guestHeaders, 'content-type');
  const notes: string[] = [];
  if (guestType !== undefined && mimeOf(guestType) !== mimeOf(type)) {
    notes.push(
      `On /api/ext the answer's content type is ${type ?? 'not set'}, not the handler's ${guestType}`,
    );
  }
  if (cache?.includes('immutable')) {
    notes.push('Alga sends this answer as cacheable for a year on /api/ext; alga dev sends no-store');
  }
  const headers = {
    ...(type ? { 'content-type': type } : {}),
    ...(etag ? { etag } : {}),
    'cache-control': 'no-store',
  };
  return { headers, notes };
}

function headerOf(headers: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
}

function mimeOf(type: string | undefined): string | undefined {
  return type?.split(';')[0]?.trim().toLowerCase();
}
