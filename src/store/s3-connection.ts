import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'minio';
import { unlessAborted, withDeadline } from '../core/deadline.js';
import { algaError } from '../core/errors/alga-error.js';
import { isPassing, storeFailure } from './store-failure.js';

/** Where the bundles are stored and who we are there. */
export interface StoreConfig {
  /** Scheme, host and port, e.g. `http://127.0.0.1:4569`. */
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region: string;
  readonly bucket: string;
}

/** One PUT for everything a bundle may be: only a single PUT can carry a condition. */
const PART_SIZE = 256 * 1_048_576;
const RETRY_DELAYS_MS: readonly number[] = [20, 120, 400];
const CALL_TIMEOUT_MS = 30_000;

/**
 * A connection to the store. The S3 client is loaded with the first call (it costs 140 ms) and keeps
 * its sockets open between calls; `close` ends them.
 */
export class S3Connection {
  readonly config: StoreConfig;
  readonly #address: URL;
  readonly #agent: HttpAgent;
  #client: Promise<Client> | undefined;

  /** Throws STORE_ADDRESS_INVALID. */
  constructor(config: StoreConfig) {
    this.config = config;
    this.#address = addressOf(config.endpoint);
    const options = { keepAlive: true, maxSockets: 8 };
    this.#agent = this.#address.protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options);
  }

  /** URL of an object; informational, reading it needs credentials. */
  urlOf(key: string): string {
    return `${this.#address.origin}/${this.config.bucket}/${key}`;
  }

  /**
   * Runs one call against the store. `operation` completes the sentence "failed to ...".
   * A broken connection is tried again (the first call after a restart of the server finds its kept
   * socket reset), so `call` must be safe to repeat. Throws coded errors, and the signal's reason
   * once it is aborted; a request under way is then left to end by itself.
   */
  async run<T>(operation: string, call: (client: Client) => Promise<T>, signal?: AbortSignal): Promise<T> {
    this.#client ??= this.#connect();
    const client = await this.#client;
    for (let attempt = 0; ; attempt += 1) {
      signal?.throwIfAborted();
      try {
        return await this.#bounded(call(client), signal);
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        const wait = RETRY_DELAYS_MS[attempt];
        if (wait === undefined || !isPassing(error)) {
          throw storeFailure(error, { ...this.config, operation });
        }
        await delay(wait);
      }
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  async #connect(): Promise<Client> {
    const { Client: S3Client } = await import('minio');
    const { accessKey, secretKey, region } = this.config;
    return new S3Client({
      endPoint: this.#address.hostname,
      port: Number(this.#address.port) || (this.#address.protocol === 'https:' ? 443 : 80),
      useSSL: this.#address.protocol === 'https:',
      accessKey,
      secretKey,
      region,
      pathStyle: true,
      partSize: PART_SIZE,
      transportAgent: this.#agent,
      // The client's own retry writes to the console and loses the reason; `run` does it instead.
      retryOptions: { disableRetry: true },
    });
  }

  #bounded<T>(call: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const { endpoint } = this.config;
    const detail = `no answer within ${CALL_TIMEOUT_MS / 1000} s`;
    const error = () => algaError('STORE_UNREACHABLE', { endpoint, detail });
    return withDeadline({ ms: CALL_TIMEOUT_MS, error }, signal, (limited) => unlessAborted(call, limited));
  }
}

function addressOf(endpoint: string): URL {
  if (!URL.canParse(endpoint)) throw algaError('STORE_ADDRESS_INVALID', { endpoint });
  const url = new URL(endpoint);
  const plain = (url.pathname === '/' || url.pathname === '') && url.search === '' && url.username === '';
  if (!/^https?:$/.test(url.protocol) || !plain) throw algaError('STORE_ADDRESS_INVALID', { endpoint });
  return url;
}
