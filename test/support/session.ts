import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../../src/core/entry.js';
import type { SessionEvent } from '../../src/dev/events.js';
import { resetStack, stopStack } from '../../src/stack/index.js';

const ALGA = join(packageRoot(), 'bin', 'alga.mjs');

/** How long an event may take on a machine that does many things at once. */
const PATIENCE_MS = 60_000;

type EventOf<T extends SessionEvent['type']> = Extract<SessionEvent, { type: T }>;

/** A running `alga dev --json`, driven through its public door. */
export interface RunningSession {
  readonly child: ChildProcess;
  readonly home: string;
  readonly events: readonly SessionEvent[];
  /** Position in the event stream; pass it to `next` to wait for what comes after an action. */
  mark(): number;
  /** The first event of a type after `from` that fits; waits for it, and throws with the last events when it never comes. */
  next<T extends SessionEvent['type']>(
    type: T,
    fits?: (event: EventOf<T>) => boolean,
    from?: number,
  ): Promise<EventOf<T>>;
  /** Sends a signal and waits for the process to end. */
  leave(signal?: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null; ms: number }>;
}

/**
 * A private home folder for the tool, with its own stack and state. The cache of engine templates is
 * shared: making one takes seconds. Removing the home ends what still runs there.
 */
export async function temporaryHome(): Promise<{ home: string; remove(): Promise<void> }> {
  const home = await mkdtemp(join(tmpdir(), 'alga-home-'));
  const cache = join(packageRoot(), '.alga', 'test-cache');
  await mkdir(cache, { recursive: true });
  await symlink(cache, join(home, 'cache'), 'junction');
  const env = { ALGA_HOME: home };
  const remove = async (): Promise<void> => {
    await stopStack({ env, force: true });
    // As root the database lies elsewhere, and goes with a reset.
    await resetStack({ env });
    await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  };
  return { home, remove };
}

/** The environment of a session in a home of its own, on any free ports, with nobody's settings. */
export function sessionEnvironment(home: string): NodeJS.ProcessEnv {
  const { ALGA_TENANT_ID: _tenant, ...env } = process.env;
  const ALGA_OBJECT_STORE = env.ALGA_OBJECT_STORE ?? 'builtin';
  return { ...env, ALGA_OBJECT_STORE, ALGA_HOME: home, ALGA_PORT: '0', ALGA_RUNNER_PORT: '0' };
}

/** Runs an `alga` command to its end. A failing one is no exception: its exit code is part of the result. */
export function runAlga(
  args: readonly string[],
  home: string,
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const options = { env: sessionEnvironment(home), timeout: PATIENCE_MS };
    execFile(process.execPath, [ALGA, ...args], options, (error, stdout, stderr) => {
      resolve({
        code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1,
        stdout,
        stderr,
      });
    });
  });
}

/** Starts `alga dev --json` on folders, with its own home. */
export function startSession(
  folders: readonly string[],
  options: { home: string; args?: readonly string[]; env?: Record<string, string> },
): RunningSession {
  const child = spawn(process.execPath, [ALGA, 'dev', ...folders, '--json', ...(options.args ?? [])], {
    env: { ...sessionEnvironment(options.home), ...options.env },
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
  // Not `exit`: the last lines may arrive after it.
  child.on('close', (code, signal) => {
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
        clearTimeout(deadline);
        if (found) resolve(found);
        else reject(new Error(`${ended}\n${summary(events.slice(from))}`));
      };
      const deadline = setTimeout(() => {
        waiters.delete(look);
        reject(new Error(`no such ${type} event came\n${summary(events.slice(from))}`));
      }, PATIENCE_MS);
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
      child.once('exit', (code, by) => {
        const ms = performance.now() - began;
        child.once('close', () => resolve({ code, signal: by, ms }));
      });
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
