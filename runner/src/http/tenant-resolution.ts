import type { IncomingMessage } from 'node:http';
import { BoundedMap } from '../net/bounded-map.js';
import type { LookupResult } from '../registry/registry-client.js';
import { headerOf } from './exchange.js';
import { hostNameOf } from './request-host.js';
import type { TenantHints } from './tenant-hints.js';

export interface TenantResolutionOptions {
  readonly hints: TenantHints;
  readonly lookupByHost: (host: string) => Promise<LookupResult>;
}

const HOST_BELIEF_MS = 45_000;
const HOST_DOUBT_MS = 2_000;

interface HostBelief {
  readonly tenant: string | undefined;
  readonly until: number;
}

/** Finds the tenant a UI request is for. */
export class TenantResolution {
  readonly #options: TenantResolutionOptions;
  readonly #hosts = new BoundedMap<string, HostBelief>({ maxEntries: 1000 });

  constructor(options: TenantResolutionOptions) {
    this.#options = options;
  }

  /**
   * In this order: query `tenant` (an empty one hides the header), header `x-tenant-id`, the tenant
   * the page was opened for, the tenant of the request's host. Undefined when none of them knows.
   */
  async tenantOf(
    request: IncomingMessage,
    query: URLSearchParams,
    page: { readonly extensionId: string; readonly hash: string },
  ): Promise<string | undefined> {
    const given = query.get('tenant') ?? headerOf(request, 'x-tenant-id') ?? '';
    if (given !== '') return given;
    const hint = this.#options.hints.get(page.extensionId, page.hash);
    return hint ?? (await this.#tenantOfHost(hostNameOf(headerOf(request, 'host'))));
  }

  async #tenantOfHost(host: string | undefined): Promise<string | undefined> {
    if (host === undefined) return undefined;
    const known = this.#hosts.get(host);
    if (known !== undefined && known.until > Date.now()) return known.tenant;
    const found = await this.#options.lookupByHost(host);
    const tenant =
      found.kind === 'found' && found.install.tenantId !== '' ? found.install.tenantId : undefined;
    const belief = tenant === undefined ? HOST_DOUBT_MS : HOST_BELIEF_MS;
    this.#hosts.set(host, { tenant, until: Date.now() + belief });
    return tenant;
  }
}
