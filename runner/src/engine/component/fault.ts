import type { FailureReason } from '../../executable.js';

/** The guest did what it must not; ends the call. The message is one line for the author. */
export class GuestFault extends Error {
  override readonly name = 'GuestFault';
  readonly reason: FailureReason;

  constructor(reason: FailureReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** A breach of the rules between guest and host. */
export function trap(message: string): GuestFault {
  return new GuestFault('trap', message);
}
