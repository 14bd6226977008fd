import type { HttpClient } from '../net/http-client.js';
import type { DebugWireEvent } from '../published/wire.js';
import type { EventTarget } from './event-pump.js';

export interface HttpTargetOptions {
  readonly url: URL;
  /** Sent as `x-runner-auth`. */
  readonly token: string;
  readonly http: HttpClient;
}

const TIMEOUT_MS = 5000;

/** Posts batches as `{"events": [...]}`, as the local host of `alga dev` takes them. */
export function createHttpTarget(options: HttpTargetOptions): EventTarget {
  return {
    name: 'http',
    send: async (events: readonly DebugWireEvent[]) => {
      const { status } = await options.http.call({
        method: 'POST',
        url: options.url,
        headers: { 'content-type': 'application/json', 'x-runner-auth': options.token },
        body: JSON.stringify({ events }),
        timeoutMs: TIMEOUT_MS,
        maxBytes: 64 * 1024,
      });
      if (status < 200 || status > 299) throw new Error(`debug events refused with status ${status}`);
    },
    close: () => undefined,
  };
}
