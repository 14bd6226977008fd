import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { componentFixture } from '../fixtures/components/component-fixtures.js';
import { scratchFolder } from '../support/runner/scratch-folder.js';
import { EngineUnderTest, guestRequest } from './engine-support.js';

let guest: EngineUnderTest;
beforeAll(async () => {
  guest = await EngineUnderTest.start('features');
});
afterAll(async () => guest.engine.stop());

describe('a guest that', () => {
  test('loops is ended at its deadline, and the next call is served at once', async () => {
    await guest.text('/echo');
    const from = performance.now();
    const outcome = await guest.execute('/loop', { timeoutMs: 300 });
    const ended = performance.now();
    expect(outcome).toEqual({
      kind: 'failure',
      code: 'execute_failed',
      reason: 'timeout',
      message: 'the handler did not answer within 300 ms',
    });
    expect(ended - from).toBeGreaterThanOrEqual(295);
    expect(ended - from).toBeLessThan(3000);
    expect(await guest.json('/count')).toEqual({ counter: 1, kept: 1 });
  });

  test('loops and logs is ended as well, and what it wrote until then is there', async () => {
    guest.events.length = 0;
    const outcome = await guest.execute('/loop-logging', { timeoutMs: 400 });
    expect(outcome).toMatchObject({ reason: 'timeout' });
    expect(guest.events[0]).toMatchObject({ message: 'turn 0', stream: 'log' });
  });

  test('waits for ever is ended, and the message says what it waited for', async () => {
    const outcome = await guest.execute('/timer-forever', { timeoutMs: 200 });
    expect(outcome).toMatchObject({ reason: 'timeout' });
  });

  test('allocates without end reaches its memory limit, whatever the limit', async () => {
    for (const memoryMb of [32, 64]) {
      expect(await guest.execute('/allocate', { memoryMb })).toEqual({
        kind: 'failure',
        code: 'execute_failed',
        reason: 'memory',
        message: `the handler needs more than its ${memoryMb} MiB of memory`,
      });
    }
    expect(await guest.json('/leak')).toEqual({ leak: 'none', counter: 0, kept: 0 });
  });

  test('cannot even start in its limit is told so', async () => {
    expect(await guest.execute('/echo', { memoryMb: 4 })).toMatchObject({
      reason: 'memory',
      message: expect.stringMatching(/^the component needs \d+ MiB of memory to start, the limit is 4 MiB$/),
    });
  });

  test('recurses without end traps', async () => {
    expect(await guest.execute('/recurse')).toMatchObject({
      reason: 'trap',
      message: expect.stringContaining('too much recursion'),
    });
    expect(await guest.json('/async')).toBe('later');
  });

  test('answers with more than is allowed is refused, with just as much it is not', async () => {
    const most = 4 * 1024 * 1024;
    const outcome = await guest.execute(`/huge?n=${most}`);
    expect(outcome.kind === 'answer' && outcome.body?.length).toBe(most);
    expect(await guest.execute(`/huge?n=${most + 1}`)).toMatchObject({
      code: 'execute_failed',
      reason: 'response',
      message: `the response body is over ${most} bytes`,
    });
    expect(await guest.execute(`/huge?n=${most * 4}`)).toMatchObject({ reason: 'response' });
  });

  test('writes logs without end is cut off, and says so once', async () => {
    guest.events.length = 0;
    expect(await guest.json('/flood', { timeoutMs: 60_000 })).toBe('flooded');
    expect(guest.events.length).toBe(10_001);
    expect(guest.events.at(-1)).toMatchObject({
      level: 'warn',
      message: 'too much output; the rest is dropped',
    });
  });

  test('writes a line beyond any size has it cut', async () => {
    guest.events.length = 0;
    await guest.hostCall(['logging', 'logInfo'], ['é'.repeat(5000)]);
    expect(guest.events[0]?.message).toBe('é'.repeat(2048));
  });

  test('calls a host function with what is no argument traps there', async () => {
    expect(await guest.execute('/trap-import')).toMatchObject({
      reason: 'trap',
      message: expect.stringMatching(/expected a string, received \[number\] \(handler\.js:\d+:\d+\)/),
    });
  });
});

describe('around the guest', () => {
  test('a caller that goes away frees the thread', async () => {
    const { engine, executable } = guest;
    const controller = new AbortController();
    const call = engine.execute(executable, guestRequest('/loop'), controller.signal);
    setTimeout(() => controller.abort(), 100);
    expect(await call).toMatchObject({ kind: 'failure', message: 'the call was given up' });
    expect(await guest.json('/async')).toBe('later');
  });

  test('files that are no component are refused with a cause', async () => {
    const folder = await scratchFolder('components');
    onTestFinished(() => folder.remove());
    const file = join(folder.path, 'main.wasm');
    const attempt = async (bytes: Uint8Array, hash: string): Promise<unknown> => {
      await writeFile(file, bytes);
      const executable = { kind: 'component', hash, file } as const;
      return await guest.engine.execute(executable, guestRequest('/'), new AbortController().signal);
    };
    const core = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    const malformed = (cause: string): object => ({
      code: 'execute_failed',
      reason: 'init',
      message: `the component is malformed: ${cause}`,
    });
    expect(await attempt(new Uint8Array(0), 'a')).toMatchObject(malformed('unexpected end of bytes'));
    expect(await attempt(Buffer.from('hello there'), 'b')).toMatchObject(malformed('not WebAssembly'));
    expect(await attempt(core, 'c')).toMatchObject(malformed('a core module, not a component'));
    const whole = await readFile(await componentFixture('rust'));
    expect(await attempt(whole.subarray(0, whole.length - 100), 'd')).toMatchObject({ reason: 'init' });
    const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0);
    expect(await attempt(empty, 'e')).toMatchObject({
      reason: 'exports',
      message: 'the component does not export the function "handler"',
    });
    await expect(
      guest.engine.prepare({ kind: 'component', hash: 'f', file: join(folder.path, 'missing.wasm') }),
    ).rejects.toThrow(/cannot be read/);
  });
});
