import http, { type Agent, type IncomingMessage } from 'node:http';
import type { LookupFunction } from 'node:net';
import { Deadline } from '../net/deadline.js';
import { hasCode, text } from '../net/text.js';

export interface OutboundCall {
  readonly method: string;
  readonly url: URL;
  readonly headers: ReadonlyArray<readonly [string, string]>;
  readonly body?: Uint8Array | undefined;
  /** Time for everything, redirects included. */
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
  /** The deadline of the guest's call: aborted when it is over. */
  readonly signal: AbortSignal;
  /** Resolves host names; where private addresses are refused, this is what refuses them. */
  readonly lookup?: LookupFunction;
}

export interface OutboundAnswer {
  readonly status: number;
  /** In the order received, duplicates kept, names in lower case. */
  readonly headers: ReadonlyArray<readonly [string, string]>;
  readonly body: Buffer;
}

/** No answer: refused before or while connecting, TLS, time-out, abort, malformed HTTP. */
export class OutboundError extends Error {
  override readonly name = 'OutboundError';
}

/** The answer began, but its body could not be read or is over the limit. */
export class OutboundBodyError extends Error {
  override readonly name = 'OutboundBodyError';
}

const MAX_REDIRECTS = 10;

/** HTTP calls made on behalf of guests, over kept-alive sockets of its own. */
export class Outbound {
  readonly #agents = new Map<string, Agent>();

  /** One exchange; redirects are answers like any other. Throws `OutboundError` or `OutboundBodyError`. */
  async exchange(call: OutboundCall): Promise<OutboundAnswer> {
    const due = new Deadline(call.timeoutMs, call.signal);
    try {
      const answer = await this.#open(call, due.signal);
      return {
        status: answer.statusCode ?? 0,
        headers: headersOf(answer),
        body: await readBody(answer, call),
      };
    } finally {
      due.end();
    }
  }

  /** As `exchange`, with redirects followed; headers of ours go to no other origin. */
  async follow(call: OutboundCall): Promise<OutboundAnswer> {
    let next = call;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const answer = await this.exchange(next);
      const target = redirectTarget(answer, next.url);
      if (target === undefined) return answer;
      next = redirected(next, answer.status, target);
    }
    throw new OutboundError(`more than ${MAX_REDIRECTS} redirects`);
  }

  /** Closes every socket. Idempotent. */
  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }

  async #open(call: OutboundCall, due: AbortSignal): Promise<IncomingMessage> {
    if (due.aborted) throw new OutboundError('aborted');
    const transport = call.url.protocol === 'https:' ? await import('node:https') : http;
    const agent = this.#agentFor(call.url.protocol, transport.Agent);
    return await new Promise<IncomingMessage>((resolve, reject) => {
      const fail = (error: unknown): void => reject(new OutboundError(text(error), { cause: error }));
      const failOrRetry = (error: unknown, reused: boolean): void => {
        if (reused && hasCode(error, 'ECONNRESET', 'EPIPE')) this.#open(call, due).then(resolve, reject);
        else fail(error);
      };
      try {
        const request = transport.request(call.url, {
          method: call.method,
          headers: headerFields(call),
          agent,
          signal: due,
          ...(call.lookup !== undefined && { lookup: call.lookup }),
        });
        request.once('response', resolve);
        // A kept-alive socket that the other side had closed meanwhile: the call never arrived.
        request.on('error', (error) => failOrRetry(error, request.reusedSocket));
        request.end(call.body);
      } catch (error) {
        fail(error);
      }
    });
  }

  #agentFor(protocol: string, AgentClass: typeof http.Agent): Agent {
    const known = this.#agents.get(protocol);
    if (known !== undefined) return known;
    const agent = new AgentClass({ keepAlive: true, maxSockets: 256, maxFreeSockets: 32, timeout: 60_000 });
    this.#agents.set(protocol, agent);
    return agent;
  }
}

/** Header fields as Node wants them; the length of the body is ours to say, never the caller's. */
function headerFields(call: OutboundCall): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = Object.create(null);
  for (const [name, value] of call.headers) {
    const key = name.toLowerCase();
    const before = fields[key];
    if (before === undefined) fields[key] = value;
    else if (Array.isArray(before)) before.push(value);
    else fields[key] = [before, value];
  }
  if (call.body !== undefined) fields['content-length'] = String(call.body.length);
  return fields;
}

function headersOf(answer: IncomingMessage): Array<readonly [string, string]> {
  const headers: Array<readonly [string, string]> = [];
  for (let index = 0; index + 1 < answer.rawHeaders.length; index += 2) {
    headers.push([(answer.rawHeaders[index] ?? '').toLowerCase(), answer.rawHeaders[index + 1] ?? '']);
  }
  return headers;
}

async function readBody(answer: IncomingMessage, call: OutboundCall): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > call.maxResponseBytes) throw new Error(`answer over ${call.maxResponseBytes} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    answer.destroy();
    throw new OutboundBodyError(text(error), { cause: error });
  }
  return Buffer.concat(chunks, size);
}

function redirectTarget(answer: OutboundAnswer, from: URL): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(answer.status)) return undefined;
  const location = answer.headers.find(([name]) => name === 'location')?.[1];
  if (location === undefined || !URL.canParse(location, from.href)) return undefined;
  const target = new URL(location, from.href);
  return target.protocol === 'http:' || target.protocol === 'https:' ? target : undefined;
}

/** As HTTP clients do: 307 and 308 repeat the call, the others become a GET. */
function redirected(call: OutboundCall, status: number, url: URL): OutboundCall {
  const headers = url.origin === call.url.origin ? call.headers : [];
  if (status === 307 || status === 308 || call.method === 'GET' || call.method === 'HEAD') {
    return { ...call, url, headers };
  }
  return {
    ...call,
    url,
    method: 'GET',
    body: undefined,
    headers: headers.filter(([name]) => name.toLowerCase() !== 'content-type'),
  };
}
