import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { RequestHandler } from 'express';
import { cookieOf } from '../gateway/acting-user.js';
import type { SealedFrames } from './sealed-frames.js';
import { sameSecret, TOKEN_HEADER } from './session-token.js';
import type { WideName } from './wide-listeners.js';

/** Parameter of the address that is printed; the browser keeps its value as a cookie. */
export const TOKEN_PARAMETER = 'alga-token';
const TOKEN_COOKIE = 'alga-dev-token';

/** Connections that came from beyond loopback, and what they must show. */
export class Afar {
  readonly #sockets = new WeakSet<object>();
  readonly #token: string;
  readonly #seals: SealedFrames;
  #names: readonly WideName[] = [];

  constructor(token: string, seals: SealedFrames) {
    this.#token = token;
    this.#seals = seals;
  }

  /** From now on these names are ours, too. */
  open(names: readonly WideName[]): void {
    this.#names = names;
  }

  add(socket: Socket): void {
    this.#sockets.add(socket);
  }

  /**
   * Why a request is refused: from afar everything needs one of our names there, and the session's token
   * or, for the files of a sealed frame, which is never sent a cookie, the key in the address.
   */
  refusal(request: IncomingMessage): 401 | 403 | undefined {
    if (!this.#sockets.has(request.socket)) return undefined;
    const { host, cookie } = request.headers;
    if (!this.#names.some(({ page, frame }) => host === page || host === frame)) return 403;
    if (this.#seals.opened(originalUrlOf(request))) return undefined;
    const header = request.headers[TOKEN_HEADER];
    const given = typeof header === 'string' ? header : cookieOf(cookie, TOKEN_COOKIE);
    return sameSecret(given, this.#token) ? undefined : 401;
  }

  /**
   * Refuses what {@link refusal} refuses. The address that was printed carries the token: it becomes a
   * cookie that no script can read and no other site sends, and leaves the address bar.
   */
  admit(): RequestHandler {
    return (req, res, next) => {
      const status = this.refusal(req);
      if (status === undefined) return next();
      const given = req.query[TOKEN_PARAMETER];
      if (
        status === 401 &&
        req.method === 'GET' &&
        typeof given === 'string' &&
        sameSecret(given, this.#token)
      ) {
        res.cookie(TOKEN_COOKIE, given, { path: '/', httpOnly: true, sameSite: 'strict' });
        res.setHeader('cache-control', 'no-store');
        return res.redirect(303, withoutToken(req.originalUrl));
      }
      const message = 'Open the address that alga dev printed: it carries the token of the session.';
      res.status(status).json({ error: status === 401 ? 'unauthorized' : 'host_not_allowed', message });
    };
  }
}

/** The target as it was sent, whatever router has it now. */
function originalUrlOf(request: IncomingMessage & { readonly originalUrl?: string }): string | undefined {
  return request.originalUrl ?? request.url;
}

function withoutToken(target: string): string {
  const url = new URL(target, 'http://here');
  url.searchParams.delete(TOKEN_PARAMETER);
  // Never another host: `//name` in the path would be one.
  return `${url.pathname.replace(/^\/+/, '/')}${url.search}`;
}
