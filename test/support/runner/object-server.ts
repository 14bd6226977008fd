import type { ServerResponse } from 'node:http';
import { type Listening, listen } from './listening.js';

/** How the next request is spoiled: a status, a body cut short, or a connection that breaks. */
export type Spoil = number | 'cut' | 'reset';

export interface SeenRequest {
  readonly method: string;
  /** Object key, without the bucket. */
  readonly key: string;
  readonly query: URLSearchParams;
}

/**
 * Serves objects from memory under `/alga-ext/`, as an S3 bucket does, and checks nothing. Requests
 * are recorded; the next ones can be spoiled or held back.
 */
export class ObjectServer {
  readonly requests: SeenRequest[] = [];
  readonly #objects = new Map<string, Buffer>();
  readonly #spoils: Spoil[] = [];
  #gate: Promise<void> = Promise.resolve();
  #listening: Listening | undefined;

  static async start(port = 0): Promise<ObjectServer> {
    const store = new ObjectServer();
    store.#listening = await listen((request, response) => {
      const url = new URL(request.url ?? '/', 'http://store');
      void store.#answer(request.method ?? 'GET', url, response);
    }, port);
    return store;
  }

  /** Value of `BUNDLE_STORE_BASE`. */
  get base(): string {
    return `${this.#listening?.url}/alga-ext/`;
  }

  put(key: string, bytes: Buffer): void {
    this.#objects.set(key, bytes);
  }

  delete(key: string): void {
    this.#objects.delete(key);
  }

  /** Spoils the next requests, one each. */
  spoil(...spoils: Spoil[]): void {
    this.#spoils.push(...spoils);
  }

  /** Holds requests back until the function given back is called. */
  hold(): () => void {
    let open: () => void = () => undefined;
    this.#gate = new Promise((resolve) => {
      open = resolve;
    });
    return open;
  }

  gets(key: string): number {
    return this.requests.filter((seen) => seen.method === 'GET' && seen.key === key).length;
  }

  async stop(): Promise<void> {
    await this.#listening?.stop();
  }

  async #answer(method: string, url: URL, response: ServerResponse): Promise<void> {
    const key = decodeURIComponent(url.pathname).replace(/^\/alga-ext\/?/, '');
    this.requests.push({ method, key, query: url.searchParams });
    await this.#gate;
    const spoil = method === 'GET' ? this.#spoils.shift() : undefined;
    if (typeof spoil === 'number') return void response.writeHead(spoil).end();
    if (spoil === 'reset') return void response.destroy();
    if (key === '') return void response.writeHead(200).end();
    const bytes = this.#objects.get(key);
    if (bytes === undefined) return void response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>');
    response.writeHead(200, { 'content-length': bytes.length });
    if (spoil === 'cut') {
      response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.destroy());
      return;
    }
    response.end(method === 'HEAD' ? undefined : bytes);
  }
}
