import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { type ComponentSource, componentFixture } from '../../fixtures/components/component-fixtures.js';
import { bundleOf, type TestBundle } from '../../support/runner/bundles.js';
import { EXTENSION, subject, TENANT, textOf } from './subject.js';

async function bundleFrom(source: ComponentSource): Promise<TestBundle> {
  const bundle = await bundleOf({ 'dist/main.wasm': await readFile(await componentFixture(source)) });
  await subject.put(bundle);
  return bundle;
}

/** What a guest wrote to its standard error stream, from whatever stream it was published to. */
function stderrLines(): string[] {
  const streams = [`ext-debug:${TENANT}:${EXTENSION}`, 'ext-debug:unknown'];
  return streams
    .flatMap((stream) => subject.redis.entries(stream))
    .filter(({ stream }) => stream === 'stderr')
    .map(({ message }) => message?.trim() ?? '');
}

describe('components of every kind of tool answer', () => {
  test.each(['plain', 'features'] as const)('JavaScript: %s', async (source) => {
    const { hash: contentHash } = await bundleFrom(source);
    const answer = await subject.execute('/echo', { contentHash, body: 'body', method: 'POST' });
    expect(answer).toMatchObject({ status: 200, error: null });
    expect(JSON.parse(textOf(answer))).toMatchObject({
      http: { method: 'POST', url: '/echo', body: { $bytes: 'body' } },
    });
    for (let call = 0; call < 2; call += 1) {
      const counted = await subject.execute('/count', { contentHash });
      expect(JSON.parse(textOf(counted))).toEqual({ counter: 1, kept: 1 });
    }
  });

  test('Rust', async () => {
    const { hash: contentHash } = await bundleFrom('rust');
    const text = async (path: string): Promise<string> =>
      textOf(await subject.execute(path, { contentHash, method: 'PUT' }));
    expect(await text('/somewhere?x=1')).toBe('PUT /somewhere?x=1 tenant-1');
    expect([await text('/count'), await text('/count')]).toEqual(['call 1', 'call 1']);
    expect(await text('/secret')).toBe('error case 1');
    await text('/log');
    await expect.poll(stderrLines).toContain('rust to stderr');
    const panicked = await subject.execute('/panic', { contentHash });
    expect([panicked.status, panicked.error?.split(':')[0]]).toEqual([500, 'execute_failed']);
  });

  test('a module written by hand', async () => {
    const { hash: contentHash } = await bundleFrom('trapping');
    expect(await subject.execute('/', { contentHash })).toEqual({
      status: 204,
      headers: {},
      body_b64: null,
      error: null,
    });
  });
});
