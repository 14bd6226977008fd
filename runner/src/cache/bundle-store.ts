import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { StoreSettings } from '../config.js';
import { Deadline } from '../net/deadline.js';
import type { HttpClient, OpenAnswer } from '../net/http-client.js';
import { text } from '../net/text.js';
import { BundleError, hashMismatch } from './errors.js';
import { type BundleSource, canonicalKey, isSafeId, tenantKey } from './object-key.js';
import { encodeSegment, presign } from './presigned-url.js';

const SIGNATURE_SUFFIX = '.sig';
const MAX_SIGNATURE_BYTES = 1024 * 1024;
const PRESIGN_SECONDS = 60;
const FIRST_PAUSE_MS = 100;

export interface BundleStoreOptions extends StoreSettings {
  readonly http: HttpClient;
  /** Largest archive that is downloaded. */
  readonly maxBytes: number;
  readonly onBytes?: (count: number) => void;
}

/** Where a downloaded bundle came from, to find the objects beside it. */
export interface DownloadedBundle {
  readonly key: string;
  readonly bytes: number;
}

/** A failure that may pass by itself: the same request can succeed a moment later. */
class PassingFailure extends Error {}

/** Reads bundles from the object store, by signed address when there are credentials. */
export class BundleStore {
  readonly #options: BundleStoreOptions;

  constructor(options: BundleStoreOptions) {
    this.#options = options;
  }

  get configured(): boolean {
    return this.#options.baseUrl !== undefined;
  }

  /**
   * Downloads the bundle of a hash into a new file, hashing it on the way. Throws `BundleError`;
   * with `hash_mismatch` when the bytes are not the ones asked for. Failures that may pass are
   * tried again with growing pauses, refusals (4xx) are not.
   */
  async download(source: BundleSource, hex: string, file: string): Promise<DownloadedBundle> {
    return await this.#inTime(async (deadline) => {
      let missing: BundleError | undefined;
      for (const key of this.#keysOf(source, hex)) {
        try {
          const bytes = await this.#retry(() => this.#downloadOnce(key, hex, file, deadline), deadline);
          return { key, bytes };
        } catch (error) {
          if (!(error instanceof BundleError) || error.fault !== 'not_found') throw error;
          missing = error;
        }
      }
      throw missing ?? new BundleError('bad_address', 'no object key for this bundle');
    });
  }

  /** The detached signature stored beside a bundle; undefined when there is none. */
  async signatureOf(key: string): Promise<Buffer | undefined> {
    return await this.#inTime((deadline) => this.#retry(() => this.#signatureOnce(key, deadline), deadline));
  }

  /** Whether the bucket answers; signed when there are credentials, one second at most. */
  async isReachable(): Promise<boolean> {
    if (this.#options.baseUrl === undefined) return true;
    try {
      const url = this.#probeAddress();
      const answer = await this.#options.http.call({
        method: 'HEAD',
        url,
        timeoutMs: 1000,
        maxBytes: 65_536,
      });
      return answer.status >= 200 && answer.status < 300;
    } catch {
      return false;
    }
  }

  #keysOf(source: BundleSource, hex: string): string[] {
    const { layout } = this.#options;
    const keys: string[] = [];
    if (layout !== 'canonical') {
      if (!isSafeId(source.tenantId) || !isSafeId(source.extensionId)) {
        throw new BundleError('bad_address', 'tenant or extension id is not usable in an object key');
      }
      keys.push(tenantKey(source, hex));
    }
    if (layout !== 'tenant') keys.push(canonicalKey(hex));
    return keys;
  }

  /** The bucket, signed, when there are credentials for it; else the configured base as it is. */
  #probeAddress(): URL {
    const { baseUrl, credentials, region } = this.#options;
    if (baseUrl === undefined) throw new BundleError('unavailable', 'BUNDLE_STORE_BASE is not set');
    const bucket = baseUrl.pathname.split('/').find((segment) => segment !== '');
    if (credentials === undefined || bucket === undefined) return new URL(baseUrl.href.replace(/\/+$/, ''));
    const url = new URL(`/${bucket}`, baseUrl.origin);
    return presign({
      method: 'HEAD',
      url,
      ...credentials,
      region,
      expiresSeconds: PRESIGN_SECONDS,
      now: new Date(),
    });
  }

  /** Gives a function that makes the address of a key, signed anew at every call. */
  #addressOf(key: string): () => URL {
    const { baseUrl, credentials, region } = this.#options;
    if (baseUrl === undefined) throw new BundleError('unavailable', 'BUNDLE_STORE_BASE is not set');
    const base = `${baseUrl.origin}${baseUrl.pathname.replace(/\/+$/, '')}`;
    const path = key.split('/').map(encodeSegment).join('/');
    const url = new URL(`${base}/${path}`);
    const hasBucket = baseUrl.pathname.split('/').some((segment) => segment !== '');
    if (credentials === undefined || !hasBucket) return () => url;
    return () =>
      presign({
        method: 'GET',
        url,
        ...credentials,
        region,
        expiresSeconds: PRESIGN_SECONDS,
        now: new Date(),
      });
  }

  /** Runs something that ends with the time of a download. */
  async #inTime<T>(work: (deadline: AbortSignal) => Promise<T>): Promise<T> {
    const deadline = new Deadline(this.#options.timeoutMs);
    try {
      return await work(deadline.signal);
    } finally {
      deadline.end();
    }
  }

  async #retry<T>(attempt: () => Promise<T>, deadline: AbortSignal): Promise<T> {
    let pause = FIRST_PAUSE_MS;
    for (let left = this.#options.attempts - 1; ; left -= 1) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof PassingFailure)) throw error;
        if (left <= 0 || deadline.aborted) throw new BundleError('store', error.message, { cause: error });
      }
      await pauseFor(pause * (0.5 + Math.random()), deadline);
      pause *= 3;
    }
  }

  async #signatureOnce(key: string, signal: AbortSignal): Promise<Buffer | undefined> {
    const { http, timeoutMs } = this.#options;
    const url = this.#addressOf(`${key}${SIGNATURE_SUFFIX}`)();
    const answer = await http
      .call({ method: 'GET', url, timeoutMs, maxBytes: MAX_SIGNATURE_BYTES, signal })
      .catch((error: unknown) => {
        throw new PassingFailure(text(error), { cause: error });
      });
    if (answer.status === 200) return answer.body;
    if (answer.status === 404 || answer.status === 403) return undefined;
    throw refusal(answer.status);
  }

  async #downloadOnce(key: string, hex: string, file: string, deadline: AbortSignal): Promise<number> {
    const answer = await this.#open(key, deadline);
    try {
      if (answer.status !== 200) {
        answer.stream.resume();
        throw refusal(answer.status);
      }
      const declared = Number(answer.headers['content-length'] ?? Number.NaN);
      if (declared > this.#options.maxBytes) throw tooLarge(this.#options.maxBytes);
      const { bytes, digest } = await this.#store(answer.stream, file);
      if (Number.isFinite(declared) && bytes !== declared) throw new PassingFailure('download cut short');
      if (digest !== hex) throw hashMismatch(hex, digest);
      return bytes;
    } finally {
      answer.done();
      if (!answer.stream.readableEnded) answer.stream.destroy();
    }
  }

  async #open(key: string, deadline: AbortSignal): Promise<OpenAnswer> {
    const url = this.#addressOf(key)();
    try {
      const timeoutMs = this.#options.timeoutMs;
      return await this.#options.http.open({ method: 'GET', url, timeoutMs, signal: deadline });
    } catch (error) {
      throw new PassingFailure(`bundle store: ${text(error)}`, { cause: error });
    }
  }

  async #store(stream: AsyncIterable<Buffer>, file: string): Promise<{ bytes: number; digest: string }> {
    const hash = createHash('sha256');
    let bytes = 0;
    const handle = await open(file, 'w', 0o600);
    try {
      for await (const chunk of passing(stream)) {
        bytes += chunk.length;
        if (bytes > this.#options.maxBytes) throw tooLarge(this.#options.maxBytes);
        hash.update(chunk);
        await handle.appendFile(chunk);
        this.#options.onBytes?.(chunk.length);
      }
    } finally {
      await handle.close();
    }
    return { bytes, digest: hash.digest('hex') };
  }
}

/** The chunks of a download; a broken connection becomes a failure that may pass. */
async function* passing(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const chunks = stream[Symbol.asyncIterator]();
  for (;;) {
    const next = await chunks.next().catch((error: unknown) => {
      throw new PassingFailure(`bundle store: ${text(error)}`, { cause: error });
    });
    if (next.done === true) return;
    yield next.value;
  }
}

function refusal(status: number): Error {
  if (status >= 500) return new PassingFailure(`bundle store answered ${status}`);
  if (status === 404) return new BundleError('not_found', 'bundle not found in the store (404)');
  // Stores that may not list the bucket say 403 for an object that is not there.
  if (status === 403) return new BundleError('not_found', 'bundle store refused access (403)');
  return new BundleError('store', `bundle store answered ${status}`);
}

function tooLarge(maxBytes: number): BundleError {
  return new BundleError('too_large', `bundle is larger than ${maxBytes} bytes`);
}

/** Waits, but not beyond the signal. */
async function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}
