import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Listening, listen } from './listening.js';

export interface HostRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What the host answers: a status and a JSON body, or nothing at all (`hang`, `reset`). */
export type HostAnswer = { readonly status: number; readonly json?: unknown } | 'hang' | 'reset';

/** Stands in for the product's app: records every request and answers as the test says. */
export class AppHost {
  readonly requests: HostRequest[] = [];
  /** Answers by path; the rest is a 404. */
  readonly answers = new Map<string, (request: HostRequest) => HostAnswer>();
  #listening: Listening | undefined;

  static async start(port = 0): Promise<AppHost> {
    const host = new AppHost();
    host.#listening = await listen((request, response) => void host.#answer(request, response), port);
    return host;
  }

  get url(): string {
    return this.#listening?.url ?? '';
  }

  /** Makes the registry know an install, for host lookup and validation. */
  install(tenantId: string, extensionId: string, contentHash: string): void {
    this.answers.set('/api/installs/lookup-by-host', () => ({
      status: 200,
      json: { tenant_id: tenantId, extension_id: extensionId, content_hash: contentHash },
    }));
    this.answers.set('/api/installs/validate', ({ query }) => {
      const asked = [query.get('tenant'), query.get('extension'), query.get('hash')];
      const valid = JSON.stringify(asked) === JSON.stringify([tenantId, extensionId, contentHash]);
      return { status: 200, json: { valid } };
    });
  }

  to(path: string): HostRequest[] {
    return this.requests.filter((request) => request.path === path);
  }

  async stop(): Promise<void> {
    await this.#listening?.stop();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://host');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const seen: HostRequest = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: Buffer.concat(chunks).toString('utf8'),
    };
    this.requests.push(seen);
    const answer = this.answers.get(url.pathname)?.(seen) ?? { status: 404 };
    if (answer === 'hang') return;
    if (answer === 'reset') return void response.destroy();
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(answer.json === undefined ? undefined : JSON.stringify(answer.json));
  }
}
