import { fork } from 'node:child_process';
import { z } from 'zod';
import { algaError } from '../../core/errors/alga-error.js';
import { describeExit, type OwnedChild, ownChild, within } from '../../core/process.js';
import type { RunnerLog } from './runner-log.js';

const readySchema = z.object({ type: z.literal('ready'), port: z.number().int().positive() });

/** A runner needs half a second; a busy machine gets much more. */
const START_PATIENCE_MS = 20_000;

/** How long requests under way may take to finish when a runner is replaced or stopped. */
const DRAIN = [
  { signal: 'SIGTERM', waitMs: 35_000 },
  { signal: 'SIGKILL', waitMs: 2_000 },
] as const;

const AT_ONCE = [
  { signal: 'SIGTERM', waitMs: 400 },
  { signal: 'SIGKILL', waitMs: 1_000 },
] as const;

/** One runner process that is up and has said on which port. */
export interface RunnerProcess {
  readonly port: number;
  readonly process: OwnedChild;
  /** The last lines it has written. */
  lastWords(): string;
  /** Lets requests under way finish, then ends. */
  drain(): Promise<void>;
  /** Ends within a moment, whatever is under way. */
  end(): Promise<void>;
}

/**
 * Starts a runner and waits until it can serve. It is tied to this process by its IPC channel and
 * ends with it, by whatever death. Throws `STACK_RUNNER_FAILED`.
 */
export async function startRunnerProcess(options: {
  program: string;
  env: Record<string, string>;
  log: RunnerLog;
  logFile: string;
  /** Gives up the start. */
  signal: AbortSignal;
}): Promise<RunnerProcess> {
  const { program, env, log, logFile, signal } = options;
  // A group of its own: Ctrl-C in the terminal means the session, which then stops it in its order.
  const child = fork(program, [], {
    env,
    execArgv: [],
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const output = log.forProcess();
  child.stdout?.on('data', output.writer());
  child.stderr?.on('data', output.writer());
  const owned = await ownChild(child);
  const ready = new Promise<number>((resolve) => {
    child.on('message', (message) => {
      const parsed = readySchema.safeParse(message);
      if (parsed.success) resolve(parsed.data.port);
    });
  });
  const failed = owned.exited.then((exit) => describeExit(exit));
  const aborted = new Promise<string>((resolve) => {
    signal.addEventListener('abort', () => resolve('was stopped'), { once: true });
  });
  const outcome = await within(Promise.race([ready, failed, aborted]), START_PATIENCE_MS);
  if (typeof outcome !== 'number') {
    await owned.stop(AT_ONCE);
    const why = outcome ?? `was not ready after ${START_PATIENCE_MS / 1000} s`;
    throw algaError('STACK_RUNNER_FAILED', { detail: `it ${why}. ${output.tail()}`.trim(), log: logFile });
  }
  return {
    port: outcome,
    process: owned,
    lastWords: () => output.tail(),
    drain: async () => void (await owned.stop(DRAIN)),
    end: async () => void (await owned.stop(AT_ONCE)),
  };
}
