import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** What a live UI needs of a request; cookies and authorization of the application never go further. */
const PASSED_ON = [
  ...['host', 'accept', 'accept-encoding', 'accept-language', 'if-modified-since', 'if-none-match'],
  ...['range', 'user-agent', 'sec-fetch-dest', 'sec-fetch-mode', 'sec-fetch-site'],
];
const PASSED_ON_UPGRADE = [
  ...['host', 'origin', 'user-agent', 'sec-websocket-key', 'sec-websocket-version'],
  ...['sec-websocket-protocol', 'sec-websocket-extensions'],
];
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];
/** Vite's own door to the author's editor: it acts on a plain GET, so it stays shut. */
const SHUT = /^\/*__open-in-editor(?:[/?]|$)/;

/** Why a request is turned away, or `undefined` when it may pass. */
export interface Refusal {
  readonly status: 400 | 403 | 404 | 405;
}

/**
 * Judges a plain request below `base`. `allowedHosts` are names beyond the loopback ones; those count with
 * the port the request came in by. Who has mounted the UI below a path of its own has looked itself at the
 * site that asks.
 */
export function refusalOf(
  req: IncomingMessage,
  base: string,
  allowedHosts: readonly string[],
): Refusal | undefined {
  if (!isHostAllowed(req, allowedHosts)) return { status: 403 };
  if (req.method !== 'GET' && req.method !== 'HEAD') return { status: 405 };
  const site = mountOf(req) === '' ? req.headers['sec-fetch-site'] : undefined;
  if (site === 'cross-site' && req.headers['sec-fetch-mode'] === 'no-cors') return { status: 403 };
  const below = (req.url ?? '').slice(base.length);
  if (SHUT.test(decoded(below))) return { status: 404 };
  return undefined;
}

/** Whether a socket may be opened: from a page of the very host it goes to. The token is checked behind it. */
export function isUpgradeAllowed(req: IncomingMessage, allowedHosts: readonly string[]): boolean {
  if (!isHostAllowed(req, allowedHosts)) return false;
  const { origin, host } = req.headers;
  // A page in a sandbox without an origin of its own says `null`; the token tells whether it is ours.
  if (origin === undefined || origin === 'null') return true;
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}

/** The path below which a request was taken, beside what is left of it in `url`; mostly empty. */
export function mountOf(req: IncomingMessage & { readonly originalUrl?: string }): string {
  const { url = '', originalUrl = url } = req;
  return originalUrl.endsWith(url) ? originalUrl.slice(0, originalUrl.length - url.length) : '';
}

/** The headers that go on to the program; `unlike` leaves some out. */
export function passedOn(
  headers: IncomingHttpHeaders,
  unlike: readonly string[] = [],
): Record<string, string> {
  return chosen(
    headers,
    PASSED_ON.filter((name) => !unlike.includes(name)),
  );
}

/** The headers of an upgrade that go on to the program. */
export function passedOnUpgrade(headers: IncomingHttpHeaders): Record<string, string> {
  return { ...chosen(headers, PASSED_ON_UPGRADE), connection: 'Upgrade', upgrade: 'websocket' };
}

function isHostAllowed(req: IncomingMessage, allowedHosts: readonly string[]): boolean {
  const host = req.headers.host?.toLowerCase();
  if (host === undefined) return false;
  const name = host.replace(/:\d+$/, '');
  if (allowedHosts.includes(name)) return true;
  return LOOPBACK.some((loopback) => host === `${loopback}:${req.socket.localPort}`);
}

function chosen(headers: IncomingHttpHeaders, names: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of names) {
    const value = headers[name];
    if (typeof value === 'string') found[name] = name === 'host' ? value.toLowerCase() : value;
  }
  return found;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
