import { afterEach, describe, expect, it } from 'vitest';
import { program } from '../support/programs.js';
import { bundleOf, type TestBundle } from '../support/runner/bundles.js';
import { EXTENSION, RunnerInProcess, TENANT } from '../support/runner/runner-in-process.js';
import { RealRedis } from './redis-support.js';

const programs = { server: program('redis-server') ?? '', client: program('redis-cli') ?? '' };
const STREAM = `ext-debug:${TENANT}:${EXTENSION}`;
const WAIT = { timeout: 20_000, interval: 50 };

let runner: RunnerInProcess | undefined;
let redis: RealRedis;
let bundle: TestBundle;

afterEach(async () => {
  redis.thaw();
  await runner?.stop();
  runner = undefined;
  await redis.stop();
});

async function start(env: Record<string, string> = {}): Promise<void> {
  runner = await RunnerInProcess.start({ RUNNER_DEBUG_REDIS_URL: redis.url, ...env });
  bundle = await bundleOf({ 'dist/main.wasm': 'component' });
  runner.put(bundle);
}

/** Lets one guest call fail, which is one debug event; gives how long the caller waited, in milliseconds. */
async function fail(message: string): Promise<number> {
  if (runner === undefined) throw new Error('no runner');
  runner.engine.guest = () => ({ kind: 'failure', code: 'execute_failed', reason: 'trap', message });
  const began = performance.now();
  const response = await fetch(`${runner.url}/v1/execute`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-alga-tenant': TENANT, 'x-alga-extension': EXTENSION },
    body: JSON.stringify({
      context: {
        request_id: 'r-1',
        tenant_id: TENANT.toUpperCase(),
        extension_id: EXTENSION,
        install_id: 'i-1',
        version_id: 'v-1',
        content_hash: bundle.hash,
      },
      http: { method: 'GET', path: '/' },
      limits: {},
    }),
  });
  expect(((await response.json()) as { error: string }).error).toBe(`execute_failed: ${message}`);
  return performance.now() - began;
}

const failed = (...messages: string[]) => messages.map((message) => `execute failed: ${message}`);

async function counted(name: string): Promise<number> {
  const text = await (await fetch(`${runner?.url}/metrics`)).text();
  return Number(new RegExp(`alga_runner_${name}\\{sink="redis"\\} (\\d+)`).exec(text)?.[1]);
}

describe.skipIf(programs.server === '' || programs.client === '')('debug events in a real Redis', () => {
  it('are entries of the extension’s stream, with the product’s fields in their order', async () => {
    redis = await RealRedis.start(programs);
    await start({ RUNNER_DEBUG_REDIS_URL: `${redis.url}/0`, RUNNER_DEBUG_MAX_EVENT_BYTES: '32' });
    await fail('boom\r\n$3\r\n€');
    await fail('x'.repeat(100));
    await expect.poll(async () => (await redis.entries(STREAM)).length, WAIT).toBe(2);
    const [first = [], second = []] = await redis.entries(STREAM);
    expect(first).toEqual([
      ...['ts', expect.stringMatching(/^\d{13}$/), 'level', 'error', 'stream', 'log'],
      ...['tenant', TENANT.toUpperCase(), 'extension', EXTENSION, 'install', 'i-1', 'request', 'r-1'],
      ...['version', 'v-1', 'content_hash', bundle.hash],
      ...['message', 'execute failed: boom\r\n$3\r\n€', 'truncated', '0'],
    ]);
    expect(second.slice(-4)).toEqual(['message', `execute failed: ${'x'.repeat(16)}`, 'truncated', '1']);
  });

  it('are trimmed to the length asked for, oldest first', async () => {
    // Redis trims whole nodes of a stream; small ones make the bound close.
    redis = await RealRedis.start(programs, ['--stream-node-max-entries', '10']);
    await start({ RUNNER_DEBUG_REDIS_MAXLEN: '50' });
    for (let n = 0; n < 200; n += 1) await fail(`number ${n}`);
    await expect
      .poll(async () => (await redis.messages(STREAM)).at(-1), WAIT)
      .toBe('execute failed: number 199');
    const kept = await redis.messages(STREAM);
    expect(kept.length).toBeGreaterThanOrEqual(50);
    expect(kept.length).toBeLessThan(65);
    expect(kept).toEqual(
      failed(...Array.from({ length: kept.length }, (_, n) => `number ${200 - kept.length + n}`)),
    );
  });

  it('need the password, which may come apart from the address or as a user’s within it', async () => {
    redis = await RealRedis.start(programs, [], 'secret');
    await redis.ask('ACL', 'SETUSER', 'writer', 'on', '>its-own', '~ext-debug:*', '+xadd');
    await start({ RUNNER_DEBUG_REDIS_PASSWORD: 'secret' });
    await fail('apart');
    await expect.poll(() => redis.messages(STREAM), WAIT).toEqual(failed('apart'));
    await runner?.stop();
    await start({ RUNNER_DEBUG_REDIS_URL: `redis://writer:its-own@127.0.0.1:${redis.port}` });
    await fail('within');
    await expect.poll(() => redis.messages(STREAM), WAIT).toEqual(failed('apart', 'within'));
  });

  it.each([
    ['a wrong password', { RUNNER_DEBUG_REDIS_PASSWORD: 'guess' }],
    ['no password', {}],
  ])('are not counted as sent with %s, and no request waits for them', async (_name, env) => {
    redis = await RealRedis.start(programs, [], 'secret');
    await start(env);
    for (let n = 0; n < 20; n += 1) expect(await fail('x')).toBeLessThan(1000);
    expect(await counted('debug_events_sent_total')).toBe(0);
    // Its last try ends with the runner.
    await runner?.down();
    expect(await redis.entries(STREAM)).toEqual([]);
  });

  it('come through, each in its place, when the server is killed and comes back', async () => {
    redis = await RealRedis.start(programs);
    await start();
    await fail('before');
    await expect.poll(() => redis.messages(STREAM), WAIT).toEqual(failed('before'));
    await redis.kill();
    const during = Array.from({ length: 30 }, (_, n) => `during ${n}`);
    for (const message of during) expect(await fail(message)).toBeLessThan(1000);
    await redis.up();
    await fail('after');
    await expect.poll(() => redis.messages(STREAM), WAIT).toEqual(failed('before', ...during, 'after'));
    expect(await counted('debug_events_sent_total')).toBe(32);
  });

  it('hold up no request while the server hangs, and go on when it does', async () => {
    redis = await RealRedis.start(programs);
    await start();
    await fail('before');
    await expect.poll(() => redis.messages(STREAM), WAIT).toEqual(failed('before'));
    redis.freeze();
    for (let n = 0; n < 30; n += 1) expect(await fail(`frozen ${n}`)).toBeLessThan(1000);
    redis.thaw();
    await expect
      .poll(async () => (await redis.messages(STREAM)).at(-1), WAIT)
      .toBe('execute failed: frozen 29');
  });

  it('wait for a server that takes no writes for now', async () => {
    redis = await RealRedis.start(programs);
    await start();
    await redis.ask('CONFIG', 'SET', 'maxmemory', '1');
    await fail('refused at first');
    await redis.ask('CONFIG', 'SET', 'maxmemory', '0');
    await expect.poll(() => redis.messages(STREAM), WAIT).toEqual(failed('refused at first'));
  });

  it('do not stay stuck on a key that is no stream', async () => {
    redis = await RealRedis.start(programs);
    await redis.ask('SET', STREAM, 'taken');
    await start();
    await fail('lost');
    await expect.poll(() => counted('debug_events_sent_total'), WAIT).toBe(1);
    await redis.ask('DEL', STREAM);
    await fail('next');
    await expect.poll(() => redis.messages(STREAM), WAIT).toEqual(failed('next'));
  });
});
