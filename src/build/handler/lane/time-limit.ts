import { algaError } from '../../../core/errors/alga-error.js';

/**
 * Runs `work` with a signal that also ends it after `limitMs`, as a handler that does not finish loading.
 * For lanes where loading cannot be told from the tools' own work: the limit covers both.
 */
export async function withinTimeLimit<T>(
  limitMs: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const timer = setTimeout(
    () => limit.abort(algaError('HANDLER_EVALUATION_TIMEOUT', { seconds: limitMs / 1000 })),
    limitMs,
  );
  try {
    return await work(AbortSignal.any([signal, limit.signal]));
  } finally {
    clearTimeout(timer);
  }
}
