import { Agent, type IncomingMessage, request } from 'node:http';

export interface LocalCall {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** Until the headers of the answer are there. */
  readonly timeoutMs: number;
}

/** There was no answer in time. */
export class NoAnswerInTime extends Error {}

/**
 * Calls to the services of a session over kept connections, which keep no process alive. On the way from a save to
 * its answer `fetch` would take a millisecond more for each.
 */
export class LocalHttp {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64, timeout: 120_000 });

  /** Gives the answer when its headers are there. Throws {@link NoAnswerInTime} and what the connection fails with. */
  open(url: URL, call: LocalCall): Promise<IncomingMessage> {
    return this.#attempt(url, call, true);
  }

  /** Ends the kept connections. */
  close(): void {
    this.#agent.destroy();
  }

  #attempt(url: URL, call: LocalCall, mayRepeat: boolean): Promise<IncomingMessage> {
    const { method, body, timeoutMs } = call;
    const length = body && { 'content-length': body.length };
    return new Promise((resolve, reject) => {
      const asked = request(url, { method, agent: this.#agent, headers: { ...call.headers, ...length } });
      const timer = setTimeout(() => asked.destroy(new NoAnswerInTime()), timeoutMs);
      let isAnswered = false;
      asked.on('response', (response) => {
        isAnswered = true;
        clearTimeout(timer);
        resolve(response);
      });
      asked.on('error', (error) => {
        clearTimeout(timer);
        // A kept connection that the other side closed at the very moment it was used again: nothing was
        // processed, so the call is made once more on a new one.
        if (mayRepeat && !isAnswered && asked.reusedSocket && isReset(error))
          resolve(this.#attempt(url, call, false));
        else reject(error);
      });
      asked.end(body);
    });
  }
}

/** The text of an answer. Throws when it is larger than `maxBytes`, and when the connection breaks. */
export async function readText(response: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new Error(`the answer is larger than ${maxBytes / 2 ** 20} MiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function isReset(error: Error): boolean {
  return 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}
