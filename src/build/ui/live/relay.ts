import {
  Agent,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
  type ServerResponse,
} from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { mountOf, passedOn, passedOnUpgrade } from './admission.js';

/** Headers that concern one connection, and those that a page of an extension must not set for the host. */
const KEPT_BACK = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'trailer'],
  ...['set-cookie', 'access-control-allow-origin', 'access-control-allow-credentials'],
]);

/** Headers of a request whose answer is rewritten: it has to come whole and readable, for whoever may ask. */
const NOT_FOR_REWRITING = ['accept-encoding', 'range', 'sec-fetch-site', 'sec-fetch-mode'];
/** What names addresses of other files. */
const WITH_ADDRESSES = /^(?:text\/(?:html|css|javascript)|application\/javascript)\b/;
const POLICY = 'content-security-policy';
const RESOURCE_POLICY = 'cross-origin-resource-policy';

/**
 * Carries requests and sockets to the program that serves a UI. The program writes its base into what it
 * serves; for who has mounted the UI below a path of its own, that path is put before it.
 */
export class Relay {
  readonly #base: string;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(base: string) {
    this.#base = base;
  }

  /** Sends a request to the program behind `socket` and its answer back. */
  forward(socket: string, req: IncomingMessage, res: ServerResponse): void {
    const mount = mountOf(req);
    const moved = (body: string): string => body.replaceAll(this.#base, mount + this.#base);
    const upstream = request({
      socketPath: socket,
      path: req.url,
      method: req.method,
      headers: passedOn(req.headers, mount === '' ? [] : NOT_FOR_REWRITING),
      agent: this.#agent,
    });
    upstream.on('response', (answer) => {
      answer.on('error', () => res.destroy());
      const head = headOf(answer, res, moved);
      const status = answer.statusCode ?? 502;
      if (mount === '' || !WITH_ADDRESSES.test(answer.headers['content-type'] ?? '')) {
        res.writeHead(status, head);
        answer.pipe(res);
        return;
      }
      const { 'content-length': _before, ...rest } = head;
      text(answer).then(
        (body) => res.writeHead(status, rest).end(moved(body)),
        () => res.destroy(),
      );
    });
    upstream.on('error', () => unavailable(res));
    res.on('close', () => upstream.destroy());
    upstream.end();
  }

  /** Joins a browser's socket with the program's. */
  join(socket: string, req: IncomingMessage, browser: Duplex, head: Buffer): void {
    const program = connect(socket);
    const end = () => {
      browser.destroy();
      program.destroy();
    };
    for (const side of [browser, program]) side.on('error', end).on('close', end);
    program.on('connect', () => {
      const headers = Object.entries(passedOnUpgrade(req.headers)).map(
        ([name, value]) => `${name}: ${value}\r\n`,
      );
      program.write(`GET ${req.url} HTTP/1.1\r\n${headers.join('')}\r\n`);
      program.write(head);
      browser.pipe(program).pipe(browser);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** The headers of an answer, as they go to the browser. */
function headOf(
  answer: IncomingMessage,
  res: ServerResponse,
  moved: (body: string) => string,
): OutgoingHttpHeaders {
  const { [POLICY]: policy, ...others } = answer.headers;
  return {
    ...Object.fromEntries(Object.entries(others).filter(([name]) => !KEPT_BACK.has(name))),
    ...(typeof policy === 'string' ? { [POLICY]: moved(policy) } : {}),
    'x-content-type-options': 'nosniff',
    // Who has decided already about other sites has looked at who asks.
    [RESOURCE_POLICY]: res.getHeader(RESOURCE_POLICY) ?? 'same-origin',
  };
}

/** The program is being started again: a page may try once more. */
export function unavailable(res: ServerResponse): void {
  if (res.headersSent) {
    res.destroy();
    return;
  }
  res.writeHead(503, {
    'retry-after': '1',
    'content-type': 'text/plain',
    'x-content-type-options': 'nosniff',
  });
  res.end('The page is being started again.');
}
