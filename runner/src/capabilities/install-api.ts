import type { EngineOptions } from '../executable.js';
import { type Outbound, OutboundBodyError, OutboundError } from './outbound.js';

/** Why the host gave no usable answer. */
export type ApiFailure =
  | { readonly kind: 'unconfigured'; readonly what: 'base' | 'token' }
  | { readonly kind: 'transport' }
  | { readonly kind: 'bad-json' }
  /** The host answered outside of 2xx; `body` is its text. */
  | { readonly kind: 'status'; readonly status: number; readonly body: string };

export type ApiAnswer =
  | { readonly ok: true; readonly json: unknown }
  | { readonly ok: false; readonly failure: ApiFailure };

export type InstallService =
  | 'ext-storage'
  | 'ext-scheduler'
  | 'ext-invoicing'
  | 'ext-clients'
  | 'ext-services';

/** Which install asks, and on behalf of which request of its caller. */
export interface InstallCaller {
  readonly installId: string;
  readonly requestId: string | undefined;
}

/** What may stand in a header as it is; an id of any other form is left out. */
const HEADER_SAFE_ID = /^[!-~]{1,200}$/;

/** The host's internal services of one install: one POST per call, the operation in the body. */
export class InstallApi {
  readonly #options: EngineOptions['hostApi'];
  readonly #outbound: Outbound;

  constructor(options: EngineOptions['hostApi'], outbound: Outbound) {
    this.#options = options;
    this.#outbound = outbound;
  }

  async call(
    service: InstallService,
    { installId, requestId }: InstallCaller,
    body: object,
    signal: AbortSignal,
  ): Promise<ApiAnswer> {
    const { baseUrl, token, timeoutMs, maxResponseBytes } = this.#options;
    if (baseUrl === undefined) return failed({ kind: 'unconfigured', what: 'base' });
    if (token === undefined) return failed({ kind: 'unconfigured', what: 'token' });
    const address = `${baseUrl}/api/internal/${service}/install/${installId}`;
    if (!URL.canParse(address)) return failed({ kind: 'transport' });
    try {
      const answer = await this.#outbound.follow({
        method: 'POST',
        url: new URL(address),
        headers: [
          ['content-type', 'application/json'],
          ['x-runner-auth', token],
          // The host can tell which request a call belongs to.
          ...(requestId !== undefined && HEADER_SAFE_ID.test(requestId)
            ? ([['x-request-id', requestId]] as const)
            : []),
        ],
        body: Buffer.from(JSON.stringify(body)),
        timeoutMs,
        maxResponseBytes,
        signal,
      });
      return readAnswer(answer.status, answer.body.toString('utf8'));
    } catch (error) {
      if (error instanceof OutboundError || error instanceof OutboundBodyError) {
        return failed({ kind: 'transport' });
      }
      throw error;
    }
  }
}

function failed(failure: ApiFailure): ApiAnswer {
  return { ok: false, failure };
}

function readAnswer(status: number, text: string): ApiAnswer {
  if (status < 200 || status > 299) return failed({ kind: 'status', status, body: text });
  if (text === '') return { ok: true, json: null };
  const json = parseJson(text);
  return json === undefined ? failed({ kind: 'bad-json' }) : { ok: true, json };
}

/** The value of a JSON text; `undefined` when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Turns a failure into the error of a service by its table of statuses; everything else is `internal`. */
export function errorOf<E extends string>(
  failure: ApiFailure,
  byStatus: Readonly<Record<number, E>>,
): E | 'internal' {
  return failure.kind === 'status' ? (byStatus[failure.status] ?? 'internal') : 'internal';
}
