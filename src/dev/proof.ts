import { z } from 'zod';
import { algaError } from '../core/errors/alga-error.js';
import { type ContentHash, contentHashSchema, type RegistryId } from '../core/ids.js';
import type { BundleAddress } from '../store/index.js';
import type { Platform } from './platform.js';

const warmAnswerSchema = z.object({ warm: z.literal(true), content_hash: z.string() });
const liveAnswerSchema = z.object({ warm: z.literal(true), live_component: z.string() });
const servedAnswerSchema = z.object({ contentHash: contentHashSchema });

/** A cold fetch, unpack and compile on a slow machine; a warm one takes milliseconds. */
const RUNNER_PATIENCE_MS = 30_000;

/**
 * Has the runner fetch, unpack and compile a bundle before anyone asks for it.
 *
 * Throws `SESSION_RUNNER_UNREACHABLE` when there is no answer and `SESSION_RUNNER_REFUSED` when the
 * runner cannot serve the bundle.
 */
export async function warmRunner(platform: Platform, address: BundleAddress): Promise<void> {
  const { status, text } = await askToWarm(platform, address);
  const answer = warmAnswerSchema.safeParse(jsonOf(text));
  if (!answer.success || answer.data.content_hash !== address.contentHash) {
    throw algaError('SESSION_RUNNER_REFUSED', { status, detail: text });
  }
}

/**
 * Has the runner compile a component that lies in its live folder under `key`. Throws as
 * {@link warmRunner} does.
 */
export async function warmLiveComponent(
  platform: Platform,
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
  platform: Platform,
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

/** What has to be served for a publication to be called live. */
export interface Claim {
  readonly registryId: RegistryId;
  readonly contentHash: ContentHash;
  readonly pageEtag: string | undefined;
}

/**
 * Asks through the doors that a browser uses which bundle is served: the gateway's own resolution
 * of the install, and the published page through host and runner. Throws `SESSION_NOT_PROVEN` when
 * either serves something else.
 */
export async function proveServed(platform: Platform, claim: Claim): Promise<void> {
  await Promise.all([proveGateway(platform, claim), provePage(platform, claim)]);
}

async function proveGateway(platform: Platform, claim: Claim): Promise<void> {
  const { origin } = platform.host;
  const response = await ask(`${origin}/__alga/served/${claim.registryId}`, origin);
  const answer = servedAnswerSchema.safeParse(jsonOf(await response.text()));
  const served = answer.success ? answer.data.contentHash : `nothing (HTTP ${response.status})`;
  if (served !== claim.contentHash) {
    throw algaError('SESSION_NOT_PROVEN', { expected: claim.contentHash, served, door: 'gateway' });
  }
}

async function provePage(platform: Platform, claim: Claim): Promise<void> {
  if (claim.pageEtag === undefined) return;
  const { origin } = platform.host;
  const path = `/runner/ext-ui/${claim.registryId}/${encodeURIComponent(claim.contentHash)}/index.html`;
  const response = await ask(`${origin}${path}?tenant=${platform.tenant.tenantId}`, origin);
  const served = response.headers.get('etag') ?? `nothing (HTTP ${response.status})`;
  await response.body?.cancel();
  if (served !== claim.pageEtag) {
    throw algaError('SESSION_NOT_PROVEN', { expected: claim.pageEtag, served, door: 'runner page' });
  }
}

async function ask(url: string, base: string, init: RequestInit = {}): Promise<Response> {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(RUNNER_PATIENCE_MS) });
  } catch (cause) {
    throw algaError('SESSION_RUNNER_UNREACHABLE', { url: base }, { cause });
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
