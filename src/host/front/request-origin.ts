import type { IncomingHttpHeaders } from 'node:http';
import type { RequestHandler } from 'express';
import { type HostNames, type HostRole, roleOfHost, sidesFor } from './host-names.js';

/** What the rules below look at. */
export interface OriginFacts {
  readonly role: HostRole;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The address at which the product's cloud opens an extension: `/` of its own origin, with the hash. */
  readonly cloudEntry: boolean;
}

/** Pages: a link on another site may lead to them, they show nothing there and cannot be framed. */
const PAGE_PATH = /^\/(?:$|msp(?:\/|$)|client-portal(?:\/|$))/;

/** What the frame's side serves; everything else is the page's. */
const FRAME_PATH = /^\/(?:runner\/|ext-ui\/|__alga\/csp\/)/;

/** Decides about a request by who sent it: undefined lets it pass, a path redirects, a text refuses. */
export function judgeOrigin(facts: OriginFacts): { refuse: string } | { toPageSide: true } | undefined {
  return refuseForeignOrigin(facts) ?? refuseForeignFetch(facts) ?? keepFrameSideApart(facts);
}

/** `Origin` must be our own, for the very name that was asked; `null` (opaque frames, files) is foreign. */
function refuseForeignOrigin({ headers }: OriginFacts): { refuse: string } | undefined {
  const { origin, host } = headers;
  if (origin === undefined || origin === `http://${host}`) return undefined;
  return { refuse: `requests from ${origin} are not taken` };
}

/**
 * Browsers say where a request comes from. From another site (another port of this machine counts as
 * one) only two things are taken: opening a page, and framing an extension's UI.
 */
function refuseForeignFetch(facts: OriginFacts): { refuse: string } | undefined {
  const { headers, method, path } = facts;
  const site = headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin' || site === 'none') return undefined;
  const opens = headers['sec-fetch-mode'] === 'navigate' && (method === 'GET' || method === 'HEAD');
  const dest = headers['sec-fetch-dest'];
  if (opens && dest === 'document' && PAGE_PATH.test(path)) return undefined;
  if (opens && dest === 'iframe' && isFrameFile(facts)) return undefined;
  return { refuse: 'requests from other sites are not taken' };
}

function isFrameFile({ path, cloudEntry }: OriginFacts): boolean {
  return cloudEntry || FRAME_PATH.test(path);
}

/**
 * Nothing but the extension's files is served to the frame's origin. Otherwise code in the frame
 * could fetch a page, find the session's token in it, and act as the author.
 */
function keepFrameSideApart(facts: OriginFacts): { refuse: string } | { toPageSide: true } | undefined {
  const { role, path, headers } = facts;
  if (role === 'page' || isFrameFile(facts)) return undefined;
  if (PAGE_PATH.test(path)) return { toPageSide: true };
  const fromBrowser = headers['sec-fetch-site'] !== undefined || headers.origin !== undefined;
  return fromBrowser ? { refuse: 'this address serves extension files only' } : undefined;
}

/** Carries out {@link judgeOrigin}: 403, or a redirect from the frame's name to the page's. */
export function checkRequestOrigin(names: () => HostNames): RequestHandler {
  return (req, res, next) => {
    const role = roleOfHost(names(), req.headers.host) ?? 'frame';
    const { method, path, headers } = req;
    const cloudEntry = role === 'frame' && path === '/' && req.query._h !== undefined;
    const verdict = judgeOrigin({ role, method, path, headers, cloudEntry });
    if (verdict === undefined) return next();
    if ('toPageSide' in verdict) {
      return res.redirect(307, `http://${sidesFor(names(), headers.host).page}${req.originalUrl}`);
    }
    res.status(403).json({ error: 'origin_not_allowed', message: verdict.refuse });
  };
}
