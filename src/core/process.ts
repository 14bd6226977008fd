import { type ChildProcess, execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { platform } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * A process that cannot be mistaken for a later one: ids are reused, a start time together with its
 * boot is not. Whoever writes a process id to disk writes one of these.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque; equal only for the same process. */
  readonly startedAt: string;
}

/** How a process ended: one of the two is set. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One step of a bounded stop: send the signal, give it this many milliseconds. */
export interface StopStep {
  readonly signal: NodeJS.Signals;
  readonly waitMs: number;
}

/** Asks politely, then ends the process. */
export const politeStop: readonly StopStep[] = [
  { signal: 'SIGTERM', waitMs: 2_000 },
  { signal: 'SIGKILL', waitMs: 2_000 },
];

/** A child process with one owner, who must stop it. */
export interface OwnedChild {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Resolves when the process is gone; never rejects. */
  readonly exited: Promise<ProcessExit>;
  hasExited(): boolean;
  /** Runs the stop steps until the process is gone; resolves with its exit. Safe to call again. */
  stop(steps?: readonly StopStep[]): Promise<ProcessExit>;
}

/** The identity of a running process, or undefined when there is none with that id (or a zombie). */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | undefined> {
  const startedAt = await startTimeOf(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** Identity of this process. */
export async function identifySelf(): Promise<ProcessIdentity> {
  const self = await identifyProcess(process.pid);
  if (self === undefined) throw new Error('cannot read the start time of this process');
  return self;
}

/** True while exactly this process still runs. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  return (await startTimeOf(identity.pid)) === identity.startedAt;
}

/** One phrase for logs and messages: `was ended by SIGKILL`, `exited with code 1`. */
export function describeExit(exit: ProcessExit): string {
  return exit.signal === null ? `exited with code ${exit.code ?? 'unknown'}` : `was ended by ${exit.signal}`;
}

/**
 * Takes ownership of a just spawned child and waits until it really runs. Rejects with the system's
 * error (ENOENT, EACCES) when it could not be started.
 * A child spawned with `detached` is its own process group, and the whole group is signalled.
 */
export async function ownChild(child: ChildProcess, defaultSteps = politeStop): Promise<OwnedChild> {
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  let gone = false;
  void exited.then(() => {
    gone = true;
  });
  const pid = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child.pid as number));
  });
  child.on('error', () => undefined);
  return {
    pid,
    child,
    exited,
    hasExited: () => gone,
    stop: (steps = defaultSteps) => stopUntil(exited, () => gone, pid, steps),
  };
}

async function stopUntil(
  exited: Promise<ProcessExit>,
  hasExited: () => boolean,
  pid: number,
  steps: readonly StopStep[],
): Promise<ProcessExit> {
  for (const step of steps) {
    if (hasExited()) break;
    signalGroup(pid, step.signal);
    const exit = await within(exited, step.waitMs);
    if (exit !== undefined) return exit;
  }
  // A process in uninterruptible sleep outlives SIGKILL; waiting for it would hang the caller.
  return (await within(exited, 0)) ?? { code: null, signal: 'SIGKILL' };
}

/**
 * Ends a process that is not our child (left over by a crash), if it is still the same one.
 * Returns false when it was already gone. The system offers no way to wait for a foreign process,
 * so its end is looked for every 10 ms.
 */
export async function stopForeign(identity: ProcessIdentity, steps = politeStop): Promise<boolean> {
  if (!(await isRunning(identity))) return false;
  for (const step of steps) {
    signalGroup(identity.pid, step.signal);
    const deadline = Date.now() + step.waitMs;
    while (Date.now() < deadline) {
      if (!(await isRunning(identity))) return true;
      await delay(10);
    }
  }
  return true;
}

/** Sends a signal to the group a process leads, else to the process; a missing one is no error. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  if (platform() !== 'win32' && trySignal(-pid, signal)) return;
  trySignal(pid, signal);
}

function trySignal(target: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(target, signal);
    return true;
  } catch {
    return false;
  }
}

/** The value of `promise`, or undefined when it takes longer than `ms`. Leaves no timer behind. */
export async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  const timer = new AbortController();
  const timeout = delay(ms, undefined, { signal: timer.signal }).catch(() => undefined);
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    timer.abort();
  }
}

async function startTimeOf(pid: number): Promise<string | undefined> {
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  if (platform() === 'linux') return linuxStartTime(pid);
  if (platform() === 'win32') {
    const script = `(Get-Process -Id ${pid}).StartTime.ToFileTimeUtc()`;
    return outputOf('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', script]);
  }
  return outputOf('ps', ['-o', 'lstart=', '-p', String(pid)]);
}

/** Boot id and start time in clock ticks since boot: together unique for the life of the machine. */
async function linuxStartTime(pid: number): Promise<string | undefined> {
  const [stat, boot] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined),
    readFile('/proc/sys/kernel/random/boot_id', 'latin1').catch(() => ''),
  ]);
  if (stat === undefined) return undefined;
  // The second field is the program's name in parentheses and may itself contain any character.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  const ticks = fields[19];
  if (ticks === undefined || state === 'Z' || state === 'X') return undefined;
  return `${boot.trim()}:${ticks}`;
}

function outputOf(file: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const env = { ...process.env, LC_ALL: 'C' };
    execFile(file, args, { timeout: 5_000, windowsHide: true, env }, (error, stdout) => {
      const text = stdout.trim();
      resolve(error !== null || text === '' ? undefined : text);
    });
  });
}
