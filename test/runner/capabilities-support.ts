import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A call some server received. */
export interface ReceivedCall {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  /** An object is sent as JSON; `undefined` leaves the call without an answer. */
  readonly body?: string | Buffer | object;
}

/** A real HTTP server that answers as told and remembers what it was asked. */
export class ScriptedServer {
  readonly calls: ReceivedCall[] = [];
  answer: (call: ReceivedCall) => Answer | 'hang' | 'reset' = () => ({});
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Listens on 127.0.0.1, on a port of the system's choice unless one is given. */
  static async start(port = 0): Promise<ScriptedServer> {
    const server = createServer();
    const scripted = new ScriptedServer(server);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        const call = { method, url, headers, body: Buffer.concat(chunks).toString('utf8') };
        scripted.calls.push(call);
        const answer = scripted.answer(call);
        if (answer === 'hang') return;
        if (answer === 'reset') {
          request.socket.destroy();
          return;
        }
        const { status = 200, body = '' } = answer;
        const json = typeof body === 'object' && !Buffer.isBuffer(body);
        response.writeHead(status, {
          ...(json && { 'content-type': 'application/json' }),
          ...answer.headers,
        });
        response.end(json ? JSON.stringify(body) : body);
      });
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    return scripted;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The calls since the last time, oldest first. */
  take(): ReceivedCall[] {
    return this.calls.splice(0);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
