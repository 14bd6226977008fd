import { execFileSync } from 'node:child_process';
import { chmod, copyFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { stackStatus } from '../../../src/stack/index.js';

/** Node of a session's own, so that what starts its object store can be changed behind its back. */
export interface StoreProgram {
  /** Starts programs with this Node, as good as any until something is changed. */
  with<T>(start: () => T): Promise<T>;
  /** The next store of this Node is started with another secret key, and only that one. */
  changeKey(): Promise<void>;
  /** Sets the clock that stores see from the next one on, in seconds beside the machine's; no others see it. */
  setClock(seconds: number): Promise<void>;
  remove(): Promise<void>;
}

const STORE = '*/embedded/object-store/main.js';

/** A session that a copy of Node runs starts everything by the path of that copy, where something else can be put. */
export async function openStoreProgram(faketime: string): Promise<StoreProgram> {
  const folder = await mkdtemp(join(tmpdir(), 'alga-node-'));
  const real = process.execPath;
  const node = join(folder, 'node');
  const [key, clock] = [`${node}.key`, `${node}.clock`];
  const preload = execFileSync(faketime, ['-f', '+0', 'printenv', 'LD_PRELOAD'], { encoding: 'utf8' }).trim();
  const script = `#!/bin/sh
case "$1" in ${STORE})
  if rm '${key}' 2>/dev/null; then export ALGA_OBJECT_STORE_SECRET_KEY=${'k'.repeat(40)}; fi
  if [ -e '${clock}' ]; then
    export LD_PRELOAD='${preload}' FAKETIME_TIMESTAMP_FILE='${clock}'
    export FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1
  fi
esac
exec '${real}' "$@"
`;
  const takeOver = async (): Promise<void> => {
    await writeFile(`${node}.script`, script);
    await chmod(`${node}.script`, 0o755);
    await rename(`${node}.script`, node);
  };
  return {
    with: async (start) => {
      await copyFile(real, `${node}.copy`);
      await rename(`${node}.copy`, node);
      process.execPath = node;
      try {
        return start();
      } finally {
        process.execPath = real;
      }
    },
    changeKey: async () => {
      await writeFile(key, '');
      await takeOver();
    },
    setClock: async (seconds) => {
      await writeFile(clock, `${seconds < 0 ? '' : '+'}${seconds}\n`);
      await takeOver();
    },
    remove: () => rm(folder, { recursive: true }),
  };
}

/** Ends the process of the object store and waits for the one that the stack starts in its place. */
export async function restartStore(env: NodeJS.ProcessEnv): Promise<void> {
  const store = async () => (await stackStatus({ env })).services.find(({ name }) => name === 'store');
  const before = (await store())?.pid;
  if (before === undefined) throw new Error('the store has no process');
  process.kill(before, 'SIGKILL');
  await vi.waitUntil(
    async () => {
      const now = await store();
      return now?.state === 'up' && now.pid !== before;
    },
    { timeout: 10_000 },
  );
}
