import type { FetchError } from '../../capabilities/http-fetch.js';
import { ok } from '../../capabilities/result.js';
import {
  Fields,
  type HeaderError,
  type IncomingBody,
  IncomingResponse,
  OutgoingBody,
  OutgoingRequest,
  OutgoingResponse,
} from './http-types.js';
import { Pollable } from './streams.js';
import type { WasiFunctions, WasiHost } from './wasi-host.js';

/**
 * The answer to a request of the guest. The exchange is made when the guest first asks for it: by then
 * it has written the body, and it has to wait for the answer in any case.
 */
class FutureResponse {
  readonly #request: OutgoingRequest;
  #taken = false;

  constructor(request: OutgoingRequest) {
    this.#request = request;
  }

  get(host: WasiHost): unknown {
    if (this.#taken) return { tag: 'err' };
    this.#taken = true;
    return ok(this.#exchange(host));
  }

  #exchange(host: WasiHost): unknown {
    const { methodName: method, url, headers, body } = this.#request;
    const bytes = body?.bytes();
    if (body !== undefined && bytes === undefined) return failure('HTTP-request-body-size');
    const answer = host.fetch({ method, url, headers: headers.pairs(), body: bytes });
    if (answer.tag === 'err') return failure(ERROR_CODES[answer.val]);
    return ok(new IncomingResponse(answer.val.status, answer.val.headers, answer.val.body));
  }
}

const ERROR_CODES: Readonly<Record<FetchError, string>> = {
  'invalid-url': 'HTTP-request-URI-invalid',
  'not-allowed': 'HTTP-request-denied',
  transport: 'connection-terminated',
  internal: 'HTTP-response-incomplete',
};

/** An error code is a variant; the cases used here carry nothing the guest must see. */
function failure(code: string): object {
  return { tag: 'err', val: { tag: code } };
}

/** A result without error data. */
function present(value: unknown): object {
  return value === undefined ? { tag: 'err' } : ok(value);
}

function headerResult(error: HeaderError | undefined): object {
  return error === undefined ? ok(undefined) : { tag: 'err', val: { tag: error } };
}

function fieldsFrom(entries: unknown): object {
  const fields = new Fields();
  for (const [name, value] of entries as ReadonlyArray<readonly [string, Uint8Array]>) {
    const error = fields.append(name, value);
    if (error !== undefined) return headerResult(error);
  }
  return ok(fields);
}

function setField(fields: Fields, name: string, values: readonly Uint8Array[]): object {
  const removed = fields.remove(name);
  if (removed !== undefined) return headerResult(removed);
  for (const value of values) {
    const error = fields.append(name, value);
    if (error !== undefined) return headerResult(error);
  }
  return headerResult(undefined);
}

const FIELD_FUNCTIONS: WasiFunctions = [
  ['[constructor]fields', () => new Fields()],
  ['[static]fields.from-list', (_, [entries]) => fieldsFrom(entries)],
  ['[method]fields.get', (_, [it, name]) => (it as Fields).get(name as string)],
  ['[method]fields.has', (_, [it, name]) => (it as Fields).get(name as string).length > 0],
  [
    '[method]fields.set',
    (_, [it, name, values]) => setField(it as Fields, name as string, values as Uint8Array[]),
  ],
  ['[method]fields.delete', (_, [it, name]) => headerResult((it as Fields).remove(name as string))],
  [
    '[method]fields.append',
    (_, [it, name, value]) => headerResult((it as Fields).append(name as string, value as Uint8Array)),
  ],
  ['[method]fields.entries', (_, [it]) => (it as Fields).entries],
  ['[method]fields.clone', (_, [it]) => new Fields((it as Fields).entries)],
];

function change<T>(it: unknown, apply: (target: T) => void): object {
  apply(it as T);
  return ok(undefined);
}

function requestBody(it: unknown): object {
  const request = it as OutgoingRequest;
  if (request.body !== undefined) return { tag: 'err' };
  request.body = new OutgoingBody();
  return ok(request.body);
}

const REQUEST_FUNCTIONS: WasiFunctions = [
  ['[constructor]outgoing-request', (_, [headers]) => new OutgoingRequest(headers as Fields)],
  ['[method]outgoing-request.body', (_, [it]) => requestBody(it)],
  ['[method]outgoing-request.method', (_, [it]) => (it as OutgoingRequest).method],
  ['[method]outgoing-request.scheme', (_, [it]) => (it as OutgoingRequest).scheme],
  ['[method]outgoing-request.authority', (_, [it]) => (it as OutgoingRequest).authority],
  ['[method]outgoing-request.path-with-query', (_, [it]) => (it as OutgoingRequest).pathWithQuery],
  [
    '[method]outgoing-request.headers',
    (_, [it]) => new Fields((it as OutgoingRequest).headers.entries, false),
  ],
  [
    '[method]outgoing-request.set-method',
    (_, [it, method]) =>
      change<OutgoingRequest>(it, (request) => {
        request.method = method as OutgoingRequest['method'];
      }),
  ],
  [
    '[method]outgoing-request.set-scheme',
    (_, [it, scheme]) =>
      change<OutgoingRequest>(it, (request) => {
        request.scheme = scheme as OutgoingRequest['scheme'];
      }),
  ],
  [
    '[method]outgoing-request.set-authority',
    (_, [it, authority]) =>
      change<OutgoingRequest>(it, (request) => {
        request.authority = authority as string | undefined;
      }),
  ],
  [
    '[method]outgoing-request.set-path-with-query',
    (_, [it, path]) =>
      change<OutgoingRequest>(it, (request) => {
        request.pathWithQuery = path as string | undefined;
      }),
  ],
  ['[constructor]request-options', () => ({})],
  ['[method]request-options.set-connect-timeout', () => ok(undefined)],
  ['[method]request-options.set-first-byte-timeout', () => ok(undefined)],
  ['[method]request-options.set-between-bytes-timeout', () => ok(undefined)],
];

const RESPONSE_FUNCTIONS: WasiFunctions = [
  ['[method]outgoing-body.write', (_, [it]) => present((it as OutgoingBody).open())],
  ['[static]outgoing-body.finish', () => ok(undefined)],
  ['[constructor]outgoing-response', (_, [headers]) => new OutgoingResponse(headers as Fields)],
  ['[method]outgoing-response.status-code', (_, [it]) => (it as OutgoingResponse).status],
  [
    '[method]outgoing-response.set-status-code',
    (_, [it, status]) =>
      change<OutgoingResponse>(it, (response) => {
        response.status = status as number;
      }),
  ],
  [
    '[method]outgoing-response.headers',
    (_, [it]) => new Fields((it as OutgoingResponse).headers.entries, false),
  ],
  ['[method]outgoing-response.body', (_, [it]) => ok((it as OutgoingResponse).body)],
  ['[method]incoming-response.status', (_, [it]) => (it as IncomingResponse).status],
  ['[method]incoming-response.headers', (_, [it]) => (it as IncomingResponse).headers],
  ['[method]incoming-response.consume', (_, [it]) => present((it as IncomingResponse).consume())],
  ['[method]incoming-body.stream', (_, [it]) => present((it as IncomingBody).open())],
  ['[static]incoming-body.finish', () => ({})],
  ['[method]future-trailers.subscribe', () => new Pollable()],
  ['[method]future-trailers.get', () => ok(ok(undefined))],
  ['[method]future-incoming-response.subscribe', () => new Pollable()],
  ['[method]future-incoming-response.get', (host, [it]) => (it as FutureResponse).get(host)],
  ['http-error-code', () => undefined],
];

/** `wasi:http`: outgoing requests, which obey the rules of `http.fetch`. Nothing comes in this way. */
export const HTTP_FUNCTIONS: WasiFunctions = [
  ...[...FIELD_FUNCTIONS, ...REQUEST_FUNCTIONS, ...RESPONSE_FUNCTIONS].map(
    ([name, run]) => [`wasi:http/types#${name}`, run] as const,
  ),
  ['wasi:http/outgoing-handler#handle', (_, [request]) => ok(new FutureResponse(request as OutgoingRequest))],
];
