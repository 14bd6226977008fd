import { z } from 'zod';
import type { HttpClient } from '../net/http-client.js';

/** What a host name is installed for. */
export interface HostedInstall {
  readonly tenantId: string;
  readonly extensionId: string;
  readonly contentHash: string;
}

/** How a lookup ended: `unreachable` also covers answers that could not be understood. */
export type LookupResult =
  | { readonly kind: 'found'; readonly install: HostedInstall }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'unreachable' };

/** `unreachable`: the registry gave no answer in time, so nothing is known. */
export type ValidateResult = 'valid' | 'invalid' | 'unreachable';

export interface InstallQuery {
  readonly tenantId: string;
  readonly extensionId: string;
  /** As it stands in the URL, `sha256:` included. */
  readonly contentHash: string;
}

export interface RegistryClientOptions {
  /** Its path is replaced, only scheme, host and port count. */
  readonly baseUrl: URL;
  readonly authKey: string;
  readonly lookupTimeoutMs: number;
  readonly validateTimeoutMs: number;
  readonly http: HttpClient;
}

const MAX_ANSWER_BYTES = 64 * 1024;

const lookupSchema = z.object({ tenant_id: z.string(), extension_id: z.string(), content_hash: z.string() });
const validateSchema = z.object({ valid: z.boolean() });

/** The two questions the runner asks the product's registry. Never throws for what it answers. */
export class RegistryClient {
  readonly #options: RegistryClientOptions;

  constructor(options: RegistryClientOptions) {
    this.#options = options;
  }

  /** Which install a host name (without port) belongs to. */
  async lookupByHost(host: string): Promise<LookupResult> {
    const url = this.#url('/api/installs/lookup-by-host', { host });
    const answer = await this.#get(url, this.#options.lookupTimeoutMs);
    if (answer === undefined) return { kind: 'unreachable' };
    if (!answer.ok) return { kind: 'unknown' };
    const parsed = lookupSchema.safeParse(answer.json);
    if (!parsed.success) return { kind: 'unreachable' };
    const { tenant_id: tenantId, extension_id: extensionId, content_hash: contentHash } = parsed.data;
    return { kind: 'found', install: { tenantId, extensionId, contentHash } };
  }

  /** Whether the tenant has the extension installed in exactly this version of its content. */
  async validate(query: InstallQuery): Promise<ValidateResult> {
    const url = this.#url('/api/installs/validate', {
      tenant: query.tenantId,
      extension: query.extensionId,
      hash: query.contentHash,
    });
    const answer = await this.#get(url, this.#options.validateTimeoutMs);
    if (answer === undefined || answer.status >= 500) return 'unreachable';
    const parsed = validateSchema.safeParse(answer.json);
    return answer.ok && parsed.success && parsed.data.valid ? 'valid' : 'invalid';
  }

  #url(path: string, query: Record<string, string>): URL {
    const url = new URL(path, this.#options.baseUrl);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    // Keeps caches between the runner and the registry from answering.
    url.searchParams.set('ts', String(Date.now()));
    return url;
  }

  async #get(url: URL, timeoutMs: number): Promise<RegistryAnswer | undefined> {
    try {
      const { status, body } = await this.#options.http.call({
        method: 'GET',
        url,
        headers: { 'x-api-key': this.#options.authKey, accept: 'application/json' },
        timeoutMs,
        maxBytes: MAX_ANSWER_BYTES,
      });
      return { status, ok: status >= 200 && status < 300, json: parseJson(body) };
    } catch {
      return undefined;
    }
  }
}

interface RegistryAnswer {
  readonly status: number;
  readonly ok: boolean;
  /** Undefined when the body was not JSON. */
  readonly json: unknown;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
