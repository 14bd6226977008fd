import type { Deadline } from '../../../core/deadline.js';
import { algaError } from '../../../core/errors/alga-error.js';

/**
 * The deadline of a handler that does not finish loading, for lanes where loading cannot be told from
 * the tools' own work: it covers both.
 */
export function loadingDeadline(ms: number): Deadline {
  return { ms, error: () => algaError('HANDLER_EVALUATION_TIMEOUT', { seconds: ms / 1000 }) };
}
