import type { FailureReason } from '../../runner/src/executable.js';
import type { LogLine } from './api.js';

/** The handler threw, ran out of time or memory, or answered in a form the product refuses. */
export class HandlerFailure extends Error {
  override readonly name = 'HandlerFailure';
  readonly reason: FailureReason;
  readonly logs: readonly LogLine[];

  /** `stack`: the guest's, mapped to the author's files; it takes the place of this process's own. */
  constructor(
    reason: FailureReason,
    message: string,
    details: { stack?: string | undefined; logs: readonly LogLine[] },
  ) {
    super(message);
    this.reason = reason;
    this.logs = details.logs;
    if (details.stack !== undefined) this.stack = `${this.name}: ${message}\n${details.stack}`;
  }
}
