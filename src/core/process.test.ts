import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import {
  describeExit,
  identifyProcess,
  identifySelf,
  isRunning,
  ownChild,
  stopForeign,
  within,
} from './process.js';

const sleeper = ['-e', 'setInterval(() => {}, 1000); process.stdout.write("up")'];
const stubborn = [
  '-e',
  'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); process.stdout.write("up")',
];

async function start(args: readonly string[]) {
  const owned = await ownChild(
    spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], detached: true }),
  );
  await new Promise((resolve) => owned.child.stdout?.once('data', resolve));
  return owned;
}

describe('process identity', () => {
  it('knows a running process and no longer knows it after its end', async () => {
    const owned = await start(sleeper);
    const identity = await identifyProcess(owned.pid);
    if (identity === undefined) throw new Error('the child has no identity');
    expect(await isRunning(identity)).toBe(true);
    await owned.stop();
    expect(await isRunning(identity)).toBe(false);
  });

  it('does not take a process for another one with the same id', async () => {
    const self = await identifySelf();
    expect(await isRunning(self)).toBe(true);
    expect(await isRunning({ ...self, startedAt: 'earlier' })).toBe(false);
    expect(await stopForeign({ ...self, startedAt: 'earlier' })).toBe(false);
  });
});

describe('ownChild', () => {
  it('rejects with the reason of a program that cannot be started', async () => {
    await expect(ownChild(spawn('/no/such/program', []))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('goes on to SIGKILL when a process does not listen, within its bound', async () => {
    const owned = await start(stubborn);
    const exit = await owned.stop([
      { signal: 'SIGTERM', waitMs: 50 },
      { signal: 'SIGKILL', waitMs: 5_000 },
    ]);
    expect(exit).toEqual({ code: null, signal: 'SIGKILL' });
    expect(describeExit(exit)).toBe('was ended by SIGKILL');
    expect(owned.hasExited()).toBe(true);
    expect(await owned.stop()).toEqual(exit);
  });
});

describe('stopForeign', () => {
  it('ends a process by its identity', async () => {
    const owned = await start(sleeper);
    const identity = await identifyProcess(owned.pid);
    if (identity === undefined) throw new Error('the child has no identity');
    expect(await stopForeign(identity)).toBe(true);
    expect(await owned.exited).toEqual({ code: null, signal: 'SIGTERM' });
  });
});

describe('within', () => {
  it('gives the value or undefined after the time', async () => {
    expect(await within(Promise.resolve(1), 1_000)).toBe(1);
    expect(await within(new Promise(() => undefined), 5)).toBeUndefined();
  });
});
