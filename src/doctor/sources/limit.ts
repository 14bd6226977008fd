import { setTimeout as delay } from 'node:timers/promises';

/**
 * The value of `work`, or an error after `ms` milliseconds. Work that comes too late is given to
 * `late`, so that what it opened can be closed.
 */
export async function withLimit<T>(
  work: Promise<T>,
  ms: number,
  what: string,
  late: (value: T) => void = () => undefined,
): Promise<T> {
  const timer = new AbortController();
  let over = false;
  const timeout = delay(ms, undefined, { signal: timer.signal }).then(() => {
    over = true;
    throw new Error(`${what}: no answer within ${ms / 1000} s`);
  });
  timeout.catch(() => undefined);
  work.then(
    (value) => {
      if (over) late(value);
    },
    () => undefined,
  );
  try {
    return await Promise.race([work, timeout]);
  } finally {
    timer.abort();
  }
}
