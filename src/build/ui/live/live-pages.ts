import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Connect, ViteDevServer } from 'vite';
import type { UiPlace } from '../ui-question.js';
import { BROWSER_MODULE, STAND_IN_MARK } from './browser-module.js';
import { InlineScripts } from './inline-scripts.js';
import { livePolicy } from './page-policy.js';
import { findPlainFile } from './plain-files.js';

const INLINE_PATH = '/@alga/inline/';
/** Vite's own addresses; everything else is a file of the UI. */
const OF_VITE = /^\/(?:@|node_modules\/\.vite)/;

/**
 * The answers that are not Vite's: pages under the production policy, the injected scripts moved out of
 * them, and the files of a UI that Vite does not build, served as the runner serves them.
 */
export class LivePages {
  readonly #inline: InlineScripts;

  constructor(
    readonly place: UiPlace,
    readonly base: string,
  ) {
    this.#inline = new InlineScripts(`${base.slice(0, -1)}${INLINE_PATH}`);
  }

  /** Before Vite: moved-out scripts, names that the runner refuses, and all files of a plain UI. */
  before(server: ViteDevServer): Connect.NextHandleFunction {
    return (req, res, next) => {
      const path = pathOf(req, this.base);
      if (path === undefined) return refuse(res);
      const script = path.startsWith(INLINE_PATH)
        ? this.#inline.find(path.slice(INLINE_PATH.length))
        : undefined;
      if (script !== undefined) return send(res, 'text/javascript', script);
      if (OF_VITE.test(path) || isCacheFile(path, server)) return next();
      if (path.split('/').some((segment) => segment.startsWith('.'))) return refuse(res);
      if (this.place.kind === 'vite') return next();
      this.#answerPlain(server, req, res, path).catch(next);
    };
  }

  /** After Vite: pages. What is no file is the page too, as in the product; a script that is missing is not. */
  after(server: ViteDevServer): Connect.NextHandleFunction {
    return (req, res, next) => {
      const path = pathOf(req, '/');
      const isScript = req.headers['sec-fetch-dest'] === 'script';
      if (path === undefined || isScript || OF_VITE.test(path)) {
        res.writeHead(404).end();
        return;
      }
      this.#answerPage(server, req, res, path).catch(next);
    };
  }

  /** In the place of a page that cannot be made: it waits for the next good change. */
  standIn(req: IncomingMessage, res: ServerResponse): void {
    const html = `<!doctype html><html><head><meta charset="utf-8"><meta name="${STAND_IN_MARK}"></head><body></body></html>`;
    this.#sendPage(req, res, this.#withClient(html), 500);
  }

  async #answerPlain(
    server: ViteDevServer,
    req: IncomingMessage,
    res: ServerResponse,
    path: string,
  ): Promise<void> {
    const answer = await findPlainFile(server.config.root, path);
    if (answer.type === 'refused') return refuse(res);
    if (answer.type === 'file') return send(res, answer.contentType, answer.content);
    const page = answer.type === 'page' ? answer : await findPlainFile(server.config.root, '/index.html');
    if (page.type !== 'page') return notFound(res);
    this.#sendPage(req, res, this.#withClient(page.html));
  }

  async #answerPage(
    server: ViteDevServer,
    req: Connect.IncomingMessage,
    res: ServerResponse,
    path: string,
  ): Promise<void> {
    const asked = path.endsWith('.html') ? await findPlainFile(server.config.root, path) : undefined;
    const page = asked?.type === 'page' ? asked : await findPlainFile(server.config.root, '/index.html');
    if (page.type !== 'page') return notFound(res);
    const html = await server.transformIndexHtml(page.path, page.html, req.originalUrl);
    this.#sendPage(req, res, this.#inline.moveOut(html, page.html));
  }

  #withClient(html: string): string {
    const tags = ['/@vite/client', BROWSER_MODULE]
      .map((path) => `<script type="module" src="${this.base.slice(0, -1)}${path}"></script>`)
      .join('');
    return /<head\b[^>]*>/i.test(html)
      ? html.replace(/<head\b[^>]*>/i, (head) => head + tags)
      : html.replace(/^(?:\s*<!doctype[^>]*>)?/i, (start) => start + tags);
  }

  #sendPage(req: IncomingMessage, res: ServerResponse, html: string, status = 200): void {
    res.setHeader('content-security-policy', livePolicy(req.headers.host, this.base));
    send(res, 'text/html', html, status);
  }
}

/** The decoded path of a request below `base`; undefined when it cannot be decoded. */
function pathOf(req: IncomingMessage, base: string): string | undefined {
  const path = (req.url ?? '/').replace(/[?#].*$/, '');
  try {
    return decodeURIComponent(path.startsWith(base) ? path.slice(base.length - 1) : path);
  } catch {
    return undefined;
  }
}

/** Pre-bundled packages are kept below the UI's root when that is the project's root. */
function isCacheFile(path: string, server: ViteDevServer): boolean {
  return `${server.config.root}${path}`.startsWith(`${server.config.cacheDir}/`);
}

function send(res: ServerResponse, contentType: string, body: string | Buffer, status = 200): void {
  res.writeHead(status, {
    'content-type': contentType,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  res.end(body);
}

function refuse(res: ServerResponse): void {
  res.writeHead(400, { 'content-type': 'text/plain' }).end('invalid path');
}

function notFound(res: ServerResponse): void {
  res.writeHead(404).end();
}
