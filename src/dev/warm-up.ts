import { z } from 'zod';
import { algaError } from '../core/errors/alga-error.js';
import type { RunnerHandle } from '../stack/index.js';
import type { BundleAddress } from '../store/index.js';

const warmAnswerSchema = z.object({
  warm: z.literal(true),
  content_hash: z.string(),
  same_as_live: z.boolean().optional(),
});
const liveAnswerSchema = z.object({ warm: z.literal(true), live_component: z.string() });

/** As much of the runner as asking it something takes. */
export type RunnerDoor = Pick<RunnerHandle, 'directUrl'>;

/** A cold fetch, unpack and compile on a slow machine; a warm one takes milliseconds. */
const RUNNER_PATIENCE_MS = 30_000;

/**
 * Has the runner fetch, unpack and compile a bundle before anyone asks for it. Gives false when its handler
 * does not start exactly as the live one under `liveKey`, which has answered in its place until now.
 *
 * Throws `SESSION_RUNNER_UNREACHABLE` when there is no answer and `SESSION_RUNNER_REFUSED` when the
 * runner cannot serve the bundle.
 */
export async function warmRunner(
  platform: { readonly runner: RunnerDoor },
  address: BundleAddress,
  liveKey?: string,
): Promise<boolean> {
  const { status, text } = await askToWarm(platform, address, liveKey);
  const answer = warmAnswerSchema.safeParse(jsonOf(text));
  if (!answer.success || answer.data.content_hash !== address.contentHash) {
    throw algaError('SESSION_RUNNER_REFUSED', { status, detail: text });
  }
  return answer.data.same_as_live ?? true;
}

/**
 * Has the runner compile a component that lies in its live folder under `key`. Throws as
 * {@link warmRunner} does.
 */
export async function warmLiveComponent(
  platform: { readonly runner: RunnerDoor },
  owner: Pick<BundleAddress, 'tenantId' | 'registryId'>,
  key: string,
): Promise<void> {
  const { status, text } = await askToWarm(platform, { ...owner, contentHash: '' }, key);
  const answer = liveAnswerSchema.safeParse(jsonOf(text));
  if (!answer.success || answer.data.live_component !== key) {
    throw algaError('SESSION_RUNNER_REFUSED', { status, detail: text });
  }
}

async function askToWarm(
  platform: { readonly runner: RunnerDoor },
  what: { tenantId: string; registryId: string; contentHash: string },
  liveKey?: string,
): Promise<{ status: number; text: string }> {
  const url = platform.runner.directUrl();
  const response = await ask(`${url}/warmup`, url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      tenant_id: what.tenantId,
      extension_id: what.registryId,
      content_hash: what.contentHash,
      ...(liveKey === undefined ? {} : { live_component: liveKey }),
    }),
  });
  return { status: response.status, text: await response.text() };
}

/** Asks a service of this session. Throws `SESSION_RUNNER_UNREACHABLE` when there is no answer. */
export async function ask(url: string, base: string, init: RequestInit = {}): Promise<Response> {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(RUNNER_PATIENCE_MS) });
  } catch (cause) {
    throw algaError('SESSION_RUNNER_UNREACHABLE', { url: base }, { cause });
  }
}

/** The JSON of a text; undefined when it is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
