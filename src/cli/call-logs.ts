import type { HostClient } from '../host/client/index.js';

/** Lines that come later than this after the answer, or after the line before, are not waited for. */
const QUIET_MS = 250;
/** A handler that never stops talking is not waited for longer. */
const MOST_MS = 1500;

/** What a handler says travels beside its answer and may come after it. */
export interface LogWait {
  /** Resolves when the lines of the request have most likely all come. */
  settled(): Promise<void>;
  stop(): void;
}

/** Begins to listen for the lines of a request that is about to be made. */
export function waitForLogs(host: HostClient, requestId: string): LogWait {
  const leaving = new AbortController();
  let heard = (): void => undefined;
  // Who cannot listen waits all the same: the host keeps the lines.
  void host
    .follow((message) => {
      if (message.type === 'guestLog' && message.log.requestId === requestId) heard();
    }, leaving.signal)
    .catch(() => undefined);
  return {
    settled: () =>
      new Promise((resolve) => {
        let timer = setTimeout(resolve, QUIET_MS);
        const last = setTimeout(resolve, MOST_MS);
        last.unref();
        heard = () => {
          clearTimeout(timer);
          timer = setTimeout(resolve, QUIET_MS);
        };
      }),
    stop: () => leaving.abort(),
  };
}
