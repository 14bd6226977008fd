import type { OutgoingHttpHeaders } from 'node:http';
import type { Request, RequestHandler, Response } from 'express';
import type { RegistryId } from '../../core/ids.js';
import type { UiHandler } from '../door.js';
import { registryIdOf } from '../extensions/extension-directory.js';
import { livePolicy, type PolicyFacts, publishedPolicy } from './content-policy.js';

const POLICY_HEADER = 'content-security-policy';

const LIVE_PATH = /^\/runner\/ext-ui\/([0-9a-f-]{36})\/live\//;

/** The extension whose live UI a path belongs to. */
export function liveUiOf(path: string): RegistryId | undefined {
  return registryIdOf(LIVE_PATH.exec(path)?.[1]);
}

/** The live UIs that are mounted, one handler an extension. */
export class LiveUis {
  readonly #handlers = new Map<RegistryId, UiHandler>();

  mount(registryId: RegistryId, handler: UiHandler | undefined): void {
    if (handler) this.#handlers.set(registryId, handler);
    else this.#handlers.delete(registryId);
  }

  has(registryId: RegistryId): boolean {
    return this.#handlers.has(registryId);
  }

  /**
   * Serves live UIs under the production policy. The handlers get whole URLs, as they know their own base;
   * where it is mounted below a path, that one stands in `originalUrl` only.
   */
  route(pageOrigin: (host: string | undefined) => string): RequestHandler {
    return (req, res, next) => {
      const registryId = liveUiOf(req.path);
      if (!registryId) return next();
      const handler = this.#handlers.get(registryId);
      if (!handler) return res.status(404).json({ error: 'no_live_ui' });
      if (req.method !== 'GET' && req.method !== 'HEAD') return res.status(405).end();
      dropCredentials(req);
      const host = req.headers.host ?? '';
      addPolicy(res, { registryId, pageOrigin: pageOrigin(host), host, sealedPath: req.baseUrl });
      // What the handler does not know exists nowhere: the runner has no folder of this name.
      handler(req, res, (error) => (error ? next(error) : res.status(404).json({ error: 'not_found' })));
    };
  }
}

/**
 * Sends the policy of the live page, or the one the handler has set itself; either way with who may
 * frame it and where violations are reported. Handlers set headers before or with `writeHead`.
 */
function addPolicy(res: Response, facts: PolicyFacts & { readonly host: string }): void {
  const { writeHead } = res;
  res.writeHead = ((status: number, ...more: unknown[]) => {
    const last = more.at(-1);
    if (isHeaders(last)) {
      for (const [name, value] of Object.entries(last)) if (value !== undefined) res.setHeader(name, value);
    }
    const own = res.getHeader(POLICY_HEADER);
    const policy = own === undefined ? livePolicy(facts) : publishedPolicy(String(own), facts);
    res.setHeader(POLICY_HEADER, policy);
    const reason = typeof more[0] === 'string' ? [more[0]] : [];
    return Reflect.apply(writeHead, res, [status, ...reason]);
  }) as typeof writeHead;
}

function isHeaders(value: unknown): value is OutgoingHttpHeaders {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What the page's session may carry is none of the build server's business. */
function dropCredentials(req: Request): void {
  delete req.headers.cookie;
  delete req.headers.authorization;
}
