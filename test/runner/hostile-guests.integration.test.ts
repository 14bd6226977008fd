import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExecuteWireAnswer } from '../../runner/src/published/wire.js';
import { componentFixture } from '../fixtures/components/component-fixtures.js';
import { bundleOfBytes, compressed, keyOf, type TestBundle } from '../support/runner/bundles.js';
import { type CallFields, LiveRunner } from '../support/runner/live-runner.js';
import { EXTENSION, TENANT } from '../support/runner/runner-environment.js';

// Guests that mean harm, in the real program: the answer of each, the request after it, and the memory
// of the process after many of them.

const MAX_RESPONSE_BYTES = 1024 * 1024;
const MAX_UNPACKED_BYTES = 256 * 1024 * 1024;
/** The next request is served at once: less than any guest here is given, on a busy machine. */
const AT_ONCE_MS = 2_000;

let runner: LiveRunner;
let guest: TestBundle;

beforeAll(async () => {
  runner = await LiveRunner.start({
    env: () => ({
      RUNNER_MAX_RESPONSE_BYTES: String(MAX_RESPONSE_BYTES),
      RUNNER_BUNDLE_MAX_UNPACKED_BYTES: String(MAX_UNPACKED_BYTES),
      RUST_LOG: 'off',
    }),
  });
  guest = await runner.put({ 'dist/main.wasm': await readFile(await componentFixture('features')) });
  expect((await runner.execute(guest, '/count')).error).toBeNull();
});
afterAll(() => runner?.stop());

interface Hostile {
  readonly name: string;
  readonly path: string;
  readonly call?: CallFields;
  /** The whole error of the answer; undefined: it answers 200. */
  readonly error?: string | RegExp;
}

const HOSTILE: readonly Hostile[] = [
  {
    name: 'loops',
    path: '/loop',
    call: { timeoutMs: 200 },
    error: 'execute_failed: the handler did not answer within 200 ms',
  },
  {
    name: 'loops and logs',
    path: '/loop-logging',
    call: { timeoutMs: 200 },
    error: /^execute_failed: the handler did not answer within 200 ms( \(it was waiting for [a-z.-]+\))?$/,
  },
  {
    name: 'allocates',
    path: '/allocate',
    call: { memoryMb: 64 },
    error: 'execute_failed: the handler needs more than its 64 MiB of memory',
  },
  { name: 'recurses', path: '/recurse', error: /^execute_failed: .*too much recursion/ },
  {
    name: 'answers without bounds',
    path: `/huge?n=${64 * 1024 * 1024}`,
    error: 'execute_failed: the guest handed over more data than is allowed',
  },
  {
    name: 'answers a byte too much',
    path: `/huge?n=${MAX_RESPONSE_BYTES + 1}`,
    error: `execute_failed: the response body is over ${MAX_RESPONSE_BYTES} bytes`,
  },
  { name: 'writes megabytes of logs', path: '/flood' },
  {
    name: 'traps in a call of the host',
    path: '/trap-import',
    error: /^execute_failed: .*expected a string, received \[number\]/,
  },
  { name: 'throws', path: '/throw', error: /^execute_failed: .*deep trouble/ },
];

function expectAnswer(answer: ExecuteWireAnswer, { error }: Hostile): void {
  if (error === undefined) {
    expect(answer).toMatchObject({ status: 200, error: null });
    return;
  }
  expect(answer).toMatchObject({ status: 500, headers: {}, body_b64: null });
  if (typeof error === 'string') expect(answer.error).toBe(error);
  else expect(answer.error).toMatch(error);
}

async function rss(): Promise<number> {
  return (await runner.metric('process_resident_memory_bytes')) / 2 ** 20;
}

describe('a guest that', () => {
  it.each(HOSTILE)('$name has its exact answer, and the next request is served at once', async (hostile) => {
    expectAnswer(await runner.execute(guest, hostile.path, hostile.call), hostile);
    const began = performance.now();
    const next = await runner.execute(guest, '/count');
    expect(performance.now() - began).toBeLessThan(AT_ONCE_MS);
    expect(JSON.parse(Buffer.from(next.body_b64 ?? '', 'base64').toString('utf8'))).toEqual({
      counter: 1,
      kept: 1,
    });
  });
});

describe('the memory of a runner', () => {
  it('is flat, however often its guests do their worst', async () => {
    const round = async (): Promise<void> => {
      const answers = await Promise.all(
        HOSTILE.map(({ path, call }) => runner.execute(guest, path, { timeoutMs: 60_000, ...call })),
      );
      for (const [n, hostile] of HOSTILE.entries()) {
        const answer = answers[n];
        if (answer !== undefined) expectAnswer(answer, hostile);
      }
    };
    // Until all threads are up and heaps as large as they get.
    for (let n = 0; n < 3; n += 1) await round();
    const before = await rss();
    const after: number[] = [];
    for (let n = 0; n < 4; n += 1) {
      await round();
      after.push(await rss());
    }
    // The lowest of the last: what is not collected yet is no growth.
    expect(Math.min(...after.slice(-2)) - before).toBeLessThan(64);
    expect(await runner.metric('alga_runner_executions_running')).toBe(0);
    expect(await runner.metric('alga_runner_executions_queued')).toBe(0);
  });

  it('does not hold what a bundle claims to unpack to', async () => {
    const zeros = await compressed(Buffer.alloc(2 * MAX_UNPACKED_BYTES));
    const bomb = bundleOfBytes(zeros);
    runner.store.put(keyOf(TENANT, EXTENSION, bomb.hex), bomb.bytes);
    expect(bomb.bytes.length).toBeLessThan(MAX_UNPACKED_BYTES / 1000);
    const before = await rss();
    let most = before;
    const watch = setInterval(() => void rss().then((now) => (most = Math.max(most, now))), 50);
    const { error } = await runner.execute(bomb, '/');
    clearInterval(watch);
    expect(error).toBe(`bundle_fetch_failed: bundle unpacks to more than ${MAX_UNPACKED_BYTES} bytes`);
    expect(most - before).toBeLessThan(100);
  });
});
