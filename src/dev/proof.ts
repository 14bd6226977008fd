import { z } from 'zod';
import { algaError } from '../core/errors/alga-error.js';
import { type ContentHash, contentHashSchema, type RegistryId } from '../core/ids.js';
import type { Platform } from './platform.js';
import { ask, jsonOf } from './warm-up.js';

const servedAnswerSchema = z.object({ contentHash: contentHashSchema });

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
  const answer = servedAnswerSchema.safeParse(jsonOf(response.text));
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
  const served = response.headers.etag ?? `nothing (HTTP ${response.status})`;
  if (served !== claim.pageEtag) {
    throw algaError('SESSION_NOT_PROVEN', { expected: claim.pageEtag, served, door: 'runner page' });
  }
}
