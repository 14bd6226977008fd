import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { textOf } from '../../core/errors/alga-error.js';
import { LocalHttp, NoAnswerInTime, readText } from '../../core/local-http.js';

/** How a call of `POST /v1/execute` ended. */
export type RunnerOutcome =
  | {
      readonly kind: 'answered';
      /** The guest's; undefined when the runner tells none. */
      readonly status: number | undefined;
      readonly transportStatus: number;
      readonly guestHeaders: Readonly<Record<string, string>>;
      readonly body: Buffer | undefined;
      /** The runner's error text; set when no guest answered. */
      readonly error: string | undefined;
      readonly transportHeaders: Readonly<Record<string, string | undefined>>;
    }
  | { readonly kind: 'refused'; readonly transportStatus: number; readonly detail: string }
  | { readonly kind: 'empty' | 'invalid'; readonly detail: string }
  | { readonly kind: 'unreachable' | 'unconfigured' | 'timeout'; readonly detail: string };

const answerSchema = z.object({
  status: z.int().min(100).max(599).optional(),
  headers: z.record(z.string(), z.string()).nullish(),
  body_b64: z.string().nullish(),
  error: z.string().nullish(),
});

const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** Calls to the runner over kept connections. */
export class RunnerCalls {
  readonly #baseUrl: () => string;
  readonly #http = new LocalHttp();

  constructor(baseUrl: () => string) {
    this.#baseUrl = baseUrl;
  }

  /** Runs a guest. Never throws; `timeoutMs` counts until the headers of the answer. */
  async execute(
    headers: Readonly<Record<string, string>>,
    body: unknown,
    timeoutMs: number,
  ): Promise<RunnerOutcome> {
    if (this.#baseUrl() === '')
      return { kind: 'unconfigured', detail: 'the address of the runner is not known' };
    try {
      const url = new URL('/v1/execute', this.#baseUrl());
      const payload = Buffer.from(JSON.stringify(body));
      const response = await this.#http.open(url, { method: 'POST', headers, body: payload, timeoutMs });
      return await readOutcome(response);
    } catch (error) {
      if (error instanceof NoAnswerInTime)
        return { kind: 'timeout', detail: `no answer within ${timeoutMs} ms` };
      return { kind: 'unreachable', detail: textOf(error) };
    }
  }

  /** Ends the kept connections. */
  close(): void {
    this.#http.close();
  }
}

async function readOutcome(response: IncomingMessage): Promise<RunnerOutcome> {
  const text = await readText(response, MAX_ANSWER_BYTES);
  const transportStatus = response.statusCode ?? 0;
  if (transportStatus >= 400) return { kind: 'refused', transportStatus, detail: text.slice(0, 2000) };
  if (text.trim() === '') return { kind: 'empty', detail: 'the runner answered nothing' };
  const parsed = answerSchema.safeParse(jsonOf(text));
  if (!parsed.success) return { kind: 'invalid', detail: text.slice(0, 200) };
  const { status, headers, body_b64: body, error } = parsed.data;
  const { 'content-type': type, 'cache-control': cache, etag } = response.headers;
  return {
    kind: 'answered',
    status,
    transportStatus,
    guestHeaders: headers ?? {},
    body: body === undefined || body === null ? undefined : Buffer.from(body, 'base64'),
    error: error ?? undefined,
    transportHeaders: { 'content-type': type, 'cache-control': cache, etag },
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
