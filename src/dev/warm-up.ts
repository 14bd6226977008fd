import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { algaError } from '../core/errors/alga-error.js';
import { type LocalCall, LocalHttp, readText } from '../core/local-http.js';
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
/** More than any page or answer that a session looks at. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

const services = new LocalHttp();

/**
 * Has the runner fetch, unpack and compile a bundle before anyone asks for it. Gives false when its handler
 * does not start exactly as the live one under `liveKey`, which has answered in its place until now. `archive` names
 * what it was made from, when the runner was given that; see {@link warmLiveArchive}.
 *
 * Throws `SESSION_RUNNER_UNREACHABLE` when there is no answer and `SESSION_RUNNER_REFUSED` when the
 * runner cannot serve the bundle.
 */
export async function warmRunner(
  platform: { readonly runner: RunnerDoor },
  address: BundleAddress,
  { liveKey, archive }: { liveKey?: string | undefined; archive?: string | undefined } = {},
): Promise<boolean> {
  const known = { live_component: liveKey, live_archive: archive };
  const { status, text } = await askToWarm(platform, address, known);
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
  const what = { live_component: key };
  const { status, text } = await askToWarm(platform, { ...owner, contentHash: '' }, what);
  const answer = liveAnswerSchema.safeParse(jsonOf(text));
  if (!answer.success || answer.data.live_component !== key) {
    throw algaError('SESSION_RUNNER_REFUSED', { status, detail: text });
  }
}

/**
 * Has the runner unpack an archive that lies in its live folder as `<name>.tar`, and compile what is in it: the
 * bundle that it is compressed to is ready at once then. What is wrong with it is told when that bundle is asked for.
 * Throws `SESSION_RUNNER_UNREACHABLE` when there is no answer.
 */
export async function warmLiveArchive(
  platform: { readonly runner: RunnerDoor },
  owner: Pick<BundleAddress, 'tenantId' | 'registryId'>,
  name: string,
): Promise<void> {
  await askToWarm(platform, { ...owner, contentHash: '' }, { live_archive: name });
}

async function askToWarm(
  platform: { readonly runner: RunnerDoor },
  address: Pick<BundleAddress, 'tenantId' | 'registryId'> & { contentHash: string },
  what: { readonly live_component?: string | undefined; readonly live_archive?: string | undefined },
): Promise<ServiceAnswer> {
  const url = platform.runner.directUrl();
  const body = JSON.stringify({
    tenant_id: address.tenantId,
    extension_id: address.registryId,
    content_hash: address.contentHash,
    ...what,
  });
  return ask(`${url}/warmup`, url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(body),
  });
}

/** What a service of this session has answered. */
export interface ServiceAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Asks a service of this session. Throws `SESSION_RUNNER_UNREACHABLE` when there is no answer. */
export async function ask(
  url: string,
  base: string,
  call: Omit<LocalCall, 'timeoutMs'> = { method: 'GET' },
): Promise<ServiceAnswer> {
  try {
    const response = await services.open(new URL(url), { ...call, timeoutMs: RUNNER_PATIENCE_MS });
    const text = await readText(response, MAX_ANSWER_BYTES);
    return { status: response.statusCode ?? 0, headers: response.headers, text };
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
