import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ExecuteFailure } from '../../runner/src/executable.js';
import type { ExecuteWireAnswer, ExecuteWireRequest } from '../../runner/src/published/wire.js';
import { bundleOf, keyOf, type TestBundle } from '../support/runner/bundles.js';
import { deferred } from '../support/runner/deferred.js';
import { EXTENSION, RunnerInProcess, TENANT } from '../support/runner/runner-in-process.js';
import { answer } from '../support/runner/test-engine.js';

const ROUTING = { 'x-alga-tenant': TENANT, 'x-alga-extension': EXTENSION };

let runner: RunnerInProcess;
let bundle: TestBundle;

beforeEach(async () => {
  runner = await RunnerInProcess.start();
  bundle = await bundleOf({ 'dist/main.wasm': 'component', 'manifest.json': '{}' });
  runner.put(bundle);
});
afterEach(() => runner.stop());

function request(
  changes: { context?: object; http?: object; [field: string]: unknown } = {},
): ExecuteWireRequest {
  const { context, http, ...rest } = changes;
  return {
    context: { tenant_id: TENANT, extension_id: EXTENSION, content_hash: bundle.hash, ...context },
    http: { method: 'GET', path: '/x', ...http },
    limits: { timeout_ms: 1000 },
    ...rest,
  };
}

function post(body: string | object, headers: Record<string, string> = ROUTING): Promise<Response> {
  return fetch(`${runner.url}/v1/execute`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

async function execute(body: object, headers?: Record<string, string>): Promise<ExecuteWireAnswer> {
  const response = await post(body, headers);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/json');
  expect(response.headers.get('cache-control')).toBe('no-store');
  return (await response.json()) as ExecuteWireAnswer;
}

describe('a guest answer', () => {
  it('comes back with status, headers and body, and no error', async () => {
    runner.engine.guest = () =>
      answer(418, 'tea', [
        ['X-Kind', 'a'],
        ['x-kind', 'b'],
        ['X-Kind', 'c'],
        ['__proto__', 'd'],
      ]);
    expect(await execute(request())).toEqual({
      status: 418,
      headers: Object.fromEntries([
        ['X-Kind', 'c'],
        ['x-kind', 'b'],
        ['__proto__', 'd'],
      ]),
      body_b64: Buffer.from('tea').toString('base64'),
      error: null,
    });
  });

  it('without a body has a null body, with an empty one an empty text', async () => {
    runner.engine.guest = () => answer(204);
    expect((await execute(request())).body_b64).toBeNull();
    runner.engine.guest = () => answer(200, '');
    expect((await execute(request())).body_b64).toBe('');
  });
});

describe('what reaches the guest', () => {
  it('is every field of the request', async () => {
    await execute({
      context: {
        request_id: 'r-1',
        tenant_id: 'tenant of the context',
        extension_id: 'extension of the context',
        install_id: 'i-1',
        version_id: 'v-1',
        content_hash: bundle.hex.toUpperCase(),
        config: { key: 'value' },
      },
      http: {
        method: 'PATCH',
        path: '/items/7',
        query: { a: '1 2', b: 'ä&=' },
        headers: { Accept: 'text/plain' },
        body_b64: ` ${Buffer.from('hello').toString('base64')}\n`,
      },
      limits: { timeout_ms: 1234, memory_mb: 64, fuel: 5 },
      providers: [' CAP:Storage.KV ', '', 'cap:http.fetch'],
      secret_envelope: {
        ciphertext_b64: 'e30=',
        algorithm: 'vault-transit:v1',
        version: '3',
        expires_at: '2030-01-01T00:00:00Z',
        key_path: 'k',
        mount: 'm',
      },
      user: {
        user_id: 'u',
        user_email: 'u@example.com',
        user_name: 'User',
        user_type: 'internal',
        company_name: 'ACME',
        client_id: 'c',
        additional_fields: { locale: 'de' },
      },
    });
    expect(runner.engine.requests[0]).toEqual({
      requestId: 'r-1',
      tenantId: 'tenant of the context',
      extensionId: 'extension of the context',
      installId: 'i-1',
      versionId: 'v-1',
      contentHash: bundle.hex,
      config: { key: 'value' },
      http: {
        method: 'PATCH',
        url: '/items/7?a=1+2&b=%C3%A4%26%3D',
        headers: [['Accept', 'text/plain']],
        body: Buffer.from('hello'),
      },
      limits: { timeoutMs: 1234, memoryMb: 64 },
      providers: new Set([
        'cap:context.read',
        'cap:log.emit',
        'cap:user.read',
        'cap:storage.kv',
        'cap:http.fetch',
      ]),
      secretEnvelope: {
        ciphertextB64: 'e30=',
        algorithm: 'vault-transit:v1',
        version: '3',
        expiresAt: '2030-01-01T00:00:00Z',
        keyPath: 'k',
        mount: 'm',
      },
      user: {
        userId: 'u',
        userEmail: 'u@example.com',
        userName: 'User',
        userType: 'internal',
        clientName: 'ACME',
        clientId: 'c',
        additionalFields: { locale: 'de' },
      },
    });
  });

  it('has the defaults for everything that may be left out or be null', async () => {
    const nothing = { request_id: null, install_id: null, version_id: null };
    await execute({
      ...request({ context: nothing, http: { body_b64: null } }),
      limits: { timeout_ms: null, memory_mb: null, fuel: null },
      secret_envelope: null,
      user: null,
    });
    await execute({ ...request(), limits: {} });
    for (const seen of runner.engine.requests) {
      expect(seen).toEqual({
        tenantId: TENANT,
        extensionId: EXTENSION,
        contentHash: bundle.hash,
        config: {},
        http: { method: 'GET', url: '/x', headers: [] },
        limits: { timeoutMs: 30_000, memoryMb: 256 },
        providers: new Set(['cap:context.read', 'cap:log.emit', 'cap:user.read']),
      });
    }
    expect(runner.engine.requests.length).toBe(2);
  });

  it('ignores unknown fields at every level', async () => {
    await execute({
      ...request({
        context: { trigger: 'schedule' },
        http: { url: '/other' },
        config: {},
        endpoint: 'ui-proxy:/x',
      }),
    });
    expect(runner.engine.requests[0]?.http.url).toBe('/x');
  });

  it('appends the query to one the path already has', async () => {
    await execute(request({ http: { path: '/x?a=1', query: { b: '2' } } }));
    expect(runner.engine.requests[0]?.http.url).toBe('/x?a=1&b=2');
  });

  it('tells an empty body from none', async () => {
    await execute(request({ http: { body_b64: '' } }));
    await execute(request({ http: { body_b64: null } }));
    expect(runner.engine.requests.map((seen) => seen.http.body?.length)).toEqual([0, undefined]);
  });

  it('takes the empty client name when none is given', async () => {
    const user = { user_id: 'u', user_email: 'e', user_name: 'n', user_type: 'client', client_id: null };
    await execute(request({ user }));
    expect(runner.engine.requests[0]?.user).toEqual({
      userId: 'u',
      userEmail: 'e',
      userName: 'n',
      userType: 'client',
      clientName: '',
      additionalFields: {},
    });
  });
});

describe('refusals, in their order', () => {
  it.each(['sha256:../../etc', 'zz', '', `${'0'.repeat(63)}`])(
    'bundle_fetch_failed for the hash %j, without touching store or disk',
    async (hash) => {
      const refused = await execute(request({ context: { content_hash: hash } }));
      expect([refused.status, refused.error?.split(':')[0]]).toEqual([502, 'bundle_fetch_failed']);
      expect(runner.store.requests).toEqual([]);
    },
  );

  it.each([
    ['execute_failed', 'trap', 'wasm trap: unreachable', 500, 'execute_failed: wasm trap: unreachable'],
    ['execute_failed', 'timeout', 'no answer', 500, 'execute_failed: no answer'],
    ['secret_decrypt_failed', 'secret', 'vault said no', 500, 'secret_decrypt_failed'],
    ['engine_init_failed', 'init', 'no worker', 500, 'engine_init_failed: no worker'],
    ['overloaded', 'queue', 'queue is full', 503, 'overloaded: queue is full'],
  ] as const)('%s by the engine (%s)', async (code, reason, message, status, error) => {
    const failure: ExecuteFailure = { kind: 'failure', code, reason, message };
    runner.engine.guest = () => failure;
    expect(await execute(request())).toEqual({ status, headers: {}, body_b64: null, error });
  });

  it('engine_init_failed when there is no store, before the bundle is looked for', async () => {
    await runner.stop();
    runner = await RunnerInProcess.start({ BUNDLE_STORE_BASE: '' });
    const refused = await execute(request());
    expect(refused.status).toBe(500);
    expect(refused.error).toMatch(/^engine_init_failed: .*BUNDLE_STORE_BASE/);
  });

  it('engine_init_failed when the engine did not start, while the UI is served', async () => {
    await runner.stop();
    runner = await RunnerInProcess.start({}, (starting) => {
      starting.engine.startFault = new Error('no threads');
    });
    expect((await execute(request())).error).toBe('engine_init_failed: no threads');
    const page = await bundleOf({ 'ui/index.html': 'page' });
    runner.put(page);
    expect((await runner.ui(page, `index.html?tenant=${TENANT}`)).status).toBe(200);
  });

  it('a fault of the engine itself is a bare 500, and the next request is served', async () => {
    runner.engine.guest = () => {
      throw new Error('bug');
    };
    expect((await post(request())).status).toBe(500);
    runner.engine.guest = () => answer(200);
    expect((await execute(request())).status).toBe(200);
  });
});

describe('idempotency', () => {
  const key = { ...ROUTING, 'x-idempotency-key': 'k-1' };
  let runs = 0;

  beforeEach(() => {
    runs = 0;
    runner.engine.guest = () => {
      runs += 1;
      return answer(runs === 1 ? 500 : 200, `run ${runs}`);
    };
  });

  it('replays a guest answer of any status, whatever the body', async () => {
    const first = await execute(request(), key);
    expect(await execute(request({ http: { method: 'POST', path: '/other' } }), key)).toEqual(first);
    expect(runs).toBe(1);
  });

  it('does nothing without a key', async () => {
    await execute(request());
    await execute(request(), { ...ROUTING, 'x-idempotency-key': '' });
    expect(runs).toBe(2);
  });

  it('keeps tenants and extensions apart', async () => {
    runner.store.put(keyOf('t2', EXTENSION, bundle.hex), bundle.bytes);
    const answers = [
      await execute(request(), key),
      await execute(request(), { ...key, 'x-alga-tenant': 't2' }),
      await execute(request(), { ...key, 'x-alga-extension': 'e2' }),
    ];
    expect(new Set(answers.map((each) => each.body_b64)).size).toBe(3);
  });

  it('does not keep an error of the runner', async () => {
    runner.engine.guest = () => ({
      kind: 'failure',
      code: 'execute_failed',
      reason: 'trap',
      message: 'trap',
    });
    expect((await execute(request(), key)).error).toBe('execute_failed: trap');
    runner.engine.guest = () => answer(200, 'now');
    expect((await execute(request(), key)).error).toBeNull();
  });

  it('runs requests at the same time once', async () => {
    const open = deferred<void>();
    runner.engine.guest = async () => {
      runs += 1;
      await open.promise;
      return answer(200, `run ${runs}`);
    };
    const pending = Array.from({ length: 10 }, () => execute(request(), key));
    await expect.poll(() => runs).toBe(1);
    open.resolve(undefined);
    const answers = await Promise.all(pending);
    expect(new Set(answers.map((each) => each.body_b64)).size).toBe(1);
    expect(runs).toBe(1);
  });

  it('forgets the oldest answers beyond its bound', async () => {
    await runner.stop();
    runner = await RunnerInProcess.start({ RUNNER_IDEMPOTENCY_MAX_ENTRIES: '2' });
    runner.put(bundle);
    runner.engine.guest = () => {
      runs += 1;
      return answer(200, `run ${runs}`);
    };
    const keyed = (name: string): Promise<ExecuteWireAnswer> =>
      execute(request(), { ...ROUTING, 'x-idempotency-key': name });
    for (const name of ['a', 'b', 'c']) await keyed(name);
    expect(runs).toBe(3);
    await keyed('c');
    expect(runs).toBe(3);
    await keyed('a');
    expect(runs).toBe(4);
  });

  it('lets a call with a key run to its end when its caller hangs up', async () => {
    const begun = deferred<AbortSignal>();
    const open = deferred<void>();
    runner.engine.guest = async (_request, signal) => {
      runs += 1;
      begun.resolve(signal);
      await open.promise;
      return answer(200, 'kept');
    };
    const hangUp = new AbortController();
    const headers = { 'content-type': 'application/json', ...key };
    const init = { method: 'POST', headers, body: JSON.stringify(request()), signal: hangUp.signal };
    const call = fetch(`${runner.url}/v1/execute`, init).catch(() => 'gone');
    const signal = await begun.promise;
    hangUp.abort();
    expect(await call).toBe('gone');
    open.resolve(undefined);
    expect(Buffer.from((await execute(request(), key)).body_b64 ?? '', 'base64').toString()).toBe('kept');
    expect([runs, signal.aborted]).toEqual([1, false]);
  });
});

describe('a caller that hangs up', () => {
  it('frees the engine', async () => {
    const begun = deferred<AbortSignal>();
    runner.engine.guest = async (_request, signal) => {
      begun.resolve(signal);
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      return { kind: 'failure', code: 'execute_failed', reason: 'trap', message: 'aborted' };
    };
    const hangUp = new AbortController();
    const headers = { 'content-type': 'application/json', ...ROUTING };
    const init = { method: 'POST', headers, body: JSON.stringify(request()), signal: hangUp.signal };
    const call = fetch(`${runner.url}/v1/execute`, init).catch(() => 'gone');
    const signal = await begun.promise;
    hangUp.abort();
    expect(await call).toBe('gone');
    await expect.poll(() => signal.aborted).toBe(true);
  });
});
