import { Agent, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { passedOn, passedOnUpgrade } from './admission.js';

/** Headers that concern one connection, and those that a page of an extension must not set for the host. */
const KEPT_BACK = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'trailer'],
  ...['set-cookie', 'access-control-allow-origin', 'access-control-allow-credentials'],
]);

/** Carries requests and sockets to the program that serves a UI. */
export class Relay {
  readonly #agent = new Agent({ keepAlive: true });

  /** Sends a request to the program behind `socket` and its answer back. */
  forward(socket: string, req: IncomingMessage, res: ServerResponse): void {
    const upstream = request({
      socketPath: socket,
      path: req.url,
      method: req.method,
      headers: passedOn(req.headers),
      agent: this.#agent,
    });
    upstream.on('response', (answer) => {
      const headers = Object.entries(answer.headers).filter(([name]) => !KEPT_BACK.has(name));
      res.writeHead(answer.statusCode ?? 502, {
        ...Object.fromEntries(headers),
        'x-content-type-options': 'nosniff',
        'cross-origin-resource-policy': 'same-origin',
      });
      answer.on('error', () => res.destroy());
      answer.pipe(res);
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
