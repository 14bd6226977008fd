import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { RequestHandler } from 'express';
import { createProxyMiddleware } from 'http-proxy-middleware';
import { publishedPolicy } from './content-policy.js';

/** Request headers the runner gets; no cookie, no credentials, nothing the caller made up. */
const FORWARDED = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'if-modified-since',
  'if-none-match',
  'range',
  'user-agent',
]);

const PATIENCE_MS = 30_000;

/** What only the host says. */
const OURS = [
  'set-cookie',
  'access-control-allow-origin',
  'access-control-allow-credentials',
  'cross-origin-resource-policy',
];

const EXTENSION_PATH = /^\/(?:runner\/)?ext-ui\/([^/]+)\//;

/** A request that is on its way. */
interface Asked {
  /** On the clock of `performance.now()`. */
  readonly at: number;
  readonly path: string;
  readonly sealedPath: string;
}

export interface RunnerProxyOptions {
  readonly runnerUrl: () => string;
  readonly pageOrigin: (host: string | undefined) => string;
  /** How long the runner may take; 30 seconds unless said otherwise. */
  readonly patienceMs?: number;
  /** Told of every answer that is a failure of the runner, or a page that is not there. */
  readonly onFailure?: ((failure: { path: string; status: number }) => void) | undefined;
}

/**
 * Proxies the files of published UIs from the runner: GET and HEAD only, to one upstream that is
 * asked for anew each time, without upgrades and without following redirects. Mount at the root, or
 * below the path of a sealed frame.
 */
export function runnerProxy(options: RunnerProxyOptions): RequestHandler {
  const { patienceMs = PATIENCE_MS } = options;
  const asked = new WeakMap<IncomingMessage, Asked>();
  const proxy = createProxyMiddleware<IncomingMessage, ServerResponse>({
    // Replaced by `router` for every request; only there because the library wants one.
    target: 'http://127.0.0.1:1',
    router: () => options.runnerUrl(),
    pathRewrite: (path) => path.replace(/^\/runner(?=\/)/, ''),
    changeOrigin: true,
    ws: false,
    xfwd: false,
    proxyTimeout: patienceMs,
    on: {
      proxyReq: keepForwardedHeaders,
      proxyRes: (answer, req) => {
        adjustAnswer(answer, options.pageOrigin(req.headers.host), asked.get(req));
        tellFailure(options, asked.get(req)?.path, answer.statusCode ?? 500);
      },
      error: (error, req, res) => {
        const elapsedMs = performance.now() - (asked.get(req)?.at ?? Infinity);
        answerFailure(error, res, elapsedMs >= patienceMs);
        tellFailure(options, asked.get(req)?.path, 502);
      },
    },
  });
  return (req, res, next) => {
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      return res.status(405).setHeader('allow', 'GET, HEAD').end();
    }
    if (!options.runnerUrl()) return res.status(502).json({ error: 'runner_unreachable' });
    asked.set(req, { at: performance.now(), path: req.path, sealedPath: req.baseUrl });
    void proxy(req, res, next);
  };
}

/** A missing picture is the author's business; a missing page or a failing runner is the doctor's. */
function tellFailure({ onFailure }: RunnerProxyOptions, path: string | undefined, status: number): void {
  if (path === undefined) return;
  if (EXTENSION_PATH.test(path) && (status >= 500 || (status === 404 && /(?:\/|\.html)$/.test(path))))
    onFailure?.({ path, status });
}

function keepForwardedHeaders(call: ClientRequest): void {
  for (const name of call.getHeaderNames()) {
    if (name !== 'host' && name !== 'connection' && !FORWARDED.has(name)) call.removeHeader(name);
  }
}

function adjustAnswer(answer: IncomingMessage, pageOrigin: string, asked: Asked | undefined): void {
  for (const name of OURS) delete answer.headers[name];
  const { path = '', sealedPath = '' } = asked ?? {};
  const registryId = EXTENSION_PATH.exec(path)?.[1];
  const policy = answer.headers['content-security-policy'];
  if (registryId && typeof policy === 'string') {
    answer.headers['content-security-policy'] = publishedPolicy(policy, {
      registryId,
      pageOrigin,
      sealedPath,
    });
  }
  // A runner may mark everything as immutable, errors included; a browser must not keep those.
  if ((answer.statusCode ?? 500) >= 300) answer.headers['cache-control'] = 'no-store';
}

function answerFailure(error: Error, res: ServerResponse | Socket, wasLong: boolean): void {
  if (!('writeHead' in res) || res.headersSent) return void res.destroy();
  const code = 'code' in error ? error.code : undefined;
  const [status, name] = failureOf(String(code), wasLong);
  res.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  res.end(JSON.stringify({ error: name }));
}

/** The library reports its own time limit as a reset connection, so the clock has to tell them apart. */
function failureOf(code: string, wasLong: boolean): [status: number, name: string] {
  if (code === 'ECONNREFUSED') return [502, 'runner_unreachable'];
  if (code === 'ETIMEDOUT' || (code === 'ECONNRESET' && wasLong)) return [504, 'runner_timeout'];
  return [502, 'runner_proxy_error'];
}
