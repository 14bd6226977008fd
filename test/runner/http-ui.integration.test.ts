import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { bundleOf, bundleOfBytes, keyOf, type TestBundle } from '../support/runner/bundles.js';
import { rawGet } from '../support/runner/raw-request.js';
import { EXTENSION, RunnerInProcess, TENANT } from '../support/runner/runner-in-process.js';

const IMMUTABLE = 'public, max-age=31536000, immutable';
const DEFAULT_POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'";
const PAGE = '<!doctype html><title>page</title>';
const FILES = {
  'manifest.json': '{}',
  'dist/main.wasm': 'wasm',
  'ui/index.html': PAGE,
  'ui/assets/app.js': 'export {};',
  'ui/assets/big.js': 'x'.repeat(2 * 1024 * 1024),
  'ui/other.html': '<p>other</p>',
  'ui/LICENSE': 'free',
};

let runner: RunnerInProcess;

async function started(
  env: Record<string, string> = {},
  files: Record<string, string> = FILES,
): Promise<TestBundle> {
  runner = await RunnerInProcess.start(env);
  const bundle = await bundleOf(files);
  runner.put(bundle);
  return bundle;
}

function etagOf(content: string): string {
  return `"sha256-${createHash('sha256').update(content).digest('hex')}"`;
}

afterEach(() => runner.stop());

describe('files of a UI', () => {
  it('are served with type, length, entity tag, nosniff and a year of caching', async () => {
    const bundle = await started();
    const answer = await runner.ui(bundle, `assets/app.js?tenant=${TENANT}`);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe('export {};');
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'cache-control': IMMUTABLE,
      'content-length': '10',
      'content-type': 'text/javascript',
      etag: etagOf('export {};'),
      'x-content-type-options': 'nosniff',
    });
    expect(answer.headers.has('content-security-policy')).toBe(false);
  });

  it.each([
    ['index.html', 'text/html'],
    ['a.js', 'text/javascript'],
    ['a.css', 'text/css'],
    ['a.json', 'application/json'],
    ['a.map', 'text/plain'],
    ['a.svg', 'image/svg+xml'],
    ['a.png', 'image/png'],
    ['a.jpg', 'image/jpeg'],
    ['a.jpeg', 'image/jpeg'],
    ['a.webp', 'image/webp'],
    ['a.woff', 'font/woff'],
    ['a.woff2', 'font/woff2'],
    ['UPPER.JS', 'text/javascript'],
  ])('%s is %s', async (name, type) => {
    const bundle = await started({}, { 'ui/index.html': PAGE, [`ui/${name}`]: 'content' });
    const answer = await runner.ui(bundle, `${name}?tenant=${TENANT}`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, type]);
  });

  it('carry the default content security policy when they are pages', async () => {
    const bundle = await started();
    const page = await runner.ui(bundle, `index.html?tenant=${TENANT}`);
    expect(page.headers.get('content-security-policy')).toBe(DEFAULT_POLICY);
    expect(page.headers.get('cache-control')).toBe(IMMUTABLE);
  });

  it.each([
    [{ EXT_UI_CONTENT_SECURITY_POLICY: "default-src 'none'" }, "default-src 'none'"],
    [{ EXT_UI_FRAME_ANCESTORS: 'https://app.test' }, `${DEFAULT_POLICY}; frame-ancestors https://app.test`],
    [{ EXT_UI_CONTENT_SECURITY_POLICY: ' ', EXT_UI_FRAME_ANCESTORS: ' ' }, DEFAULT_POLICY],
    [{ EXT_UI_CONTENT_SECURITY_POLICY: 'a\nb' }, DEFAULT_POLICY],
  ])('take their policy from the environment: %o', async (env, policy) => {
    const bundle = await started(env);
    const page = await runner.ui(bundle, `index.html?tenant=${TENANT}`);
    expect(page.headers.get('content-security-policy')).toBe(policy);
  });

  it('are not sent again to who has them', async () => {
    const bundle = await started();
    const tag = etagOf(PAGE);
    for (const given of [tag, `"other", ${tag}`, '*']) {
      const answer = await runner.ui(bundle, `index.html?tenant=${TENANT}`, { 'if-none-match': given });
      expect([given, answer.status, await answer.text()]).toEqual([given, 304, '']);
      expect(answer.headers.get('etag')).toBe(tag);
      expect(answer.headers.get('cache-control')).toBe(IMMUTABLE);
      expect(answer.headers.get('content-security-policy')).toBe(DEFAULT_POLICY);
      expect(answer.headers.has('content-type')).toBe(false);
    }
    for (const given of [`W/${tag}`, '"sha256-00"', tag.replaceAll('"', '')]) {
      const answer = await runner.ui(bundle, `index.html?tenant=${TENANT}`, { 'if-none-match': given });
      expect([given, answer.status]).toEqual([given, 200]);
    }
  });

  it('are streamed when large, and the same every time', async () => {
    const bundle = await started();
    for (let round = 0; round < 2; round += 1) {
      const answer = await runner.ui(bundle, `assets/big.js?tenant=${TENANT}`);
      expect((await answer.text()).length).toBe(2 * 1024 * 1024);
      expect(answer.headers.get('etag')).toBe(etagOf(FILES['ui/assets/big.js']));
    }
  });

  it('answer HEAD with the headers of GET and no body', async () => {
    const bundle = await started();
    const url = `${runner.url}/ext-ui/${EXTENSION}/${bundle.hash}/assets/big.js?tenant=${TENANT}`;
    const answer = await fetch(url, { method: 'HEAD' });
    expect([answer.status, answer.headers.get('content-length'), await answer.text()]).toEqual([
      200,
      String(2 * 1024 * 1024),
      '',
    ]);
  });

  it('over the size limit are refused', async () => {
    const bundle = await started({ EXT_STATIC_MAX_FILE_BYTES: '100' });
    const big = await runner.ui(bundle, `assets/big.js?tenant=${TENANT}`);
    expect([big.status, await big.text()]).toEqual([413, 'asset too large']);
    expect(big.headers.get('cache-control')).toBe('no-store');
    expect((await runner.ui(bundle, `index.html?tenant=${TENANT}`)).status).toBe(200);
  });

  it('do not exist for a bundle without a UI', async () => {
    const bundle = await started({}, { 'dist/main.wasm': 'wasm' });
    const answer = await runner.ui(bundle, `index.html?tenant=${TENANT}`);
    expect([answer.status, await answer.text()]).toEqual([404, '']);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });
});

describe('a path without a file', () => {
  it.each([
    ['users/42', {}],
    ['assets', {}],
    ['assets/', {}],
    ['missing.html', {}],
    ['users/42', { accept: 'text/html,application/xhtml+xml' }],
    ['users/42', { 'sec-fetch-dest': 'iframe' }],
  ])('is the page for a navigation to %s %o, to be asked for again', async (path, headers) => {
    const bundle = await started();
    const answer = await runner.ui(bundle, `${path}?tenant=${TENANT}`, headers);
    expect([answer.status, await answer.text()]).toEqual([200, PAGE]);
    expect(answer.headers.get('cache-control')).toBe('no-cache');
    expect(answer.headers.get('etag')).toBe(etagOf(PAGE));
    expect(answer.headers.get('content-security-policy')).toBe(DEFAULT_POLICY);
  });

  it.each([
    ['missing.js', {}],
    ['assets/missing.png', { 'sec-fetch-dest': 'document' }],
    ['data', { accept: 'application/json' }],
    ['data', { 'sec-fetch-dest': 'empty' }],
  ])('is missing for anything else: %s %o', async (path, headers) => {
    const bundle = await started();
    const answer = await runner.ui(bundle, `${path}?tenant=${TENANT}`, headers);
    expect([answer.status, await answer.text()]).toEqual([404, '']);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });
});

describe('hostile paths', () => {
  it.each([
    '../manifest.json',
    '%2e%2e/manifest.json',
    '%2e%2e%2fmanifest.json',
    '..%2f..%2fetc/passwd',
    'assets/../../bundle/dist/main.wasm',
    './index.html',
    'assets/./app.js',
    '.hidden.js',
    'assets/.git/config.json',
    '/index.html',
    '%2findex.html',
    '//etc/index.html',
    'a%00.js',
    'index.html%00.js',
    'a%0d%0aset-cookie:x.js',
    '..%5c..%5cindex.html',
    'a\\b.js',
    'index.html.',
    'app.wasm',
    'app.mjs',
    'favicon.ico',
    'notes.txt',
    'users/jane.doe',
    'app.js%3f.exe',
    '%ff.js',
  ])('%s is refused', async (path) => {
    const bundle = await started();
    const answer = await rawGet(runner.port, `/ext-ui/${EXTENSION}/${bundle.hash}/${path}?tenant=${TENANT}`);
    expect([answer.status, answer.body]).toEqual([400, 'invalid path']);
    expect(answer.head).toContain('cache-control: no-store');
  });

  it('decode once: an encoded escape is a plain name', async () => {
    const bundle = await started();
    const answer = await rawGet(
      runner.port,
      `/ext-ui/${EXTENSION}/${bundle.hash}/%252e%252e%252findex.js?tenant=${TENANT}`,
    );
    expect(answer.status).toBe(404);
  });

  it('collapse repeated slashes and accept the absolute form of proxies', async () => {
    const bundle = await started();
    const path = `/ext-ui/${EXTENSION}/${bundle.hash}/assets//app.js?tenant=${TENANT}`;
    expect((await rawGet(runner.port, path)).body).toBe('export {};');
    expect((await rawGet(runner.port, `http://runner.test${path}`)).body).toBe('export {};');
  });

  it('never reach the files outside ui/', async () => {
    const bundle = await started();
    for (const path of ['manifest.json', 'bundle/manifest.json', 'files.json']) {
      expect(
        (await rawGet(runner.port, `/ext-ui/${EXTENSION}/${bundle.hash}/${path}?tenant=${TENANT}`)).status,
      ).toBe(404);
    }
  });

  it('need at least one character after the hash', async () => {
    const bundle = await started();
    for (const path of [
      `/ext-ui/${EXTENSION}/${bundle.hash}/`,
      `/ext-ui/${EXTENSION}/${bundle.hash}`,
      '/ext-ui/x',
    ]) {
      const answer = await rawGet(runner.port, path);
      expect([path, answer.status, answer.body]).toEqual([path, 404, '']);
    }
  });
});

describe('content hashes', () => {
  it.each(['abc', 'sha256:', 'sha256:xyz', 'sha512:00', `${'0'.repeat(64)}`, 'sha256:..'])(
    'of the wrong form are refused: %s',
    async (hash) => {
      await started();
      const answer = await rawGet(runner.port, `/ext-ui/${EXTENSION}/${hash}/index.html`);
      expect([answer.status, answer.body]).toEqual([400, 'invalid content hash']);
    },
  );

  it('may be in upper case and percent-encoded', async () => {
    const bundle = await started();
    for (const hash of [`sha256:${bundle.hex.toUpperCase()}`, `sha256%3A${bundle.hex}`]) {
      const answer = await rawGet(runner.port, `/ext-ui/${EXTENSION}/${hash}/index.html?tenant=${TENANT}`);
      expect([hash, answer.status]).toEqual([hash, 200]);
    }
  });

  it('of no bundle end in extract_failed, without caching', async () => {
    await started();
    for (const hash of ['sha256:abc', `sha256:${'0'.repeat(64)}`]) {
      const answer = await fetch(`${runner.url}/ext-ui/${EXTENSION}/${hash}/index.html?tenant=${TENANT}`);
      expect([answer.status, await answer.json()]).toEqual([500, { code: 'extract_failed' }]);
      expect(answer.headers.get('cache-control')).toBe('no-store');
    }
  });

  it('that the stored bytes do not have end in archive_hash_mismatch', async () => {
    await started();
    const right = await bundleOf({ 'ui/index.html': 'right' });
    const wrong = await bundleOf({ 'ui/index.html': 'wrong' });
    runner.store.put(keyOf(TENANT, EXTENSION, right.hex), wrong.bytes);
    const answer = await runner.ui(right, `index.html?tenant=${TENANT}`);
    expect([answer.status, await answer.json()]).toEqual([502, { code: 'archive_hash_mismatch' }]);
  });

  it('of bytes that are no archive end in extract_failed', async () => {
    await started();
    const broken = bundleOfBytes(Buffer.from('this is not zstd at all'));
    runner.put(broken);
    const answer = await runner.ui(broken, `index.html?tenant=${TENANT}`);
    expect([answer.status, await answer.json()]).toEqual([500, { code: 'extract_failed' }]);
  });
});

describe('the tenant', () => {
  const strict = { EXT_STATIC_STRICT_VALIDATION: 'true' };

  it('comes from the query, else the header, else the page, else the host', async () => {
    const bundle = await started(strict);
    runner.host.install(TENANT, EXTENSION, bundle.hash);
    // By host, before anybody named a tenant.
    expect((await runner.ui(bundle, 'index.html')).status).toBe(200);
    const lookup = runner.host.to('/api/installs/lookup-by-host')[0];
    expect(lookup?.query.get('host')).toBe('127.0.0.1');
    expect(lookup?.headers['x-api-key']).toBe('test-auth-key');
    expect(Number(lookup?.query.get('ts'))).toBeGreaterThan(1_600_000_000_000);
    // From here on the page's tenant is known.
    runner.host.answers.delete('/api/installs/lookup-by-host');
    expect((await runner.ui(bundle, 'assets/app.js')).status).toBe(200);
    expect((await runner.ui(bundle, `index.html?tenant=${TENANT}`, { 'x-tenant-id': 'other' })).status).toBe(
      200,
    );
    expect((await runner.ui(bundle, 'index.html', { 'x-tenant-id': TENANT })).status).toBe(200);
    expect((await runner.ui(bundle, 'index.html', { 'x-tenant-id': 'other' })).status).toBe(404);
    expect((await runner.ui(bundle, 'index.html?tenant=other')).status).toBe(404);
    // An empty one in the query hides the header.
    expect((await runner.ui(bundle, 'index.html?tenant=', { 'x-tenant-id': 'other' })).status).toBe(200);
  });

  it('of an open page is still known after a restart', async () => {
    const bundle = await started(strict);
    runner.host.install(TENANT, EXTENSION, bundle.hash);
    expect((await runner.ui(bundle, `index.html?tenant=${TENANT}`)).status).toBe(200);
    runner.host.answers.delete('/api/installs/lookup-by-host');
    await runner.down();
    await runner.up();
    expect((await runner.ui(bundle, 'assets/app.js')).status).toBe(200);
  });

  it('that was refused is not remembered for the page', async () => {
    const bundle = await started(strict);
    runner.host.install(TENANT, EXTENSION, bundle.hash);
    expect((await runner.ui(bundle, 'index.html?tenant=intruder')).status).toBe(404);
    expect((await runner.ui(bundle, 'assets/app.js')).status).toBe(200);
  });
});

describe('strict validation', () => {
  it.each([
    [{}, 404],
    [{ EXT_STATIC_STRICT_VALIDATION: '1' }, 404],
    [{ EXT_STATIC_STRICT_VALIDATION: 'YES' }, 404],
    [{ EXT_STATIC_STRICT_VALIDATION: 'false' }, 200],
    [{ EXT_STATIC_STRICT_VALIDATION: '0' }, 200],
  ])('with %o answers %i for an install nobody knows', async (env, status) => {
    const bundle = await started({ EXT_STATIC_STRICT_VALIDATION: '', ...env });
    const answer = await runner.ui(bundle, `index.html?tenant=${TENANT}`);
    expect([answer.status, answer.headers.get('cache-control')]).toEqual(
      status === 404 ? [404, 'no-store'] : [200, IMMUTABLE],
    );
    expect(runner.host.to('/api/installs/validate').length).toBe(status === 404 ? 1 : 0);
  });

  it('asks the registry once for an install, with the hash as it stands in the address', async () => {
    const bundle = await started({ EXT_STATIC_STRICT_VALIDATION: 'true' });
    runner.host.install(TENANT, EXTENSION, bundle.hash);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => runner.ui(bundle, `index.html?tenant=${TENANT}`)),
    );
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
    const asked = runner.host.to('/api/installs/validate');
    expect(asked.length).toBe(1);
    expect(asked[0]?.query.get('hash')).toBe(bundle.hash);
    expect(asked[0]?.headers['x-api-key']).toBe('test-auth-key');
  });

  it.each([
    ['an error', () => ({ status: 500 })],
    ['a refusal', () => ({ status: 200, json: { valid: false } })],
    ['something else than true', () => ({ status: 200, json: { valid: 'true' } })],
    ['nothing in time', () => 'hang' as const],
    ['a broken connection', () => 'reset' as const],
  ])('takes %s for a no', async (_name, reply) => {
    const bundle = await started({ EXT_STATIC_STRICT_VALIDATION: 'true' });
    runner.host.answers.set('/api/installs/validate', reply);
    const began = performance.now();
    const answer = await runner.ui(bundle, `index.html?tenant=${TENANT}`);
    expect([answer.status, await answer.text()]).toEqual([404, '']);
    expect(performance.now() - began).toBeLessThan(5000);
    expect(runner.store.requests).toEqual([]);
  });

  it('forgets a failed question soon', async () => {
    const bundle = await started({ EXT_STATIC_STRICT_VALIDATION: 'true' });
    runner.host.answers.set('/api/installs/validate', () => 'reset');
    expect((await runner.ui(bundle, `index.html?tenant=${TENANT}`)).status).toBe(404);
    runner.host.install(TENANT, EXTENSION, bundle.hash);
    await expect.poll(async () => (await runner.ui(bundle, `index.html?tenant=${TENANT}`)).status).toBe(200);
  });
});
