/** How long something may take, and the error that says it took longer. */
export interface Deadline {
  readonly ms: number;
  readonly error: () => Error;
}

/**
 * Runs `work` with a signal that is aborted with the deadline's error after its time, and with the outer
 * signal's reason when that is aborted. The timer is held by hand: Node 20 may collect the signal that
 * `AbortSignal.any` makes of `AbortSignal.timeout` before it fires. Rejects as `work` does.
 */
export async function withDeadline<T>(
  deadline: Deadline,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limited = new AbortController();
  const giveUp = (): void => limited.abort(signal?.reason);
  if (signal?.aborted) giveUp();
  signal?.addEventListener('abort', giveUp, { once: true });
  const timer = setTimeout(() => limited.abort(deadline.error()), deadline.ms);
  try {
    return await work(limited.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', giveUp);
  }
}

/** The outcome of `work`, or the signal's reason as soon as it is aborted. The work itself goes on. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  work.catch(() => undefined);
  signal.throwIfAborted();
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
  });
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
