import type { Agent, ClientRequest, IncomingHttpHeaders, IncomingMessage, RequestOptions } from 'node:http';
import http from 'node:http';
import { hasCode, text as textOf } from './text.js';

export interface HttpCall {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Time for everything: connecting, headers and body. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** An answer whose body has not been read; `done` must be called once it was, to end the timer. */
export interface OpenAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly stream: IncomingMessage;
  done(): void;
}

/** The call got no usable answer: connection, time-out, or a body over its limit. */
class TransportError extends Error {
  override readonly name = 'TransportError';
}

class StaleSocketError extends TransportError {}

/**
 * A small HTTP client over kept-alive sockets. It follows no redirect and decodes no content
 * encoding: what the runner fetches is hashed, so it must see the bytes as they were sent.
 */
export class HttpClient {
  readonly #agents = new Map<string, Agent>();

  /** Opens a call and gives the answer as soon as its headers are there. */
  async open(call: HttpCall): Promise<OpenAnswer> {
    const due = Date.now() + call.timeoutMs;
    try {
      return await this.#openOnce(call);
    } catch (error) {
      // A kept-alive socket may have been closed by the other side just as it was used again.
      if (!(error instanceof StaleSocketError)) throw error;
      return await this.#openOnce({ ...call, timeoutMs: Math.max(1, due - Date.now()) });
    }
  }

  async #openOnce(call: HttpCall): Promise<OpenAnswer> {
    const transport = call.url.protocol === 'https:' ? await import('node:https') : http;
    const agent = this.#agentFor(call.url.protocol, transport.Agent);
    const options: RequestOptions = { method: call.method, headers: { ...call.headers }, agent };
    return await new Promise<OpenAnswer>((resolve, reject) => {
      const request = transport.request(call.url, options);
      const done = endWhenDue(request, call);
      request.once('response', (stream) => {
        resolve({ status: stream.statusCode ?? 0, headers: stream.headers, stream, done });
      });
      request.on('error', (error) => {
        done();
        const stale = request.reusedSocket && hasCode(error, 'ECONNRESET', 'EPIPE');
        const Failure = stale ? StaleSocketError : TransportError;
        reject(new Failure(textOf(error), { cause: error }));
      });
      request.end(call.body);
    });
  }

  /** Makes a call and reads the whole body, up to `maxBytes`. */
  async call(call: HttpCall & { readonly maxBytes: number }): Promise<HttpAnswer> {
    const answer = await this.open(call);
    try {
      const body = await readBody(answer.stream, call.maxBytes);
      return { status: answer.status, headers: answer.headers, body };
    } finally {
      answer.done();
    }
  }

  /** Closes idle and busy sockets. */
  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }

  #agentFor(protocol: string, AgentClass: typeof http.Agent): Agent {
    const known = this.#agents.get(protocol);
    if (known !== undefined) return known;
    const agent = new AgentClass({ keepAlive: true, maxSockets: 256, timeout: 60_000 });
    this.#agents.set(protocol, agent);
    return agent;
  }
}

/** Ends the request at its deadline or on abort; the answer's stream then fails as well. */
function endWhenDue(request: ClientRequest, call: HttpCall): () => void {
  const timer = setTimeout(() => {
    request.destroy(new Error(`no answer within ${call.timeoutMs} ms`));
  }, call.timeoutMs);
  const abort = (): void => {
    request.destroy(new Error('aborted'));
  };
  if (call.signal?.aborted === true) abort();
  call.signal?.addEventListener('abort', abort, { once: true });
  return () => {
    clearTimeout(timer);
    call.signal?.removeEventListener('abort', abort);
  };
}

async function readBody(stream: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) throw new Error(`answer over ${maxBytes} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    throw new TransportError(textOf(error), { cause: error });
  }
  return Buffer.concat(chunks, size);
}
