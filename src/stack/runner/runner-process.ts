import { fork } from 'node:child_process';
import { z } from 'zod';
import { algaError } from '../../core/errors/alga-error.js';
import { describeExit, type OwnedChild, ownChild, within } from '../../core/process.js';
import type { RunnerLog } from './runner-log.js';
import { type UsedBundle, usedBundleSchema } from './used-bundles.js';

const messageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), port: z.number().int().positive() }),
  z.object({ type: z.literal('in-use'), bundle: usedBundleSchema }),
]);

/**
 * A runner needs half a second; a busy machine gets much more. One that hangs, and says nothing, is
 * ended and started anew, with twice the time.
 */
const START_PATIENCE_MS = [10_000, 20_000] as const;

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

export interface RunnerStart {
  readonly program: string;
  readonly env: Record<string, string>;
  readonly log: RunnerLog;
  readonly logFile: string;
  /** How long each try may take, in milliseconds. */
  readonly patienceMs?: readonly number[] | undefined;
  /** Gives up the start. */
  readonly signal: AbortSignal;
  /** Told whenever another bundle answers for an extension. */
  onInUse(bundle: UsedBundle): void;
}

/**
 * Starts a runner and waits until it can serve. It is tied to this process by its IPC channel and
 * ends with it, by whatever death. Throws `STACK_RUNNER_FAILED`.
 */
export async function startRunnerProcess(start: RunnerStart): Promise<RunnerProcess> {
  let why = 'was not started';
  for (const patienceMs of start.patienceMs ?? START_PATIENCE_MS) {
    const outcome = await tryStart(start, patienceMs);
    if (typeof outcome !== 'string') return outcome;
    why = outcome;
    start.log.note(`the runner ${why}`);
  }
  throw failed(start, why);
}

/** One try; gives the reason when the process was not ready in time, which a second one may be. */
async function tryStart(start: RunnerStart, patienceMs: number): Promise<RunnerProcess | string> {
  // A group of its own: Ctrl-C in the terminal means the session, which then stops it in its order.
  const child = fork(start.program, [], {
    env: start.env,
    execArgv: [],
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const output = start.log.forProcess();
  child.stdout?.on('data', output.writer());
  child.stderr?.on('data', output.writer());
  const owned = await ownChild(child);
  const ready = new Promise<number>((resolve) => {
    child.on('message', (message) => {
      const { data } = messageSchema.safeParse(message);
      if (data?.type === 'ready') resolve(data.port);
      else if (data?.type === 'in-use') start.onInUse(data.bundle);
    });
  });
  const ended = owned.exited.then((exit) => describeExit(exit));
  const outcome = await within(Promise.race([ready, ended, stopOf(start.signal)]), patienceMs);
  if (typeof outcome === 'number') return running(outcome, owned, output.tail);
  await owned.stop(AT_ONCE);
  if (outcome === undefined) return `was not ready after ${patienceMs / 1000} s`;
  throw failed(start, `${outcome}. ${output.tail()}`);
}

function stopOf(signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    const stopped = (): void => resolve('was stopped');
    if (signal.aborted) stopped();
    signal.addEventListener('abort', stopped, { once: true });
  });
}

function running(port: number, owned: OwnedChild, lastWords: () => string): RunnerProcess {
  return {
    port,
    process: owned,
    lastWords,
    drain: async () => void (await owned.stop(DRAIN)),
    end: async () => void (await owned.stop(AT_ONCE)),
  };
}

function failed({ logFile }: RunnerStart, why: string): Error {
  return algaError('STACK_RUNNER_FAILED', { detail: `it ${why}`.trim(), log: logFile });
}
