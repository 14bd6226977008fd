import { describe, expect, it } from 'vitest';
import { EXTENSION, MAX_FILE_BYTES, subject, TENANT } from './subject.js';
import { etagOf, expectCaching, FILES, IMMUTABLE, PAGE, POLICY, stored } from './ui-bundles.js';

describe('files of a UI', () => {
  it('are served with type, length, entity tag, nosniff and a year of caching', async () => {
    const bundle = await stored();
    const answer = await subject.ui(bundle, `assets/app.js?tenant=${TENANT}`);
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
    const bundle = await stored({ 'ui/index.html': PAGE, [`ui/${name}`]: 'content' });
    const answer = await subject.ui(bundle, `${name}?tenant=${TENANT}`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, type]);
  });

  it('carry the default content security policy when they are pages', async () => {
    const bundle = await stored();
    const page = await subject.ui(bundle, `index.html?tenant=${TENANT}`);
    expect(page.headers.get('content-security-policy')).toBe(POLICY);
    expect(page.headers.get('cache-control')).toBe(IMMUTABLE);
  });

  it('are not sent again to who has them', async () => {
    const bundle = await stored();
    const tag = etagOf(PAGE);
    for (const given of [tag, `"other", ${tag}`, '*']) {
      const answer = await subject.ui(bundle, `index.html?tenant=${TENANT}`, { 'if-none-match': given });
      expect([given, answer.status, await answer.text()]).toEqual([given, 304, '']);
      expect(answer.headers.get('etag')).toBe(tag);
      expect(answer.headers.get('cache-control')).toBe(IMMUTABLE);
      expect(answer.headers.get('content-security-policy')).toBe(POLICY);
      expect(answer.headers.has('content-type')).toBe(false);
    }
    for (const given of [`W/${tag}`, '"sha256-00"', tag.replaceAll('"', '')]) {
      const answer = await subject.ui(bundle, `index.html?tenant=${TENANT}`, { 'if-none-match': given });
      expect([given, answer.status]).toEqual([given, 200]);
    }
  });

  it('are streamed when large, and the same every time', async () => {
    const bundle = await stored();
    for (let round = 0; round < 2; round += 1) {
      const answer = await subject.ui(bundle, `assets/big.js?tenant=${TENANT}`);
      expect((await answer.text()).length).toBe(MAX_FILE_BYTES);
      expect(answer.headers.get('etag')).toBe(etagOf(FILES['ui/assets/big.js']));
    }
  });

  it('answer HEAD with the headers of GET and no body', async () => {
    const bundle = await stored();
    const url = `${subject.url}/ext-ui/${EXTENSION}/${bundle.hash}/assets/big.js?tenant=${TENANT}`;
    const answer = await fetch(url, { method: 'HEAD' });
    expect([answer.status, answer.headers.get('content-length'), await answer.text()]).toEqual([
      200,
      String(MAX_FILE_BYTES),
      '',
    ]);
  });

  it('over the size limit are refused', async () => {
    const bundle = await stored();
    const big = await subject.ui(bundle, `assets/huge.js?tenant=${TENANT}`);
    expect([big.status, await big.text()]).toEqual([413, 'asset too large']);
    expectCaching(big.headers.get('cache-control'), 'no-store');
    expect((await subject.ui(bundle, `index.html?tenant=${TENANT}`)).status).toBe(200);
  });

  it('do not exist for a bundle without a UI', async () => {
    const bundle = await stored({ 'dist/main.wasm': 'wasm' });
    const answer = await subject.ui(bundle, `index.html?tenant=${TENANT}`);
    expect([answer.status, await answer.text()]).toEqual([404, '']);
    expectCaching(answer.headers.get('cache-control'), 'no-store');
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
    const bundle = await stored();
    const answer = await subject.ui(bundle, `${path}?tenant=${TENANT}`, headers);
    expect([answer.status, await answer.text()]).toEqual([200, PAGE]);
    expectCaching(answer.headers.get('cache-control'), 'no-cache');
    expect(answer.headers.get('etag')).toBe(etagOf(PAGE));
    expect(answer.headers.get('content-security-policy')).toBe(POLICY);
  });

  it.each([
    ['missing.js', {}],
    ['assets/missing.png', { 'sec-fetch-dest': 'document' }],
    ['data', { accept: 'application/json' }],
    ['data', { 'sec-fetch-dest': 'empty' }],
  ])('is missing for anything else: %s %o', async (path, headers) => {
    if (!subject.own) return;
    const bundle = await stored();
    const answer = await subject.ui(bundle, `${path}?tenant=${TENANT}`, headers);
    expect([answer.status, await answer.text()]).toEqual([404, '']);
    expectCaching(answer.headers.get('cache-control'), 'no-store');
  });
});
