import { describe, expect, it } from 'vitest';
import { bundleOf, bundleOfBytes } from '../../support/runner/bundles.js';
import { rawGet } from '../../support/runner/raw-request.js';
import { EXTENSION, subject, TENANT } from './subject.js';
import { expectCaching, stored } from './ui-bundles.js';

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
    const bundle = await stored();
    const answer = await rawGet(subject.port, `/ext-ui/${EXTENSION}/${bundle.hash}/${path}?tenant=${TENANT}`);
    expect([answer.status, answer.body]).toEqual([400, 'invalid path']);
    if (subject.own) expect(answer.head).toContain('cache-control: no-store');
  });

  it('decode once: an encoded escape is a plain name', async () => {
    const bundle = await stored();
    const answer = await rawGet(
      subject.port,
      `/ext-ui/${EXTENSION}/${bundle.hash}/%252e%252e%252findex.js?tenant=${TENANT}`,
    );
    expect(answer.status).toBe(404);
  });

  it('collapse repeated slashes and accept the absolute form of proxies', async () => {
    const bundle = await stored();
    const path = `/ext-ui/${EXTENSION}/${bundle.hash}/assets//app.js?tenant=${TENANT}`;
    expect((await rawGet(subject.port, path)).body).toBe('export {};');
    expect((await rawGet(subject.port, `http://runner.test${path}`)).body).toBe('export {};');
  });

  it('never reach the files outside ui/', async () => {
    const bundle = await stored();
    for (const path of ['manifest.json', 'bundle/manifest.json', 'files.json']) {
      expect(
        (await rawGet(subject.port, `/ext-ui/${EXTENSION}/${bundle.hash}/${path}?tenant=${TENANT}`)).status,
      ).toBe(404);
    }
  });

  it('need at least one character after the hash', async () => {
    const bundle = await stored();
    for (const path of [
      `/ext-ui/${EXTENSION}/${bundle.hash}/`,
      `/ext-ui/${EXTENSION}/${bundle.hash}`,
      '/ext-ui/x',
    ]) {
      const answer = await rawGet(subject.port, path);
      expect([path, answer.status, answer.body]).toEqual([path, 404, '']);
    }
  });
});

describe('content hashes', () => {
  it.each(['abc', 'sha256:', 'sha256:xyz', 'sha512:00', `${'0'.repeat(64)}`, 'sha256:..'])(
    'of the wrong form are refused: %s',
    async (hash) => {
      const answer = await rawGet(subject.port, `/ext-ui/${EXTENSION}/${hash}/index.html`);
      expect([answer.status, answer.body]).toEqual([400, 'invalid content hash']);
    },
  );

  it('may be in upper case and percent-encoded', async () => {
    const bundle = await stored();
    for (const hash of [`sha256:${bundle.hex.toUpperCase()}`, `sha256%3A${bundle.hex}`]) {
      const answer = await rawGet(subject.port, `/ext-ui/${EXTENSION}/${hash}/index.html?tenant=${TENANT}`);
      expect([hash, answer.status]).toEqual([hash, 200]);
    }
  });

  it('of no bundle end in extract_failed, without caching', async () => {
    for (const hash of ['sha256:abc', `sha256:${'0'.repeat(64)}`]) {
      subject.install({ tenantId: TENANT, extensionId: EXTENSION, contentHash: hash });
      const answer = await fetch(`${subject.url}/ext-ui/${EXTENSION}/${hash}/index.html?tenant=${TENANT}`);
      expect([answer.status, await answer.json()]).toEqual([500, { code: 'extract_failed' }]);
      expectCaching(answer.headers.get('cache-control'), 'no-store');
    }
  });

  it('that the stored bytes do not have end in archive_hash_mismatch', async () => {
    const right = await bundleOf({ 'ui/index.html': 'right' });
    const wrong = await bundleOf({ 'ui/index.html': 'wrong' });
    await subject.put(right, wrong.bytes);
    const answer = await subject.ui(right, `index.html?tenant=${TENANT}`);
    expect([answer.status, await answer.json()]).toEqual([502, { code: 'archive_hash_mismatch' }]);
  });

  it('of bytes that are no archive end in extract_failed', async () => {
    const broken = bundleOfBytes(Buffer.from('this is not zstd at all'));
    await subject.put(broken);
    const answer = await subject.ui(broken, `index.html?tenant=${TENANT}`);
    expect([answer.status, await answer.json()]).toEqual([500, { code: 'extract_failed' }]);
  });
});
