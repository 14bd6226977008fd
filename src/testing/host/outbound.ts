import type { FetchRequest, FetchResponse } from '../../../runner/src/capabilities/http-fetch.js';
import { err, ok, type Result } from '../../../runner/src/capabilities/result.js';
import { algaError } from '../../core/errors/alga-error.js';
import type { Answering, OutgoingAnswer, OutgoingRequest, TestOutbound } from '../api.js';
import { bytesOf, headerMap } from '../bytes.js';

interface Rule {
  readonly method: string;
  readonly url: string | RegExp;
  readonly answer: Answering;
}

/** A programmed answer in the form in which it is sent. */
interface Sent {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Programmed answers to what the handler asks of the outside, and a record of what it asked. */
export class ProgrammedOutbound implements TestOutbound {
  readonly requests: OutgoingRequest[] = [];
  readonly #rules: Rule[] = [];
  /** How the answers are programmed, for the error about a missing one. */
  readonly #door: string;

  constructor(door: string) {
    this.#door = door;
  }

  on(method: string, url: string | RegExp, answer: Answering): void {
    this.#rules.unshift({ method: method.toUpperCase(), url, answer });
  }

  clear(): void {
    this.requests.length = 0;
    this.#rules.length = 0;
  }

  /** `http.fetch` of the guest. */
  async fetch(request: FetchRequest): Promise<Result<FetchResponse, string>> {
    if (!URL.canParse(request.url)) return err('invalid-url');
    const pairs = request.headers.map(({ name, value }) => [name, value] as const);
    const answer = await this.#exchange(outgoing(request.method, request.url, pairs, request.body));
    if (typeof answer === 'string') return err(answer);
    const headers = Object.entries(answer.headers).map(([name, value]) => ({ name, value }));
    return ok({ status: answer.status, headers, body: answer.body });
  }

  /** `ui-proxy.call-route` of the guest: the body of a 2xx answer. */
  async callRoute(route: string, payload: Uint8Array | undefined): Promise<Result<Uint8Array, string>> {
    const method = payload === undefined ? 'GET' : 'POST';
    const answer = await this.#exchange(outgoing(method, route, [], payload));
    if (typeof answer === 'string') return err(answer);
    const { status, body } = answer;
    if (status >= 200 && status < 300) return ok(body);
    if (status === 404) return err('route-not-found');
    if (status === 401 || status === 403 || status === 429) return err('denied');
    return err(status >= 400 && status < 500 ? 'bad-request' : 'internal');
  }

  /** The answer, or the reason with which the call is to fail. */
  async #exchange(request: OutgoingRequest): Promise<Sent | string> {
    this.requests.push(request);
    const rule = this.#rules.find((candidate) => fits(candidate, request));
    if (rule === undefined) {
      const { method, url } = request;
      throw algaError('TEST_REQUEST_UNANSWERED', { method, url, door: this.#door });
    }
    const answer = typeof rule.answer === 'function' ? await rule.answer(request) : rule.answer;
    return answer.fail ?? sent(answer);
  }
}

function outgoing(
  method: string,
  url: string,
  headers: ReadonlyArray<readonly [string, string]>,
  body: Uint8Array | undefined,
): OutgoingRequest {
  const text = body === undefined ? undefined : new TextDecoder().decode(body);
  return { method: method.toUpperCase(), url, headers: headerMap(headers), body: text };
}

function fits({ method, url }: Rule, request: OutgoingRequest): boolean {
  if (method !== request.method) return false;
  if (url instanceof RegExp) return url.test(request.url);
  return request.url === url || request.url.split('?')[0] === url;
}

function sent({ status = 200, headers = {}, json, body }: OutgoingAnswer): Sent {
  if (json === undefined) return { status, headers, body: bytesOf(body) ?? new Uint8Array() };
  const typed = { 'content-type': 'application/json', ...headers };
  return { status, headers: typed, body: new TextEncoder().encode(JSON.stringify(json)) };
}
