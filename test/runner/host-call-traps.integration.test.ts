import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExecuteWireAnswer } from '../../runner/src/published/wire.js';
import { componentFixture } from '../fixtures/components/component-fixtures.js';
import { FUNCTIONS, has, type TrappingWay, WAYS } from '../fixtures/components/trapping/module.mjs';
import { bundleOf, type TestBundle } from '../support/runner/bundles.js';
import { RunnerProcess } from '../support/runner/runner-process.js';
import { S3Store } from '../support/runner/s3-store.js';
import { type ScratchFolder, scratchFolder } from '../support/runner/scratch-folder.js';
import { ScriptedServer } from './capabilities-support.js';

const TENANT = '3f1c2d4e-0000-4000-8000-000000000001';
const EXTENSION = '9a8b7c6d-0000-4000-8000-000000000002';

let store: S3Store;
let host: ScriptedServer;
let cache: ScratchFolder;
let runner: RunnerProcess;
let bundle: TestBundle;

beforeAll(async () => {
  [store, host, cache] = await Promise.all([S3Store.start(), ScriptedServer.start(), scratchFolder('traps')]);
  bundle = await bundleOf({ 'dist/main.wasm': await readFile(await componentFixture('trapping')) });
  await store.put(TENANT, EXTENSION, bundle, bundle.bytes);
  host.answer = ({ url }) => ({ body: url === '/fetched' ? 'text' : ANSWERS });
  runner = await RunnerProcess.start({
    env: {
      ...store.environment,
      ALGA_AUTH_KEY: 'trap-auth-key',
      REGISTRY_BASE_URL: host.origin,
      RUNNER_SERVICE_TOKEN: 'trap-token',
      UI_PROXY_BASE_URL: host.origin,
      EXT_EGRESS_ALLOWLIST: '127.0.0.1',
      EXT_CACHE_ROOT: cache.path,
      RUST_LOG: 'error',
    },
  });
});
afterAll(async () => {
  await runner?.stop('SIGKILL');
  await Promise.all([store?.stop(), host?.stop()]);
  await cache?.remove();
});

const schedule = {
  ...{ id: 's', endpointPath: '/e', endpointMethod: 'GET', cron: '0 0 * * *', timezone: 'UTC' },
  enabled: true,
};
const endpoint = { id: 'e', method: 'GET', path: '/e', handler: 'h', schedulable: true };
const client = { clientId: 'c', clientName: 'Client' };
const service = { serviceId: 's', serviceName: 'Service', itemKind: 'service', billingMethod: 'fixed' };

/** One answer that every service takes for its own, with texts in it that the guest has to receive. */
const ANSWERS = {
  ...{ namespace: 'n', key: 'k', value: 'dGV4dA==', revision: 1, success: true },
  ...{ schedules: [schedule], schedule, scheduleId: 's', endpoints: [endpoint], invoiceId: 'i' },
  items: [{ ...client, ...service, namespace: 'n', key: 'k', value: 'dGV4dA==' }],
  item: { ...client, ...service },
  totalCount: 1,
};

async function execute(path: string): Promise<ExecuteWireAnswer> {
  const secrets = Buffer.from(JSON.stringify({ [`${host.origin}/fetched`]: 'secret' })).toString('base64');
  const response = await fetch(`${runner.url}/v1/execute`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-alga-tenant': TENANT, 'x-alga-extension': EXTENSION },
    body: JSON.stringify({
      context: {
        tenant_id: TENANT,
        extension_id: EXTENSION,
        install_id: 'install',
        content_hash: bundle.hash,
      },
      http: {
        method: 'GET',
        path,
        body_b64: Buffer.from(`${host.origin}/fetched`).toString('base64'),
      },
      limits: { timeout_ms: 10_000 },
      providers: [
        ...['cap:secrets.get', 'cap:http.fetch', 'cap:storage.kv', 'cap:ui.proxy', 'cap:scheduler.manage'],
        ...['cap:invoice.manual.create', 'cap:client.read', 'cap:service.read'],
      ],
      secret_envelope: { ciphertext_b64: secrets, algorithm: 'inline/base64' },
      user: { user_id: 'u', user_email: 'u@example.com', user_name: 'User', user_type: 'internal' },
    }),
  });
  return (await response.json()) as ExecuteWireAnswer;
}

const pathOf = (fn: number, way: number): string =>
  `/${String.fromCharCode(97 + fn)}${String.fromCharCode(97 + way)}`;

const rows = FUNCTIONS.flatMap((each, fn) =>
  WAYS.flatMap((way, at) =>
    has(each, way) ? [[`${each[0]}.${each[1]}`, way, pathOf(fn, at)] as const] : [],
  ),
);

const CAUSES = {
  'argument-outside': 'a pointer outside of memory',
  'result-outside': 'a pointer outside of memory',
  'trap-while-receiving': 'wasm trap: divide by zero',
  'trap-after': 'wasm trap: unreachable',
} as const;

async function trap(way: TrappingWay, path: string): Promise<void> {
  expect(await execute(path)).toEqual({
    status: 500,
    headers: {},
    body_b64: null,
    error: `execute_failed: ${CAUSES[way]}`,
  });
  expect(await execute('/')).toEqual({ status: 204, headers: {}, body_b64: null, error: null });
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${runner.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text)?.[1]);
}

describe('a guest that traps in a call of the host', () => {
  it.each(rows)('%s: %s', async (_name, way, path) => {
    await trap(way, path);
  });

  it('leaves nothing behind, however often', async () => {
    const round = async (): Promise<void> => {
      await Promise.all(rows.map(([, way, path]) => trap(way, path)));
    };
    // All threads are up after the first rounds, and their heaps as large as they get.
    for (let n = 0; n < 6; n += 1) await round();
    const threads = await metric('alga_runner_workers');
    const before = await metric('process_resident_memory_bytes');
    const after: number[] = [];
    for (let n = 0; n < 8; n += 1) {
      await round();
      after.push(await metric('process_resident_memory_bytes'));
    }
    // The lowest of the last: what is not collected yet is no growth.
    const grown = (Math.min(...after.slice(-4)) - before) / 2 ** 20;
    expect(grown).toBeLessThan(64);
    expect(await metric('alga_runner_workers')).toBeLessThanOrEqual(threads);
    expect(await metric('alga_runner_executions_running')).toBe(0);
  });
});
