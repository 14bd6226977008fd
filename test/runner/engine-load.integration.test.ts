import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine, Executable, ExecuteOutcome } from '../../runner/src/executable.js';
import { componentFixture } from '../fixtures/components/component-fixtures.js';
import { type ScratchFolder, scratchFolder } from '../support/runner/scratch-folder.js';
import { EngineUnderTest, engineOptions, guestRequest, type RequestOverrides } from './engine-support.js';

const MARK = 'variant-1-of-the-guest';

/** Text in a section that says something of a component and changes nothing. */
function customSection(text: string): Uint8Array {
  const name = Buffer.from('note');
  const content = Buffer.concat([Uint8Array.of(name.length), name, Buffer.from(text)]);
  return Buffer.concat([Uint8Array.of(0, content.length), content]);
}

/** Components that differ in one text and a note only, so that they run on the same compiled code. */
async function variants(folder: ScratchFolder, count: number): Promise<Executable[]> {
  const original = (await readFile(await componentFixture('plain'))).toString('latin1');
  const executables: Executable[] = [];
  for (let i = 1; i <= count; i++) {
    const file = join(folder.path, `${i}.wasm`);
    const component = Buffer.from(original.replaceAll(MARK, `variant-${i}-of-the-guest`), 'latin1');
    await writeFile(file, Buffer.concat([component, customSection(`note ${i}`)]));
    executables.push({ kind: 'component', hash: `variant-${i}`, file });
  }
  return executables;
}

async function run(
  engine: Engine,
  executable: Executable,
  url: string,
  overrides: RequestOverrides = {},
): Promise<ExecuteOutcome> {
  return await engine.execute(executable, guestRequest(url, overrides), new AbortController().signal);
}

function jsonOf(outcome: ExecuteOutcome): unknown {
  if (outcome.kind === 'failure') return outcome;
  return JSON.parse(Buffer.from(outcome.body ?? []).toString('utf8')) as unknown;
}

let folder: ScratchFolder;
beforeAll(async () => {
  folder = await scratchFolder('engine-load');
});
afterAll(() => folder.remove());

describe('many components', () => {
  test('that share their code share instances, but never what is in them', async () => {
    const { engine } = await EngineUnderTest.start('plain', { workers: 1 });
    const components = await variants(folder, 3);
    for (let round = 0; round < 4; round++) {
      for (const [index, component] of components.entries()) {
        expect(jsonOf(await run(engine, component, '/count'))).toEqual({ counter: 1, kept: 1 });
        expect(jsonOf(await run(engine, component, '/variant'))).toEqual({
          variant: `variant-${index + 1}-of-the-guest`,
          counter: 0,
          leak: 'none',
        });
      }
    }
    const { instancesCreated, compiled, compileMisses } = engine.stats();
    expect({ compiled, compileMisses }).toEqual({ compiled: 3, compileMisses: 3 });
    // One for each thread and a few before it was proved that instances can be put back.
    expect(instancesCreated).toBeLessThan(12);
    await engine.stop();
  });

  test('answer rightly while they push each other out of memory', async () => {
    const { engine } = await EngineUnderTest.start('plain', {
      compiledMaxBytes: 1,
      queue: { max: 500, maxPerExtension: 500, maxWaitMs: 60_000, concurrencyPerExtension: 2 },
    });
    const components = await variants(folder, 4);
    const calls = Array.from({ length: 80 }, async (_, i) => {
      const component = components[i % components.length] as Executable;
      const outcome = await run(engine, component, '/variant', {
        tenantId: `tenant-${i % 3}`,
        timeoutMs: 60_000,
      });
      expect(jsonOf(outcome)).toEqual({
        variant: `variant-${(i % components.length) + 1}-of-the-guest`,
        counter: 0,
        leak: 'none',
      });
      if (i % 7 === 0) engine.forget(component.hash);
    });
    await Promise.all(calls);
    expect(engine.stats().compiled).toBeLessThanOrEqual(1);
    await engine.stop();
  });

  test('one that cannot be prepared does not hold up the others', async () => {
    const { engine } = await EngineUnderTest.start('plain');
    const [good] = await variants(folder, 1);
    const bad: Executable = { kind: 'component', hash: 'bad', file: join(folder.path, 'none.wasm') };
    const outcomes = await Promise.all([run(engine, bad, '/'), run(engine, good as Executable, '/variant')]);
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(['failure', 'answer']);
    await engine.stop();
  });
});

describe('more calls than threads', () => {
  const hold = { timeoutMs: 700 };

  test('wait in line up to a bound, and are refused beyond it', async () => {
    const guest = await EngineUnderTest.start('plain', {
      workers: 1,
      queue: { max: 2, maxPerExtension: 2, maxWaitMs: 60_000, concurrencyPerExtension: 1 },
    });
    await guest.json('/async');
    const calls = [guest.execute('/loop', hold), guest.execute('/async'), guest.execute('/async')];
    const refused = await guest.execute('/async');
    expect(refused).toEqual({
      kind: 'failure',
      code: 'overloaded',
      reason: 'queue',
      message: '2 calls are waiting already',
    });
    await expect.poll(() => guest.engine.stats()).toMatchObject({ running: 1, queued: 2 });
    const [loop, ...waited] = await Promise.all(calls);
    expect(loop).toMatchObject({ reason: 'timeout' });
    expect(waited.map((outcome) => outcome.kind)).toEqual(['answer', 'answer']);
    expect(waited[0]).toHaveProperty('ms.queue', expect.any(Number));
    await guest.engine.stop();
  });

  test('of one extension leave room for another, and have a bound of their own', async () => {
    const guest = await EngineUnderTest.start('plain', {
      workers: 2,
      queue: { max: 10, maxPerExtension: 1, maxWaitMs: 60_000, concurrencyPerExtension: 1 },
    });
    await guest.json('/async');
    const busy = [guest.execute('/loop', hold), guest.execute('/async')];
    expect(await guest.execute('/async')).toMatchObject({
      code: 'overloaded',
      message: '1 calls of this extension are waiting already',
    });
    const from = performance.now();
    expect(await guest.json('/async', { extensionId: 'extension-2' })).toBe('later');
    expect(await guest.json('/async', { tenantId: 'tenant-2' })).toBe('later');
    expect(performance.now() - from).toBeLessThan(600);
    await Promise.all(busy);
    await guest.engine.stop();
  });

  test('do not wait for ever, and not after their caller went away', async () => {
    const guest = await EngineUnderTest.start('plain', {
      workers: 1,
      queue: { max: 5, maxPerExtension: 5, maxWaitMs: 150, concurrencyPerExtension: 1 },
    });
    await guest.json('/async');
    const loop = guest.execute('/loop', hold);
    const gone = new AbortController();
    const { engine, executable } = guest;
    const left = engine.execute(executable, guestRequest('/async'), gone.signal);
    const late = guest.execute('/async');
    gone.abort();
    expect(await left).toMatchObject({ code: 'execute_failed', message: 'the caller is gone' });
    expect(await late).toMatchObject({
      code: 'overloaded',
      message: 'no thread was free within 150 ms',
    });
    await loop;
    await guest.engine.stop();
  });
});

describe('an engine', () => {
  test('stays as large as it was, whatever its guests did', async () => {
    const guest = await EngineUnderTest.start('plain');
    const round = async (): Promise<void> => {
      await guest.execute('/grow');
      await guest.execute('/throw');
      await guest.execute('/huge?n=4000000');
      await guest.execute('/allocate', { memoryMb: 64 });
      await guest.execute('/loop', { timeoutMs: 50 });
      for (let i = 0; i < 10; i++) await guest.json('/count');
    };
    for (let i = 0; i < 3; i++) await round();
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 10; i++) await round();
    const grown = (process.memoryUsage().rss - before) / 1024 / 1024;
    expect(grown).toBeLessThan(200);
    const { workers, running, queued } = guest.engine.stats();
    expect(workers).toBeLessThanOrEqual(3);
    expect({ running, queued }).toEqual({ running: 0, queued: 0 });
    await guest.engine.stop();
  });

  test('that is stopped ends what it runs and what waits, at once, and more than once', async () => {
    const guest = await EngineUnderTest.start('plain', {
      workers: 1,
      queue: { max: 5, maxPerExtension: 5, maxWaitMs: 60_000, concurrencyPerExtension: 1 },
    });
    await guest.json('/async');
    const calls = [guest.execute('/loop'), guest.execute('/async')];
    const from = performance.now();
    await Promise.all([guest.engine.stop(), guest.engine.stop()]);
    const outcomes = await Promise.all(calls);
    expect(performance.now() - from).toBeLessThan(3000);
    expect(outcomes.map((outcome) => outcome.kind === 'failure' && outcome.message)).toEqual([
      'the runner is stopping',
      'the runner is stopping',
    ]);
    expect(guest.engine.stats()).toMatchObject({ workers: 0, running: 0, queued: 0 });
    await guest.engine.stop();
  });

  test('that never ran anything can be stopped', async () => {
    const { createEngine } = await import('../../runner/src/engine/index.js');
    const engine = createEngine(engineOptions());
    await engine.start();
    expect(engine.stats().workers).toBeGreaterThan(0);
    await engine.stop();
    expect(engine.stats().workers).toBe(0);
  });
});
