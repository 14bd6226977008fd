import { z } from 'zod';
import { withDeadline } from '../../core/deadline.js';
import { textOf } from '../../core/errors/alga-error.js';

const ANSWER_LIMIT_MS = 4_000;
const MAX_BODY_CHARS = 2_000_000;

/** An answer, read completely. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** Asks a service on this machine. Rejects with one line when there is no answer in time. */
export async function ask(url: string, signal?: AbortSignal, init: RequestInit = {}): Promise<Answer> {
  const late = new Error(`no answer within ${ANSWER_LIMIT_MS / 1000} s`);
  try {
    return await withDeadline({ ms: ANSWER_LIMIT_MS, error: () => late }, signal, async (limited) => {
      const response = await fetch(url, { redirect: 'manual', ...init, signal: limited });
      const { status, headers } = response;
      return { status, headers, body: (await response.text()).slice(0, MAX_BODY_CHARS) };
    });
  } catch (error) {
    if (error === late) throw error;
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    throw new Error(textOf(cause), { cause: error });
  }
}

/** The JSON of a text, or undefined. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const healthSchema = z.object({
  cache_writable: z.boolean(),
  bundle_store: z.string(),
  kind: z.string().optional(),
  version: z.string().optional(),
  features: z.array(z.string()).default([]),
});

/** What a runner says of itself; undefined when it is not a runner that answers. */
export type RunnerHealth = z.infer<typeof healthSchema>;

/** What an answer of `GET /healthz` says; undefined when no runner answers like that. */
export function healthOf(answer: Answer): RunnerHealth | undefined {
  return healthSchema.safeParse(jsonOf(answer.body)).data;
}

const servedSchema = z.object({ contentHash: z.string() });

/** The hash a host says it serves. */
export function servedHashOf(answer: Answer): string | undefined {
  return answer.status === 200 ? servedSchema.safeParse(jsonOf(answer.body)).data?.contentHash : undefined;
}
