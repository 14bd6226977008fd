/** Signals by which a person, a terminal or a supervisor asks a program to leave. */
const LEAVE_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * How long leaving may take. Children are tied to this process and go with it, so cutting a slow
 * clean-up short leaves nothing behind.
 */
const LEAVE_PATIENCE_MS = 750;

/**
 * Calls `leave` once at the first signal, and ends the process for good at a second one or when
 * leaving takes too long. `dispose` puts the default signal behaviour back.
 */
export function onLeave(leave: (reason: string) => Promise<void>): { dispose(): void } {
  let asked = false;
  const listener = (signal: NodeJS.Signals): void => {
    if (asked) process.exit(130);
    asked = true;
    leaveInTime();
    leave(signal).catch(() => process.exit(1));
  };
  for (const signal of LEAVE_SIGNALS) process.on(signal, listener);
  return {
    dispose: () => {
      for (const signal of LEAVE_SIGNALS) process.off(signal, listener);
    },
  };
}

/** Ends the process when what is going on now is not finished within the given milliseconds. */
export function leaveInTime(patienceMs = LEAVE_PATIENCE_MS): void {
  setTimeout(() => process.exit(process.exitCode ?? 0), patienceMs).unref();
}

/**
 * Ends the program when whoever reads its output has gone (`alga logs | head`), without a word: nobody would read
 * it. A session leaves as it does when its terminal is closed; everything else just ends.
 */
export function leaveWithReader(): void {
  let gone = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    if (gone) return;
    gone = true;
    if (process.listenerCount('SIGHUP') > 0) process.emit('SIGHUP', 'SIGHUP');
    else process.exit();
  });
}
