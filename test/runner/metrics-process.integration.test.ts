import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/core/entry.js';
import { componentFixture } from '../fixtures/components/component-fixtures.js';
import { bundleOf, bundleOfBytes, keyOf, type TestBundle } from '../support/runner/bundles.js';
import { type CallFields, LiveRunner } from '../support/runner/live-runner.js';
import { EXTENSION, TENANT } from '../support/runner/runner-environment.js';

// Every metric of the real program, with real components, is seen to move.

const MB = 1024 * 1024;

let runner: LiveRunner;
let component: Buffer;
let guest: TestBundle;

beforeAll(async () => {
  component = await readFile(await componentFixture('features'));
  runner = await LiveRunner.start({
    env: ({ host }) => ({
      RUNNER_WORKERS: '1',
      RUNNER_QUEUE_MAX: '1',
      // Room for one component and a half.
      EXT_CACHE_MAX_BYTES: String(Math.floor(component.length * 1.5)),
      EXT_EGRESS_ALLOWLIST: '127.0.0.1',
      EXT_STATIC_STRICT_VALIDATION: 'true',
      RUNNER_STORE_ATTEMPTS: '1',
      RUNNER_BUNDLE_MAX_BYTES: String(8 * MB),
      RUNNER_DEBUG_HTTP_URL: `${host.origin}/debug`,
      RUNNER_DEBUG_QUEUE_MAX: '10',
    }),
  });
  runner.host.answer = ({ url }) => (url.startsWith('/api/') ? { body: { valid: true } } : { status: 204 });
  guest = await put({ 'dist/main.wasm': component, 'ui/index.html': 'page' });
});
afterAll(() => runner?.stop());

/** Metrics that were seen with another value than before, by name. */
const moving = new Set<string>();
let last = new Map<string, number>();

/** All metrics of our own as they are now. */
async function snapshot(): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${runner.url}/metrics`)).text();
  const now = new Map<string, number>();
  for (const [, line = '', value] of text.matchAll(/^(alga_runner_\S+) (\S+)$/gm))
    now.set(line, Number(value));
  for (const [line, value] of now) {
    if (value !== (last.get(line) ?? 0))
      moving.add(line.replace(/\{.*/, '').replace(/_(bucket|sum|count)$/, ''));
  }
  last = now;
  return now;
}

/** The value of a metric by the rest of its name, 0 when it is not there yet. */
async function value(name: string): Promise<number> {
  return (await snapshot()).get(`alga_runner_${name}`) ?? 0;
}

async function put(files: Readonly<Record<string, string | Buffer>>): Promise<TestBundle> {
  return await runner.put(files);
}

async function moved(name: string, work: () => Promise<unknown>): Promise<number> {
  const before = await value(name);
  await work();
  return (await value(name)) - before;
}

const count = (): Promise<unknown> => runner.execute(guest, '/count');
const created = 'instances_created_total';
/** Instances and threads that were made. */
const made = async (): Promise<number> => (await value(created)) + (await value('workers_replaced_total'));

describe('instances', () => {
  it('are made for a component', async () => {
    // One for the call, and one in advance while it is not known yet that the first can be used again.
    expect([1, 2]).toContain(await moved(created, count));
  });

  it('are made again only for what was discarded', async () => {
    // Once the component is known to allow it, one instance serves call after call.
    await expect.poll(() => moved(created, count), { timeout: 20_000 }).toBe(0);
    const discarding: ReadonlyArray<readonly [string, string, CallFields]> = [
      ['a trap', '/throw', {}],
      ['growth', '/grow', {}],
      ['a deadline', '/loop', { timeoutMs: 100 }],
      ['too much memory', '/allocate', { memoryMb: 64 }],
      ['too large an answer', '/huge?n=12000000', {}],
    ];
    for (const [what, path, call] of discarding) {
      // At most three: a thread, and an instance on it and on the one that took over; or, for a call with a
      // limit of its own, the instance it ran on, the one made for the next such call, and that of the other thread.
      const before = await made();
      await runner.execute(guest, path, call);
      const since = async (): Promise<number> => {
        await count();
        return (await made()) - before;
      };
      await expect.poll(since, { timeout: 20_000, message: what }).toBeGreaterThanOrEqual(1);
      expect([what, await since()]).toEqual([what, expect.toSatisfy((n: number) => n <= 3)]);
      await expect.poll(() => moved(created, count), { timeout: 20_000 }).toBe(0);
    }
  });

  it('that cannot be ended otherwise take their thread with them', async () => {
    const loop = (): Promise<unknown> => runner.execute(guest, '/loop', { timeoutMs: 100 });
    expect(await moved('workers_replaced_total', loop)).toBe(1);
    await expect.poll(() => value('workers')).toBe(2);
  });
});

describe('the queue', () => {
  it('is what runs and what waits; whoever finds it full is an error', async () => {
    const calls = [1, 2].map(() => runner.execute(guest, '/loop', { timeoutMs: 1500 }));
    await expect.poll(() => value('executions_queued')).toBe(1);
    expect(await value('executions_running')).toBe(1);
    const refused = (): Promise<unknown> => runner.execute(guest, '/count');
    expect(await moved('errors_total{code="overloaded",reason="queue"}', refused)).toBe(1);
    await Promise.all(calls);
    await expect.poll(() => value('executions_running')).toBe(0);
    expect(await value('executions_queued')).toBe(0);
  });
});

describe('errors by code and reason', () => {
  const of = async (files: Record<string, string | Buffer>): Promise<TestBundle> => await put(files);
  const execute = (bundle: Pick<TestBundle, 'hash'>, path = '/', call: CallFields = {}) =>
    runner.execute(bundle, path, call);
  const rows: ReadonlyArray<readonly [string, string, () => Promise<unknown>]> = [
    ['execute_failed', 'trap', () => execute(guest, '/throw')],
    ['execute_failed', 'timeout', () => execute(guest, '/loop', { timeoutMs: 100 })],
    ['execute_failed', 'memory', () => execute(guest, '/allocate', { memoryMb: 64 })],
    ['execute_failed', 'response', () => execute(guest, '/huge?n=12000000')],
    ['execute_failed', 'init', async () => execute(await of({ 'dist/main.wasm': 'no component' }))],
    [
      'execute_failed',
      'exports',
      async () => execute(await of({ 'dist/main.wasm': Buffer.from([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]) })),
    ],
    ['secret_decrypt_failed', 'secret', () => execute(guest, '/', { fields: SEALED })],
    ['unknown_capabilities', '', () => execute(guest, '/', { fields: { providers: ['cap:nope'] } })],
    ['missing_routing_headers', '', () => withoutHeaders()],
    ['bundle_fetch_failed', 'bad_address', () => execute({ hash: 'zz' })],
    ['bundle_fetch_failed', 'not_found', () => execute({ hash: 'f'.repeat(64) })],
    ['bundle_fetch_failed', 'no_component', async () => execute(await of({ 'ui/index.html': 'alone' }))],
    ['bundle_fetch_failed', 'store', () => spoiled()],
    ['bundle_fetch_failed', 'hash_mismatch', () => stored('right', Buffer.from('wrong'))],
    ['bundle_fetch_failed', 'archive', () => stored('no archive')],
    ['bundle_fetch_failed', 'too_large', () => stored('x'.repeat(9 * MB))],
  ];
  const SEALED = { secret_envelope: { ciphertext_b64: '%%%' } };

  async function withoutHeaders(): Promise<void> {
    await fetch(`${runner.url}/v1/execute`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        context: { tenant_id: TENANT, extension_id: EXTENSION, content_hash: guest.hash },
        http: { method: 'GET', path: '/' },
      }),
    });
  }

  async function spoiled(): Promise<void> {
    const bundle = await of({ 'manifest.json': 'of a store that refuses' });
    runner.store.spoil(500);
    await execute(bundle);
  }

  async function stored(text: string, bytes = Buffer.from(text)): Promise<void> {
    const bundle = bundleOfBytes(Buffer.from(text));
    runner.store.put(keyOf(TENANT, EXTENSION, bundle.hex), bytes);
    await execute(bundle);
  }

  it.each(rows)('%s, %s', async (code, reason, work) => {
    expect(await moved(`errors_total{code="${code}",reason="${reason}"}`, work)).toBe(1);
  });

  it('are failures of bundles too', async () => {
    const now = await snapshot();
    for (const fault of ['bad_address', 'not_found', 'store', 'hash_mismatch', 'archive', 'too_large']) {
      const line = `alga_runner_bundle_failures_total{fault="${fault}"}`;
      expect([fault, now.get(line)]).toEqual([fault, 1]);
    }
  });
});

describe('cache, memory, egress and events', () => {
  it('the cache grows, evicts and is bounded', async () => {
    await count();
    const another = await bundleOf({ 'dist/main.wasm': component, 'manifest.json': 'another' });
    runner.store.put(keyOf(TENANT, EXTENSION, another.hex), another.bytes);
    const run = async (): Promise<void> => {
      expect((await runner.execute(another, '/count')).error).toBeNull();
    };
    expect(await moved('cache_evictions_total', run)).toBeGreaterThan(0);
    expect(await value('cache_bytes')).toBeLessThan(component.length * 1.5);
    expect(await moved('cache_hits_total', run)).toBe(1);
    expect(await moved('compile_hits_total', run)).toBe(1);
    expect(await moved('cache_misses_total', count)).toBe(1);
    // Code is shared: what is compiled again after an eviction is no more than it was.
    expect(await value('compiled_components')).toBe(1);
    expect(await value('compiled_bytes')).toBeGreaterThan(MB);
  });

  it('bytes that guests exchange are counted', async () => {
    const request = { method: 'POST', url: runner.host.origin, headers: [], body: { $bytes: 'four' } };
    const call = JSON.stringify({ call: ['http', 'fetch'], args: [request] });
    const fetched = (): Promise<unknown> =>
      runner.execute(guest, '/call', { body: call, fields: { providers: ['cap:http.fetch'] } });
    const answer = runner.host.answer;
    runner.host.answer = (asked) => (asked.url === '/' ? { body: 'seven b' } : answer(asked));
    expect(await moved('egress_bytes_total{direction="sent"}', fetched)).toBe(4);
    expect(await moved('egress_bytes_total{direction="received"}', fetched)).toBe(7);
    runner.host.answer = answer;
  });

  it('pages are kept in memory, installs are asked about', async () => {
    const page = async (): Promise<void> => {
      const path = `/ext-ui/${EXTENSION}/${guest.hash}/index.html?tenant=${TENANT}`;
      expect((await fetch(`${runner.url}${path}`)).status).toBe(200);
    };
    expect(await moved('registry_validations_total{result="valid"}', page)).toBe(1);
    expect(await value('ui_memory_bytes')).toBeGreaterThan(0);
  });

  it('events that are delivered and those that are dropped', async () => {
    const log = (): Promise<unknown> => runner.execute(guest, '/log');
    await log();
    await expect.poll(() => value('debug_events_sent_total{sink="http"}')).toBeGreaterThan(0);
    runner.host.answer = () => 'hang';
    for (let n = 0; n < 20; n += 1) await log();
    expect(await value('debug_events_dropped_total{sink="http"}')).toBeGreaterThan(0);
  });

  it('every metric that is documented has moved, and no other is there', async () => {
    const docs = await readFile(join(packageRoot(), 'docs/runner.md'), 'utf8');
    const documented = [...docs.matchAll(/^\| `(alga_runner_\w+)`/gm)].map(([, name]) => name);
    await snapshot();
    expect([...moving].sort()).toEqual(documented.sort());
  });
});
