import { describe, expect, test } from 'vitest';
import { bundleOf } from '../../support/runner/bundles.js';
import { subject, TENANT } from './subject.js';
import { newBundle } from './ui-bundles.js';

/** How far a metric of our own moves while something is done. */
async function moved(line: string, work: () => Promise<unknown>): Promise<number> {
  const before = await subject.metric(line);
  await work();
  // A line with labels is not there before its first event.
  return (await subject.metric(line)) - (Number.isNaN(before) ? 0 : before);
}

const count = (): Promise<unknown> => subject.execute('/count');
const DURATION = 'alga_runner_http_request_duration_seconds_count';
const PHASE = 'alga_runner_execute_phase_seconds_count';

describe('GET /metrics moves with', () => {
  test.each([
    [`${DURATION}{route="execute",method="POST",status="200"}`, 1],
    [`${PHASE}{phase="queue"}`, 1],
    [`${PHASE}{phase="prepare"}`, 1],
    [`${PHASE}{phase="run"}`, 1],
    ['alga_runner_compile_hits_total', 1],
    ['alga_runner_cache_hits_total', 1],
  ])('an execution: %s', async (line, by) => {
    if (!subject.own) return;
    await count();
    expect(await moved(line, count)).toBe(by);
  });

  test('what is running, waiting, held and alive', async () => {
    if (!subject.own) return;
    const calls = Array.from({ length: 8 }, () => subject.execute('/loop', { timeoutMs: 700 }));
    await expect.poll(() => subject.metric('alga_runner_executions_running')).toBeGreaterThan(0);
    expect(await subject.metric('alga_runner_executions_queued')).toBeGreaterThan(0);
    await Promise.all(calls);
    await expect.poll(() => subject.metric('alga_runner_executions_running')).toBe(0);
    expect(await subject.metric('alga_runner_executions_queued')).toBe(0);
    for (const line of ['workers', 'compiled_components', 'compiled_bytes', 'workers_replaced_total']) {
      expect([line, (await subject.metric(`alga_runner_${line}`)) > 0]).toEqual([line, true]);
    }
    expect(await subject.metric('process_resident_memory_bytes')).toBeGreaterThan(1e7);
  });

  test('errors, by code and reason', async () => {
    if (!subject.own) return;
    const line = (code: string, reason: string): string =>
      `alga_runner_errors_total{code="${code}",reason="${reason}"}`;
    const failing: ReadonlyArray<readonly [string, string, () => Promise<unknown>]> = [
      ['execute_failed', 'trap', () => subject.execute('/throw')],
      ['execute_failed', 'timeout', () => subject.execute('/loop', { timeoutMs: 50 })],
      ['execute_failed', 'memory', () => subject.execute('/count', { memoryMb: 1 })],
      ['unknown_capabilities', '', () => subject.execute('/count', { grants: ['cap:nope'] })],
      [
        'secret_decrypt_failed',
        'secret',
        () => subject.execute('/x', { secretEnvelope: { ciphertextB64: '%' } }),
      ],
      ['bundle_fetch_failed', 'not_found', () => subject.execute('/x', { contentHash: 'f'.repeat(64) })],
    ];
    for (const [code, reason, work] of failing) {
      expect([code, reason, await moved(line(code, reason), work)]).toEqual([code, reason, 1]);
    }
  });

  test('a bundle that is fetched, unpacked, compiled and served', async () => {
    if (!subject.own) return;
    const page = await newBundle();
    const get = (): Promise<unknown> => subject.ui(page, `index.html?tenant=${TENANT}`);
    const before = await subject.metric('alga_runner_cache_bytes');
    expect(await moved('alga_runner_bundle_download_bytes_total', get)).toBe(page.bytes.length);
    expect(await subject.metric('alga_runner_cache_bytes')).toBeGreaterThan(before);
    expect(await subject.metric('alga_runner_ui_memory_bytes')).toBeGreaterThan(0);
    expect(await moved(`${DURATION}{route="ext-ui",method="GET",status="200"}`, get)).toBe(1);
    const another = await newBundle();
    const asked = (): Promise<unknown> => subject.ui(another, `index.html?tenant=${TENANT}`);
    expect(await moved('alga_runner_registry_validations_total{result="valid"}', asked)).toBe(1);
    const broken = await bundleOf({ 'dist/main.wasm': `no component ${Date.now()}` });
    await subject.put(broken);
    const execute = (): Promise<unknown> => subject.execute('/x', { contentHash: broken.hash });
    expect(await moved('alga_runner_compile_misses_total', execute)).toBe(1);
    expect(await moved('alga_runner_cache_bundles', async () => asked())).toBe(0);
    const missing = (): Promise<unknown> => subject.execute('/x', { contentHash: 'e'.repeat(64) });
    expect(await moved('alga_runner_cache_misses_total', missing)).toBe(1);
    expect(await moved('alga_runner_bundle_failures_total{fault="not_found"}', missing)).toBe(1);
  });

  test('what guests exchange with other hosts, and what they write', async () => {
    if (!subject.own) return;
    subject.host.answer = () => ({ body: 'seven b' });
    const request = { method: 'POST', url: subject.host.origin, headers: [], body: { $bytes: 'four' } };
    const fetched = (): Promise<unknown> =>
      subject.hostCall(['http', 'fetch'], [request], { grants: ['cap:http.fetch'] });
    expect(await moved('alga_runner_egress_bytes_total{direction="sent"}', fetched)).toBe(4);
    expect(await moved('alga_runner_egress_bytes_total{direction="received"}', fetched)).toBe(7);
    const sent = 'alga_runner_debug_events_sent_total{sink="redis"}';
    const before = await subject.metric(sent);
    await subject.hostCall(['logging', 'logInfo'], ['counted']);
    await expect.poll(() => subject.metric(sent)).toBeGreaterThan(before);
  });
});
