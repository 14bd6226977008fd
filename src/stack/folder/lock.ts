import { randomBytes } from 'node:crypto';
import { link, open, readFile, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { identifySelf, isRunning, type ProcessIdentity } from '../../core/process.js';

const holderSchema = z.object({ pid: z.number().int(), startedAt: z.string(), nonce: z.string() });

type Holder = z.infer<typeof holderSchema>;

/** A lock this process holds until it releases it or dies. */
export interface HeldLock {
  release(): Promise<void>;
}

/** The process that holds a lock somebody else wanted. */
export interface LockHolder {
  readonly heldBy: ProcessIdentity;
}

const ATTEMPTS = 200;

/**
 * Takes an exclusive lock file, or says who holds it. A file whose process is gone (its id may by now
 * belong to another one, hence the start time) is broken, and only by one of several that find it:
 * breaking is itself done under a lock, under which the file is looked at once more.
 */
export async function acquireLock(path: string): Promise<HeldLock | LockHolder> {
  const me: Holder = { ...(await identifySelf()), nonce: randomBytes(8).toString('hex') };
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (await create(path, me)) return { release: () => release(path, me) };
    const holder = await readHolder(path);
    if (holder === 'missing') continue;
    if (holder !== 'unreadable' && (await isRunning(holder))) return { heldBy: holder };
    await breakStale(path, me);
  }
  throw new Error(`the lock ${path} could neither be taken nor broken`);
}

/** The living process that holds the lock, if any. */
export async function lockHolder(path: string): Promise<ProcessIdentity | undefined> {
  const holder = await readHolder(path);
  if (holder === 'missing' || holder === 'unreadable') return undefined;
  return (await isRunning(holder)) ? holder : undefined;
}

async function breakStale(path: string, me: Holder): Promise<void> {
  const breaker = `${path}.breaking`;
  if (!(await create(breaker, me))) {
    const other = await readHolder(breaker);
    const dead = other === 'unreadable' || (other !== 'missing' && !(await isRunning(other)));
    // Whoever died within the few system calls of breaking left this behind.
    if (dead) await rm(breaker, { force: true });
    // Otherwise the other one is done in a moment, and says so to nobody.
    else await delay(2);
    return;
  }
  try {
    const holder = await readHolder(path);
    const live = holder !== 'missing' && holder !== 'unreadable' && (await isRunning(holder));
    if (!live) await rm(path, { force: true });
  } finally {
    await release(breaker, me);
  }
}

/** The content is there as soon as the name is: it is written to a name of its own and then linked. */
async function create(path: string, me: Holder): Promise<boolean> {
  const mine = `${path}.${me.nonce}`;
  const file = await open(mine, 'wx', 0o600);
  try {
    await file.writeFile(JSON.stringify(me));
    await file.close();
    await link(mine, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(mine, { force: true });
  }
}

async function release(path: string, me: Holder): Promise<void> {
  const holder = await readHolder(path);
  if (typeof holder === 'object' && holder.nonce === me.nonce) await rm(path, { force: true });
}

async function readHolder(path: string): Promise<Holder | 'missing' | 'unreadable'> {
  try {
    return holderSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'missing' : 'unreadable';
  }
}
