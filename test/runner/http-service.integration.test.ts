import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { bundleOf } from '../support/runner/bundles.js';
import { deferred } from '../support/runner/deferred.js';
import { rawGet, rawRequest } from '../support/runner/raw-request.js';
import { EXTENSION, RunnerInProcess, TENANT } from '../support/runner/runner-in-process.js';
import { scratchFolder } from '../support/runner/scratch-folder.js';
import { answer } from '../support/runner/test-engine.js';

let runner: RunnerInProcess;

async function start(env: Record<string, string> = {}): Promise<void> {
  runner = await RunnerInProcess.start(env);
}

afterEach(() => runner.stop());

function postJson(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${runner.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

describe('routes', () => {
  it.each(['/nothing', '/v1/execute/', '/v1', '/healthz/x', '/ext-ui', '//', '/%2e%2e'])(
    '%s is not found, with an empty body',
    async (path) => {
      await start();
      const found = await rawGet(runner.port, path);
      expect([found.status, found.body]).toEqual([404, '']);
      expect(found.head).toContain('cache-control: no-store');
      expect(found.head).not.toContain('access-control-');
    },
  );

  it.each([
    ['GET', '/v1/execute', 'POST'],
    ['PUT', '/v1/execute', 'POST'],
    ['POST', '/healthz', 'GET,HEAD'],
    ['OPTIONS', '/', 'GET,HEAD'],
    ['DELETE', `/ext-ui/x/sha256:00/index.html`, 'GET,HEAD'],
    ['GET', '/warmup', 'POST'],
    ['POST', '/metrics', 'GET,HEAD'],
  ])('%s %s is not allowed', async (method, path, allowed) => {
    await start();
    const refused = await fetch(`${runner.url}${path}`, { method });
    expect([refused.status, refused.headers.get('allow'), await refused.text()]).toEqual([405, allowed, '']);
  });

  it.each(['*', 'runner.test:443', '?x'])('the target %s is a bad request', async (target) => {
    await start();
    expect((await rawGet(runner.port, target)).status).toBe(400);
  });

  it('survive garbage and sockets that hang up in the middle', async () => {
    await start();
    expect((await rawRequest(runner.port, 'NONSENSE\r\n\r\n')).status).toBe(400);
    const socket = connect(runner.port, '127.0.0.1');
    const head =
      'POST /v1/execute HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 999';
    await new Promise((resolve) => socket.write(`${head}\r\n\r\n{`, resolve));
    socket.resetAndDestroy();
    expect((await fetch(`${runner.url}/healthz`)).status).toBe(200);
  });
});

describe('GET /', () => {
  it('sends the browser to the page installed for its host', async () => {
    await start();
    const hash = `sha256:${'1'.repeat(64)}`;
    runner.host.install(TENANT, EXTENSION, hash);
    const found = await rawGet(runner.port, '/?any=thing');
    expect([found.status, found.body]).toEqual([307, '']);
    expect(found.head).toContain(
      `location: /ext-ui/${EXTENSION}/${hash}/index.html?tenant=${TENANT}&extensionid=${EXTENSION}`,
    );
    expect(found.head).toContain('cache-control: no-store');
    const [asked] = runner.host.to('/api/installs/lookup-by-host');
    expect(asked?.query.get('host')).toBe('runner.test');
    expect(asked?.headers['x-api-key']).toBe('test-auth-key');
  });

  it.each([
    ['app.example.com:8085', 'app.example.com'],
    ['[::1]:8085', '[::1]'],
    ['localhost', 'localhost'],
  ])('asks for %s without its port', async (host, asked) => {
    await start();
    await rawRequest(runner.port, `GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
    expect(runner.host.requests[0]?.query.get('host')).toBe(asked);
  });

  it('needs a host', async () => {
    await start();
    expect((await rawRequest(runner.port, 'GET / HTTP/1.0\r\n\r\n')).status).toBe(400);
    expect((await rawRequest(runner.port, 'GET / HTTP/1.1\r\nconnection: close\r\n\r\n')).status).toBe(400);
  });

  it.each([
    ['an unknown host', () => ({ status: 404 }), 404],
    ['a failing registry', () => ({ status: 500 }), 404],
    ['a missing field', () => ({ status: 200, json: { tenant_id: 't', extension_id: 'e' } }), 502],
    ['no JSON', () => ({ status: 200 }), 502],
    ['a broken connection', () => 'reset' as const, 502],
    ['no answer', () => 'hang' as const, 502],
  ])('with %s', async (_name, reply, status) => {
    await start({ RUNNER_REGISTRY_LOOKUP_TIMEOUT_MS: '300' });
    runner.host.answers.set('/api/installs/lookup-by-host', reply);
    const found = await rawGet(runner.port, '/');
    expect([found.status, found.body]).toEqual([status, '']);
  });
});

describe('GET /healthz', () => {
  it('tells cache, store, kind, version and features', async () => {
    await start({ EXT_CACHE_MAX_BYTES: '12345' });
    const answered = await fetch(`${runner.url}/healthz`);
    expect([answered.status, answered.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(await answered.json()).toEqual({
      cache_writable: true,
      bundle_store: 'ok',
      ext_cache_max_bytes: '12345',
      kind: 'alga-runner-node',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      features: expect.arrayContaining(['warmup', 'metrics']),
    });
    expect(runner.store.requests.map(({ method, key }) => [method, key])).toEqual([['HEAD', '']]);
    expect(await readdir(runner.cacheRoot)).toEqual(['tmp']);
  });

  it('stays healthy when the store is not reachable, and says so', async () => {
    await start();
    await runner.store.stop();
    const answered = await fetch(`${runner.url}/healthz`);
    expect(answered.status).toBe(200);
    expect(await answered.json()).toMatchObject({
      bundle_store: 'bundle_store_unreachable',
      ext_cache_max_bytes: null,
    });
  });

  it('counts a store that is not configured as fine', async () => {
    await start({ BUNDLE_STORE_BASE: '' });
    expect(await (await fetch(`${runner.url}/healthz`)).json()).toMatchObject({ bundle_store: 'ok' });
  });

  it('is a 503 when the cache cannot be written', async () => {
    await start();
    await mkdir(join(runner.cacheRoot, 'healthz.tmp'));
    const answered = await fetch(`${runner.url}/healthz`);
    expect([answered.status, await answered.json()]).toEqual([
      503,
      expect.objectContaining({ cache_writable: false }),
    ]);
  });
});

describe('a cache folder that cannot be made', () => {
  it('is seen in the health answer, and used once it is there', async () => {
    const scratch = await scratchFolder('blocked');
    const blocked = join(scratch.path, 'cache');
    await writeFile(blocked, 'a file in the way');
    await start({ EXT_CACHE_ROOT: blocked });
    expect((await fetch(`${runner.url}/healthz`)).status).toBe(503);
    const bundle = await bundleOf({ 'ui/index.html': 'page' });
    runner.put(bundle);
    expect((await runner.ui(bundle, `index.html?tenant=${TENANT}`)).status).toBe(500);
    await rm(blocked);
    await mkdir(blocked);
    expect((await runner.ui(bundle, `index.html?tenant=${TENANT}`)).status).toBe(200);
    expect((await fetch(`${runner.url}/healthz`)).status).toBe(200);
    await scratch.remove();
  });
});

describe('POST /warmup', () => {
  it('fetches, unpacks and compiles', async () => {
    await start();
    const bundle = await bundleOf({ 'dist/main.wasm': 'component' });
    const key = runner.put(bundle);
    const body = { tenant_id: TENANT, extension_id: EXTENSION, content_hash: bundle.hash };
    const answered = await postJson('/warmup', body);
    expect([answered.status, await answered.json()]).toEqual([
      200,
      { warm: true, content_hash: bundle.hash, component: true, ms: expect.any(Number) },
    ]);
    expect(runner.engine.prepared).toMatchObject([{ kind: 'component', hash: bundle.hex }]);
    expect(runner.store.gets(key)).toBe(1);
  });

  it('makes an instance where that is asked for, and tells why there is none', async () => {
    await start();
    const bundle = await bundleOf({ 'dist/main.wasm': 'component' });
    runner.put(bundle);
    const body = { tenant_id: TENANT, extension_id: EXTENSION, content_hash: bundle.hash };
    const failed = (code: 'execute_failed' | 'overloaded') =>
      ({ kind: 'failure', code, reason: 'import', message: 'no such import' }) as const;
    const warm = (instantiate: boolean) => postJson('/warmup', { ...body, instantiate });
    expect((await warm(true)).status).toBe(200);
    runner.engine.started = failed('execute_failed');
    const answered = await warm(true);
    expect([answered.status, await answered.json()]).toEqual([
      500,
      { warm: false, code: 'execute_failed', error: 'execute_failed: no such import' },
    ]);
    expect((await warm(false)).status).toBe(200);
    // Without room for an instance nothing is known of the component.
    runner.engine.started = failed('overloaded');
    expect((await warm(true)).status).toBe(200);
  });

  it('is content with a bundle that has only a UI', async () => {
    await start();
    const bundle = await bundleOf({ 'ui/index.html': 'page' });
    runner.put(bundle);
    const answered = await postJson('/warmup', {
      tenant_id: TENANT,
      extension_id: EXTENSION,
      content_hash: bundle.hex,
    });
    expect(await answered.json()).toMatchObject({ warm: true, content_hash: bundle.hash, component: false });
  });

  it.each([
    {},
    { tenant_id: TENANT },
    { extension_id: EXTENSION },
    { tenant_id: '', extension_id: EXTENSION },
  ])('is refused as ever without tenant and extension: %o', async (ids) => {
    await start();
    const answered = await postJson('/warmup', { content_hash: 'sha256:00', ...ids });
    expect([answered.status, await answered.text()]).toEqual([
      400,
      'warmup unsupported without tenant + extension context',
    ]);
  });

  it('needs a hash', async () => {
    await start();
    expect((await postJson('/warmup', { tenant_id: TENANT, extension_id: EXTENSION })).status).toBe(422);
  });

  it('tells why a bundle could not be warmed', async () => {
    await start();
    const missing = await postJson('/warmup', {
      tenant_id: TENANT,
      extension_id: EXTENSION,
      content_hash: `sha256:${'0'.repeat(64)}`,
    });
    expect([missing.status, await missing.json()]).toEqual([
      502,
      { warm: false, code: 'bundle_fetch_failed', error: expect.stringContaining('404') },
    ]);
    const bundle = await bundleOf({ 'dist/main.wasm': 'no component' });
    runner.put(bundle);
    runner.engine.prepareFault = new Error('not a component');
    const broken = await postJson('/warmup', {
      tenant_id: TENANT,
      extension_id: EXTENSION,
      content_hash: bundle.hash,
    });
    expect([broken.status, await broken.json()]).toEqual([
      500,
      { warm: false, code: 'execute_failed', error: 'execute_failed: not a component' },
    ]);
  });
});

describe('GET /metrics', () => {
  it('counts requests, errors, cache and engine', async () => {
    await start();
    const bundle = await bundleOf({ 'dist/main.wasm': 'component', 'ui/index.html': 'page' });
    runner.put(bundle);
    const routing = { 'x-alga-tenant': TENANT, 'x-alga-extension': EXTENSION };
    const call = (hash: string): Promise<Response> =>
      postJson(
        '/v1/execute',
        {
          context: { tenant_id: TENANT, extension_id: EXTENSION, content_hash: hash },
          http: { method: 'GET', path: '/' },
        },
        routing,
      );
    await call(bundle.hash);
    await call(bundle.hash);
    await call(`sha256:${'0'.repeat(64)}`);
    await runner.ui(bundle, `index.html?tenant=${TENANT}`);
    const answered = await fetch(`${runner.url}/metrics`);
    const text = await answered.text();
    expect(answered.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    for (const line of [
      'alga_runner_http_request_duration_seconds_count{route="execute",method="POST",status="200"} 3',
      'alga_runner_http_request_duration_seconds_count{route="ext-ui",method="GET",status="200"} 1',
      'alga_runner_execute_phase_seconds_count{phase="run"} 2',
      'alga_runner_errors_total{code="bundle_fetch_failed",reason="not_found"} 1',
      'alga_runner_cache_hits_total 2',
      'alga_runner_cache_misses_total 2',
      'alga_runner_cache_bundles 1',
      'alga_runner_cache_bytes 13',
      'alga_runner_bundle_failures_total{fault="not_found"} 1',
      `alga_runner_bundle_download_bytes_total ${bundle.bytes.length}`,
      'alga_runner_instances_created_total 7',
      'alga_runner_egress_bytes_total{direction="sent"} 0',
      'alga_runner_executions_queued 0',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    expect(text).toContain('process_resident_memory_bytes');
    // Read again: totals stay totals.
    expect(await (await fetch(`${runner.url}/metrics`)).text()).toContain(
      'alga_runner_instances_created_total 7\n',
    );
  });
});

describe('a drain', () => {
  it('lets requests under way end and takes no new ones', async () => {
    await start();
    const bundle = await bundleOf({ 'dist/main.wasm': 'component' });
    runner.put(bundle);
    const begun = deferred<void>();
    const end = deferred<void>();
    runner.engine.guest = async () => {
      begun.resolve(undefined);
      await end.promise;
      return answer(200, 'done');
    };
    const routing = { 'x-alga-tenant': TENANT, 'x-alga-extension': EXTENSION };
    const context = { tenant_id: TENANT, extension_id: EXTENSION, content_hash: bundle.hash };
    const call = postJson('/v1/execute', { context, http: { method: 'GET', path: '/' } }, routing);
    await begun.promise;
    const down = runner.down();
    await expect(rawGet(runner.port, '/healthz')).rejects.toThrow('ECONNREFUSED');
    end.resolve(undefined);
    const answered = await call;
    expect(((await answered.json()) as { status: number }).status).toBe(200);
    expect(answered.headers.get('connection')).toBe('close');
    await down;
  });

  it('ends in bounded time when a request does not', async () => {
    await start({ RUNNER_DRAIN_MS: '100' });
    const bundle = await bundleOf({ 'dist/main.wasm': 'component' });
    runner.put(bundle);
    const begun = deferred<void>();
    runner.engine.guest = async () => {
      begun.resolve(undefined);
      return await new Promise(() => undefined);
    };
    const routing = { 'x-alga-tenant': TENANT, 'x-alga-extension': EXTENSION };
    const context = { tenant_id: TENANT, extension_id: EXTENSION, content_hash: bundle.hash };
    const call = postJson('/v1/execute', { context, http: { method: 'GET', path: '/' } }, routing).catch(
      () => 'cut',
    );
    await begun.promise;
    await runner.down();
    expect(await call).toBe('cut');
  });
});
