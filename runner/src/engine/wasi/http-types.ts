import type { HeaderPair } from '../../capabilities/http-fetch.js';
import { InputStream, OutputStream } from './streams.js';

interface Tagged {
  readonly tag: string;
  readonly val?: unknown;
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Together with names and values: what one set of fields may hold. */
const MAX_FIELDS_BYTES = 1024 * 1024;
/** What a guest may collect as the body of one request. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

export type HeaderError = 'invalid-syntax' | 'immutable';

/** Header fields: several values to a name, values are bytes. */
export class Fields {
  readonly #entries: Array<readonly [string, Uint8Array]>;
  readonly mutable: boolean;

  constructor(entries: ReadonlyArray<readonly [string, Uint8Array]> = [], mutable = true) {
    this.#entries = [...entries];
    this.mutable = mutable;
  }

  get entries(): ReadonlyArray<readonly [string, Uint8Array]> {
    return this.#entries;
  }

  get(name: string): Uint8Array[] {
    return this.#entries.flatMap(([key, value]) => (same(key, name) ? [value] : []));
  }

  /** Adds a value; gives what is wrong with it, if anything. */
  append(name: string, value: Uint8Array): HeaderError | undefined {
    if (!this.mutable) return 'immutable';
    const size = this.#entries.reduce((sum, [key, bytes]) => sum + key.length + bytes.length, 0);
    const valid = TOKEN.test(name) && !value.some((byte) => byte === 0 || byte === 10 || byte === 13);
    if (!valid || size + name.length + value.length > MAX_FIELDS_BYTES) return 'invalid-syntax';
    this.#entries.push([name, value]);
    return undefined;
  }

  remove(name: string): HeaderError | undefined {
    if (!this.mutable) return 'immutable';
    const kept = this.#entries.filter(([key]) => !same(key, name));
    this.#entries.splice(0, this.#entries.length, ...kept);
    return undefined;
  }

  pairs(): HeaderPair[] {
    return this.#entries.map(([name, value]) => ({ name, value: Buffer.from(value).toString('latin1') }));
  }
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** A body the guest writes. */
export class OutgoingBody {
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  #opened = false;

  /** The stream to write to; there is only one. */
  open(): OutputStream | undefined {
    if (this.#opened) return undefined;
    this.#opened = true;
    return new OutputStream((_, bytes) => {
      this.#size += bytes.length;
      if (this.#size <= MAX_BODY_BYTES) this.#chunks.push(bytes);
    });
  }

  /** Everything written; `undefined` when it is more than may be sent. */
  bytes(): Uint8Array | undefined {
    return this.#size > MAX_BODY_BYTES ? undefined : Buffer.concat(this.#chunks);
  }
}

/** A request the guest puts together. */
export class OutgoingRequest {
  readonly headers: Fields;
  method: Tagged = { tag: 'get' };
  scheme: Tagged | undefined;
  authority: string | undefined;
  pathWithQuery: string | undefined;
  body: OutgoingBody | undefined;

  constructor(headers: Fields) {
    this.headers = headers;
  }

  get methodName(): string {
    return this.method.tag === 'other' ? String(this.method.val) : this.method.tag.toUpperCase();
  }

  get url(): string {
    const scheme = this.scheme?.tag === 'other' ? String(this.scheme.val) : (this.scheme?.tag ?? 'HTTPS');
    return `${scheme.toLowerCase()}://${this.authority ?? ''}${this.pathWithQuery ?? '/'}`;
  }
}

/** A response the guest puts together; there is nobody to give it to. */
export class OutgoingResponse {
  readonly headers: Fields;
  readonly body = new OutgoingBody();
  status = 200;

  constructor(headers: Fields) {
    this.headers = headers;
  }
}

/** A body the guest reads, once. */
export class IncomingBody {
  readonly #bytes: Uint8Array;
  #opened = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  open(): InputStream | undefined {
    if (this.#opened) return undefined;
    this.#opened = true;
    return new InputStream(this.#bytes);
  }
}

/** A response the guest was given. */
export class IncomingResponse {
  readonly status: number;
  readonly headers: Fields;
  readonly #body: IncomingBody;
  #consumed = false;

  constructor(status: number, headers: readonly HeaderPair[], body: Uint8Array) {
    this.status = status;
    const entries = headers.map(({ name, value }) => [name, Buffer.from(value, 'latin1')] as const);
    this.headers = new Fields(entries, false);
    this.#body = new IncomingBody(body);
  }

  consume(): IncomingBody | undefined {
    if (this.#consumed) return undefined;
    this.#consumed = true;
    return this.#body;
  }
}
