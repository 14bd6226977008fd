import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../../src/core/entry.js';
import type { SessionEvent } from '../../src/dev/events.js';

type EventOf<T extends SessionEvent['type']> = Extract<SessionEvent, { type: T }>;

/** A running `alga dev --json`, driven through its public door. */
export interface RunningSession {
  readonly child: ChildProcess;
  readonly home: string;
  readonly events: readonly SessionEvent[];
  /** Position in the event stream; pass it to `next` to wait for what comes after an action. */
  mark(): number;
  /** The first event of a type after `from` that fits; waits for it. */
  next<T extends SessionEvent['type']>(
    type: T,
    fits?: (event: EventOf<T>) => boolean,
    from?: number,
  ): Promise<EventOf<T>>;
  /** Sends a signal and waits for the process to end. */
  leave(signal?: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null; ms: number }>;
}

/** A private home folder for the tool: its own stack, cache and state. */
export async function temporaryHome(): Promise<{ home: string; remove(): Promise<void> }> {
  const home = await mkdtemp(join(tmpdir(), 'alga-home-'));
  return { home, remove: () => rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }) };
}

/** Starts `alga dev --json` on folders, with its own home. */
export function startSession(
  folders: readonly string[],
  options: { home: string; args?: readonly string[]; env?: Record<string, string> },
): RunningSession {
  const alga = join(packageRoot(), 'bin', 'alga.mjs');
  const child = spawn(process.execPath, [alga, 'dev', ...folders, '--json', ...(options.args ?? [])], {
    env: { ...process.env, ALGA_HOME: options.home, ALGA_PORT: '0', ALGA_RUNNER_PORT: '0', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const events: SessionEvent[] = [];
  const waiters = new Set<() => void>();
  let ended: string | undefined;
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      events.push(JSON.parse(line) as SessionEvent);
      for (const wake of waiters) wake();
    });
  }
  child.on('exit', (code, signal) => {
    ended = `alga dev ended (${signal ?? code}): ${stderr}`;
    for (const wake of waiters) wake();
  });

  const next: RunningSession['next'] = (type, fits = () => true, from = 0) =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = events
          .slice(from)
          .find((event): event is EventOf<typeof type> => event.type === type && fits(event as never));
        if (!found && ended === undefined) return;
        waiters.delete(look);
        if (found) resolve(found);
        else reject(new Error(`${ended}\n${summary(events.slice(from))}`));
      };
      waiters.add(look);
      look();
    });

  const leave: RunningSession['leave'] = (signal = 'SIGTERM') =>
    new Promise((resolve) => {
      const began = performance.now();
      if (child.exitCode !== null || child.signalCode !== null) {
        resolve({ code: child.exitCode, signal: child.signalCode, ms: 0 });
        return;
      }
      child.once('exit', (code, by) => resolve({ code, signal: by, ms: performance.now() - began }));
      child.kill(signal);
    });

  return { child, home: options.home, events, mark: () => events.length, next, leave };
}

/** The last events, one a line, for the message of a failing test. */
export function summary(events: readonly SessionEvent[]): string {
  return events
    .slice(-25)
    .map((event) => JSON.stringify(event).slice(0, 300))
    .join('\n');
}
