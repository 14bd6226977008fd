import { readdir, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { algaError } from '../core/errors/alga-error.js';
import { clearLeftover } from './embedded/postgres/leftover.js';
import { outsideFolders } from './embedded/postgres.js';
import { Journal } from './folder/journal.js';
import {
  absoluteEnvironment,
  layoutFor,
  type StackLayout,
  socketFolder,
  socketPath,
} from './folder/layout.js';
import { acquireLock, type HeldLock } from './folder/lock.js';
import { readPorts } from './folder/settings.js';
import { connectSupervisor } from './supervisor/connection.js';
import type { ServiceStatus, StackStatus } from './types.js';

export interface ManagementOptions {
  readonly env?: NodeJS.ProcessEnv;
}

const ANSWER_LIMIT_MS = 5_000;
/** A supervisor whose connection has ended has released its lock; only a starting one is in the way. */
const LOCK_LIMIT_MS = 500;

/** What there is of the stack: running or not, who holds it, its services and data. Starts nothing. */
export async function stackStatus(options: ManagementOptions = {}): Promise<StackStatus> {
  const layout = layoutFor(absoluteEnvironment(options.env ?? process.env));
  const base = { folder: layout.root, hasData: await hasData(layout) };
  const connection = await connectSupervisor(layout, 'control');
  if (connection === undefined) {
    return { ...base, running: false, sessions: [], services: await lastServices(layout) };
  }
  try {
    connection.send({ type: 'status' });
    const answer = await connection.next(ANSWER_LIMIT_MS);
    if (answer?.type !== 'status') return { ...base, running: true, sessions: [], services: [] };
    const { pid, sessions, services } = answer;
    return { ...base, running: true, pid, sessions, services };
  } finally {
    connection.destroy();
  }
}

/**
 * Ends the stack. `force` ends it under the sessions that hold it; without it they are left alone.
 * Gives whether there was anything to end. Throws STACK_IN_USE.
 */
export async function stopStack(options: ManagementOptions & { force?: boolean } = {}): Promise<boolean> {
  const layout = layoutFor(absoluteEnvironment(options.env ?? process.env));
  return endSupervisor(layout, options.force ?? false, 'stopped');
}

/**
 * Deletes all data of the stack (database, bundles, secrets, remembered ports); logs stay.
 * Only when no session holds it. Throws STACK_IN_USE.
 */
export async function resetStack(options: ManagementOptions = {}): Promise<void> {
  const env = absoluteEnvironment(options.env ?? process.env);
  const layout = layoutFor(env);
  await endSupervisor(layout, false, 'reset');
  if (!(await exists(layout.root))) return;
  const lock = await holdStack(layout);
  try {
    await new Journal(layout.journal).cleanUp();
    await clearLeftover(layout.postgresData);
    // Everything in the folder is the stack's, also what other parts of alga put there.
    const kept = [layout.logs, layout.lock, `${layout.lock}.breaking`];
    const inside = (await readdir(layout.root)).map((name) => join(layout.root, name));
    const paths = [...inside.filter((path) => !kept.includes(path)), ...outsideFolders(layout.postgresData)];
    await Promise.all(paths.map((path) => rm(path, { recursive: true, force: true })));
    await removeSocket(env);
  } finally {
    await lock.release();
  }
}

/** The socket of a supervisor that was killed. A folder that is not ours stays, and is no fault. */
async function removeSocket(env: NodeJS.ProcessEnv): Promise<void> {
  const folder = socketFolder(env);
  if (folder === undefined) return;
  await rm(socketPath(env), { force: true }).catch(() => undefined);
  await rmdir(folder).catch(() => undefined);
}

async function endSupervisor(
  layout: StackLayout,
  force: boolean,
  wish: 'stopped' | 'reset',
): Promise<boolean> {
  const connection = await connectSupervisor(layout, 'control');
  if (connection === undefined) return false;
  try {
    connection.send({ type: 'stop', force });
    const answer = await connection.next(ANSWER_LIMIT_MS);
    if (answer?.type === 'refused') {
      throw algaError('STACK_IN_USE', { pids: answer.sessions.join(', '), wish });
    }
    await connection.closed;
    return true;
  } finally {
    connection.destroy();
  }
}

/** Keeps any supervisor from starting while data is deleted. Throws STACK_IN_USE. */
async function holdStack(layout: StackLayout): Promise<HeldLock> {
  const deadline = Date.now() + LOCK_LIMIT_MS;
  for (;;) {
    const lock = await acquireLock(layout.lock);
    if (!('heldBy' in lock)) return lock;
    if (Date.now() > deadline) {
      throw algaError('STACK_IN_USE', { pids: String(lock.heldBy.pid), wish: 'reset' });
    }
    await delay(20);
  }
}

/** Services of a stack that does not run, with the ports they had and will want again. */
async function lastServices(layout: StackLayout): Promise<ServiceStatus[]> {
  const ports = await readPorts(layout.ports);
  return (['database', 'store'] as const).map((name) => ({ name, state: 'down', port: ports[name] }));
}

async function hasData(layout: StackLayout): Promise<boolean> {
  const places = [
    layout.postgresData,
    ...outsideFolders(layout.postgresData),
    layout.objectsData,
    layout.minioData,
  ];
  return (await Promise.all(places.map(exists))).includes(true);
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
