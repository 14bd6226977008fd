import { afterEach, describe, expect, it } from 'vitest';
import type { DebugWireEvent } from '../../runner/src/published/wire.js';
import { bundleOf } from '../support/runner/bundles.js';
import { RedisServer } from '../support/runner/redis-server.js';
import { EXTENSION, RunnerInProcess, TENANT } from '../support/runner/runner-in-process.js';

const STREAM = `ext-debug:${TENANT}:${EXTENSION}`;

let runner: RunnerInProcess;
let redis: RedisServer | undefined;

afterEach(async () => {
  await runner.stop();
  await redis?.stop();
  redis = undefined;
});

/** Lets one guest call fail, which is a debug event; gives how long the call took, in milliseconds. */
async function fail(message: string, stack?: string): Promise<number> {
  const bundle = await bundleOf({ 'dist/main.wasm': 'component' });
  runner.put(bundle);
  runner.engine.guest = () => ({
    kind: 'failure',
    code: 'execute_failed',
    reason: 'trap',
    message,
    ...(stack !== undefined && { stack }),
  });
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
  expect(response.status).toBe(200);
  return performance.now() - began;
}

async function metric(line: string): Promise<string | undefined> {
  const text = await (await fetch(`${runner.url}/metrics`)).text();
  return text.split('\n').find((each) => each.startsWith(`alga_runner_${line}`));
}

describe('debug events over HTTP', () => {
  const start = async (env: Record<string, string> = {}): Promise<void> => {
    runner = await RunnerInProcess.start(({ host }) => ({
      RUNNER_DEBUG_HTTP_URL: `${host.url}/debug`,
      ...env,
    }));
    runner.host.answers.set('/debug', () => ({ status: 204 }));
  };
  const posted = (): DebugWireEvent[] =>
    runner.host.to('/debug').flatMap(({ body }) => (JSON.parse(body) as { events: DebugWireEvent[] }).events);

  it('carry level, ids and the stack of the guest, with the runner’s token', async () => {
    await start();
    await fail('boom', '    at handler (src/handler.ts:3:1)');
    await expect.poll(posted).toEqual([
      {
        ts: expect.any(Number),
        level: 'error',
        stream: 'log',
        tenantId: TENANT.toUpperCase(),
        extensionId: EXTENSION,
        installId: 'i-1',
        requestId: 'r-1',
        versionId: 'v-1',
        contentHash: expect.stringMatching(/^sha256:/),
        message: 'execute failed: boom\n    at handler (src/handler.ts:3:1)',
        truncated: false,
      },
    ]);
    expect(runner.host.to('/debug')[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      'x-runner-auth': 'test-service-token',
    });
    expect(await metric('debug_events_sent_total')).toBe(
      'alga_runner_debug_events_sent_total{sink="http"} 1',
    );
  });

  it('are cut at a character, never inside one', async () => {
    await start({ RUNNER_DEBUG_MAX_EVENT_BYTES: '32' });
    await fail('äöü€𝄞'.repeat(10));
    await expect.poll(() => posted().length).toBe(1);
    const [event] = posted();
    expect(event?.truncated).toBe(true);
    expect(event?.message).toBe('execute failed: äöü€𝄞ä');
    expect(Buffer.byteLength(event?.message ?? '')).toBeLessThanOrEqual(32);
  });

  it('do not slow a request while the sink hangs, and the dropped ones are counted', async () => {
    await start({ RUNNER_DEBUG_QUEUE_MAX: '10' });
    runner.host.answers.set('/debug', () => 'hang');
    for (let call = 0; call < 40; call += 1) expect(await fail('x')).toBeLessThan(1000);
    const dropped = Number((await metric('debug_events_dropped_total'))?.split(' ')[1]);
    expect(dropped).toBeGreaterThan(10);
  });

  it('arrive once the sink is back', async () => {
    await start();
    runner.host.answers.set('/debug', () => ({ status: 503 }));
    await fail('early');
    await expect.poll(() => runner.host.to('/debug').length).toBe(1);
    runner.host.answers.set('/debug', () => ({ status: 204 }));
    runner.host.requests.length = 0;
    await expect
      .poll(() => posted().map(({ message }) => message), { timeout: 5000 })
      .toEqual(['execute failed: early']);
  });

  it('are sent before the runner ends', async () => {
    await start();
    await fail('last words');
    await runner.down();
    expect(posted().map(({ message }) => message)).toEqual(['execute failed: last words']);
  });
});

describe('debug events to a Redis stream', () => {
  it('have the product’s stream name, fields and trimming', async () => {
    redis = new RedisServer('secret');
    const port = await redis.start();
    runner = await RunnerInProcess.start({
      RUNNER_DEBUG_REDIS_URL: `redis://127.0.0.1:${port}/2`,
      RUNNER_DEBUG_REDIS_PASSWORD: 'secret',
      RUNNER_DEBUG_REDIS_MAXLEN: '77',
    });
    await fail('boom');
    const server = redis;
    await expect
      .poll(() => server.entries(STREAM))
      .toEqual([
        {
          ts: expect.stringMatching(/^\d{13}$/),
          level: 'error',
          stream: 'log',
          tenant: TENANT.toUpperCase(),
          extension: EXTENSION,
          install: 'i-1',
          request: 'r-1',
          version: 'v-1',
          content_hash: expect.stringMatching(/^sha256:/),
          message: 'execute failed: boom',
          truncated: '0',
        },
      ]);
    expect(redis.commands.slice(0, 2)).toEqual([
      ['AUTH', 'secret'],
      ['SELECT', '2'],
    ]);
    expect(redis.commands[2]?.slice(0, 7)).toEqual(['XADD', STREAM, 'MAXLEN', '~', '77', '*', 'ts']);
  });

  it('use the credentials of the URL before the separate password', async () => {
    redis = new RedisServer('from url');
    const port = await redis.start();
    runner = await RunnerInProcess.start({
      RUNNER_DEBUG_REDIS_URL: `redis://me:from%20url@127.0.0.1:${port}`,
      RUNNER_DEBUG_REDIS_PASSWORD: 'other',
      RUNNER_DEBUG_REDIS_STREAM_PREFIX: 'x:',
    });
    await fail('boom');
    const server = redis;
    await expect.poll(() => server.entries(`x:${TENANT}:${EXTENSION}`).length).toBe(1);
    expect(redis.commands[0]).toEqual(['AUTH', 'me', 'from url']);
  });

  it('come through when Redis starts late and when it restarts', async () => {
    redis = new RedisServer();
    const port = await redis.start();
    await redis.stop();
    runner = await RunnerInProcess.start({ RUNNER_DEBUG_REDIS_URL: `redis://127.0.0.1:${port}` });
    await fail('one');
    await redis.start(port);
    const messages = (): string[] => (redis?.entries(STREAM) ?? []).map(({ message }) => message ?? '');
    await expect.poll(messages, { timeout: 8000 }).toEqual(['execute failed: one']);
    await redis.stop();
    await redis.start(port);
    await fail('two');
    await expect.poll(messages, { timeout: 8000 }).toEqual(['execute failed: one', 'execute failed: two']);
  });

  it('need a Redis URL, which no error repeats', async () => {
    const refused = RunnerInProcess.start({ RUNNER_DEBUG_REDIS_URL: 'http://user:hunter2@host' });
    await expect(refused).rejects.toThrow(/^(?!.*hunter2).*RUNNER_DEBUG_REDIS_URL/);
    runner = await RunnerInProcess.start();
  });
});
