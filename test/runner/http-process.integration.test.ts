import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ExecuteWireAnswer } from '../../runner/src/published/wire.js';
import { AppHost } from '../support/runner/app-host.js';
import { bundleOf, keyOf, type TestBundle } from '../support/runner/bundles.js';
import { BEHAVIOURS, buildGuest } from '../support/runner/guests.js';
import { ObjectServer } from '../support/runner/object-server.js';
import { EXTENSION, environment, TENANT } from '../support/runner/runner-environment.js';
import { RunnerProcess, spawnRunner } from '../support/runner/runner-process.js';
import { type ScratchFolder, scratchFolder } from '../support/runner/scratch-folder.js';

let store: ObjectServer;
let app: AppHost;
let cache: ScratchFolder;
const running: RunnerProcess[] = [];

beforeEach(async () => {
  [store, app, cache] = await Promise.all([ObjectServer.start(), AppHost.start(), scratchFolder('process')]);
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((runner) => runner.stop('SIGKILL')));
  await Promise.all([store.stop(), app.stop()]);
  await cache.remove();
});

async function start(env: Record<string, string> = {}): Promise<RunnerProcess> {
  const runner = await RunnerProcess.start({ env: { ...environment(store, app, cache.path), ...env } });
  running.push(runner);
  return runner;
}

async function guestBundle(name = 'one', extensionId = EXTENSION): Promise<TestBundle> {
  const bundle = await bundleOf({
    'dist/main.wasm': await buildGuest(BEHAVIOURS),
    'ui/index.html': `page of ${name}`,
    'manifest.json': name,
  });
  store.put(keyOf(TENANT, extensionId, bundle.hex), bundle.bytes);
  return bundle;
}

async function execute(
  runner: { readonly url: string },
  bundle: TestBundle,
  path: string,
  fields: object = {},
  extensionId = EXTENSION,
): Promise<ExecuteWireAnswer> {
  const response = await fetch(`${runner.url}/v1/execute`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-alga-tenant': TENANT,
      'x-alga-extension': extensionId,
      'x-request-id': 'request-of-the-test',
    },
    body: JSON.stringify({
      context: {
        tenant_id: TENANT,
        extension_id: extensionId,
        content_hash: bundle.hash,
        config: { key: 'canary-config' },
      },
      http: {
        method: 'POST',
        path,
        headers: { authorization: 'canary-header' },
        body_b64: Buffer.from('canary-body').toString('base64'),
      },
      limits: { timeout_ms: 20_000 },
      ...fields,
    }),
  });
  return (await response.json()) as ExecuteWireAnswer;
}

function textOf(answer: ExecuteWireAnswer): string {
  return Buffer.from(answer.body_b64 ?? '', 'base64').toString('utf8');
}

describe('the program', () => {
  it('tells its parent when it can serve, and ends well on SIGTERM', async () => {
    const runner = await start();
    expect((await fetch(`${runner.url}/healthz`)).status).toBe(200);
    expect(await runner.stop()).toBe(0);
    expect(await readdir(join(cache.path, 'tmp'))).toEqual([]);
  });

  it('ends when its parent goes away', async () => {
    const runner = await start();
    const ended = once(runner.child, 'exit');
    runner.child.disconnect();
    expect(await ended).toEqual([0, null]);
  });

  it.each([
    [{ ALGA_AUTH_KEY: '', ALGA_AUTH_KEY_FILE: '/nowhere' }, 'ALGA_AUTH_KEY'],
    [{ REGISTRY_BASE_URL: '' }, 'REGISTRY_BASE_URL'],
    [{ REGISTRY_BASE_URL: 'canary-url', RUNNER_SERVICE_TOKEN: 'canary-token' }, 'REGISTRY_BASE_URL'],
    [{ SIGNING_TRUST_BUNDLE: '/nowhere/trust.pem' }, '/nowhere/trust.pem'],
  ])('does not start with %o, and says why', async (env, why) => {
    const { child, output } = spawnRunner({ ...environment(store, app, cache.path), ...env });
    const [code] = (await once(child, 'close')) as [number];
    expect(code).not.toBe(0);
    expect(output()).toContain(why);
    expect(output()).not.toContain('canary');
  });

  it('does not start on a port in use', async () => {
    const runner = await start();
    const { child, output } = spawnRunner({
      ...environment(store, app, cache.path),
      PORT: String(runner.port),
    });
    const [code] = (await once(child, 'close')) as [number];
    expect(code).not.toBe(0);
    expect(output()).toContain('EADDRINUSE');
  });

  it('lets a guest end what it does before it drains', async () => {
    const runner = await start();
    const bundle = await guestBundle();
    expect((await execute(runner, bundle, '/count')).status).toBe(200);
    const call = execute(runner, bundle, '/loop', { limits: { timeout_ms: 700 } });
    await expect
      .poll(
        async () =>
          (await (await fetch(`${runner.url}/metrics`)).text()).match(/executions_running (\d+)/)?.[1],
      )
      .toBe('1');
    const stopped = runner.stop();
    expect((await call).error).toMatch(/^execute_failed/);
    expect(await stopped).toBe(0);
  });

  it('ends in bounded time when its parent goes away, whatever it was doing and had been told', async () => {
    const runner = await start();
    const bundle = await guestBundle();
    const call = execute(runner, bundle, '/loop', { limits: { timeout_ms: 60_000 } }).catch(() => 'cut');
    await expect
      .poll(
        async () =>
          (await (await fetch(`${runner.url}/metrics`)).text()).match(/executions_running (\d+)/)?.[1],
        { timeout: 20_000 },
      )
      .toBe('1');
    const ended = once(runner.child, 'exit');
    runner.child.kill('SIGTERM');
    await expect.poll(() => runner.output, { timeout: 20_000 }).toContain('draining');
    const since = performance.now();
    runner.child.disconnect();
    await ended;
    expect(performance.now() - since).toBeLessThan(4_000);
    expect(await call).toBe('cut');
  });

  it('logs requests with their ids as JSON lines, and no secret', async () => {
    const runner = await start({
      RUST_LOG: 'debug',
      S3_ACCESS_KEY: 'canary-access',
      S3_SECRET_KEY: 'canary-secret',
    });
    const bundle = await guestBundle();
    const ciphertext = Buffer.from(JSON.stringify({ api_key: 'canary-inline' })).toString('base64');
    const fields = {
      secret_envelope: { ciphertext_b64: ciphertext, algorithm: 'inline/base64' },
      providers: ['cap:secrets.get'],
    };
    await execute(runner, bundle, '/echo', fields);
    await execute(runner, bundle, '/throw', fields);
    store.spoil(404);
    await execute(runner, { ...bundle, hash: `sha256:${'0'.repeat(64)}` }, '/', fields);
    await runner.stop();
    const lines = runner.output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const calls = lines.filter((line) => line.msg === 'execute');
    expect(calls.length).toBe(3);
    expect(calls[0]).toMatchObject({
      level: 'info',
      request: 'request-of-the-test',
      tenant: TENANT,
      extension: EXTENSION,
      hash: bundle.hash,
      status: 200,
    });
    expect(runner.output).not.toContain('canary');
    expect(runner.output).not.toContain(ciphertext);
    expect(runner.output).not.toContain('contract-auth-key');
    expect(runner.output).not.toContain('X-Amz-Signature');
  });

  it('killed in the middle of a download leaves nothing wrong behind', async () => {
    const runner = await start();
    const bundle = await guestBundle();
    const release = store.hold();
    const call = execute(runner, bundle, '/count').catch(() => 'cut');
    await expect.poll(() => store.requests.length).toBe(1);
    await runner.stop('SIGKILL');
    expect(await call).toBe('cut');
    release();
    const next = await start();
    expect((await readdir(join(cache.path, 'tmp'))).length).toBe(1);
    expect(textOf(await execute(next, bundle, '/count'))).toBe('1');
  });
});
