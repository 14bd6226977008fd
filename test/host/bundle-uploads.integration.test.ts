import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { algaError } from '../../src/core/errors/alga-error.js';
import type { BundleUpload, PublishedBundle, RefusedManifest } from '../../src/host/index.js';
import { addEmbeddedTenant } from '../../src/registry/index.js';
import { startTestServer, type TestServer } from '../registry/support/database.js';
import { publication } from '../registry/support/publication.js';
import { rawRequest, statusOf } from './support/raw-request.js';
import { startTestHost, type TestHost } from './support/test-host.js';

let server: TestServer;
let it: TestHost;
/** What reached the installer, and what it does with it. */
let uploads: { tenantId: string; upload: BundleUpload }[];
let outcome: (upload: BundleUpload) => PublishedBundle | RefusedManifest;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.stop());
// Calls are counted for a minute, so each test has a host of its own.
beforeEach(async () => {
  uploads = [];
  it = await startTestHost(server, {
    installer: {
      publish: async (tenantId, upload) => {
        uploads.push({ tenantId, upload });
        return outcome(upload);
      },
    },
  });
  outcome = () => ({ ...it.rows, publisher: 'Example', name: 'demo', version: '1.2.3', key: 'tenants/key' });
  return () => it.stop();
});

const BYTES = Buffer.from('the bytes of a bundle');
const HEX = createHash('sha256').update(BYTES).digest('hex');
const text = expect.any(String);

const post = (path: string, body: BodyInit | undefined, headers: Record<string, string> = {}) =>
  fetch(`${it.host.origin}/api/ext-bundles/${path}`, {
    method: 'POST',
    headers: { 'x-api-key': it.tokens.session, 'x-alga-admin': 'true', ...headers },
    ...(body === undefined ? {} : { body }),
  });
const outcomeOf = async (answer: Response) => [answer.status, await answer.json()];
const upload = (query: Record<string, string> = {}, body: BodyInit = BYTES) =>
  post(
    `upload-proxy?${new URLSearchParams({ filename: 'bundle.tar.zst', size: String(BYTES.length), ...query })}`,
    body,
  );
const staged = async (): Promise<string> => {
  const answer = (await (await upload()).json()) as { upload: { key: string } };
  return answer.upload.key;
};
const finalize = (body: object, headers?: Record<string, string>) =>
  post('finalize', JSON.stringify(body), headers);

describe.each(['upload-proxy?filename=b&size=1', 'finalize', 'abort'])('the gates of %s', (path) => {
  test('first the key, whose value counts here', async () => {
    for (const key of ['', 'any', it.tokens.authKey]) {
      const answer = await post(path, 'x', { 'x-api-key': key, 'x-alga-admin': 'no' });
      expect(await outcomeOf(answer)).toEqual([401, { error: text }]);
    }
  });

  test('then the mark of an administrator, in any letters', async () => {
    const refused = await post(path, 'x', { 'x-alga-admin': 'yes' });
    expect(await outcomeOf(refused)).toEqual([403, { error: 'Forbidden', code: 'RBAC_FORBIDDEN' }]);
    expect((await post(path, 'x', { 'x-alga-admin': 'TRUE' })).status).not.toBe(403);
  });

  test('then thirty calls a minute; the others have a counter of their own', async () => {
    for (let count = 0; count < 30; count++) expect((await post(path, 'x')).status).not.toBe(429);
    const limited = [429, { error: 'Too Many Requests', code: 'RATE_LIMIT' }];
    expect(await outcomeOf(await post(path, 'x'))).toEqual(limited);
    const other = path === 'abort' ? 'finalize' : 'abort';
    expect((await post(other, 'x')).status).toBe(400);
  });

  test('only POST, and from no other site', async () => {
    const url = `${it.host.origin}/api/ext-bundles/${path}`;
    expect((await fetch(url)).status).toBe(404);
    expect((await post(path, 'x', { origin: 'http://other.example' })).status).toBe(403);
  });
});

describe('upload-proxy', () => {
  test('gives the key of what waits now, and a request id', async () => {
    const answer = await upload({ declaredHash: HEX });
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await outcomeOf(answer)).toEqual([
      200,
      {
        upload: {
          key: expect.stringMatching(/^sha256\/_staging\/[0-9a-f-]{36}\/bundle\.tar\.zst$/),
          strategy: 'staging',
        },
        filename: 'bundle.tar.zst',
        size: BYTES.length,
        declaredHash: HEX,
      },
    ]);
  });

  test.each<[string, Record<string, string>]>([
    ['filename_required', { filename: ' ' }],
    ['size_required', { size: '' }],
    ['size_invalid', { size: 'many' }],
    ['size_invalid', { size: '-1' }],
    ['declared_hash_invalid', { declaredHash: HEX.toUpperCase() }],
    ['declared_hash_invalid', { declaredHash: `sha256:${HEX}` }],
    ['content_length_mismatch', { size: '3' }],
  ])('refuses: %s (%o)', async (why, query) => {
    const answer = await upload(query);
    expect(answer.headers.get('x-upload-proxy-why')).toBe(why);
    expect(await outcomeOf(answer)).toEqual([400, { error: text, code: 'BAD_REQUEST' }]);
  });

  test('refuses an empty body', async () => {
    const answer = await post('upload-proxy?filename=b&size=1', undefined);
    expect([answer.status, answer.headers.get('x-upload-proxy-why')]).toEqual([400, 'missing_body']);
  });

  test('refuses more than 200 MiB by the announced size, before a byte is read', async () => {
    const { host } = new URL(it.host.origin);
    const size = 209_715_201;
    const answer = await rawRequest(
      it.host.origin,
      `POST /api/ext-bundles/upload-proxy?filename=b&size=${size} HTTP/1.1
host: ${host}
x-api-key: ${it.tokens.session}
x-alga-admin: true
content-length: ${size}

x`,
    );
    expect(statusOf(answer)).toBe(400);
    expect(answer).toContain('x-upload-proxy-why: size_exceeds_cap');
    expect(answer).toContain('200 MiB at most');
  });

  test('refuses a body without announced length that is longer than said', async () => {
    const body = new Blob(['a', 'bc']).stream();
    const answer = await fetch(`${it.host.origin}/api/ext-bundles/upload-proxy?filename=b&size=2`, {
      method: 'POST',
      headers: { 'x-api-key': it.tokens.session, 'x-alga-admin': 'true' },
      body,
      duplex: 'half',
    } as RequestInit);
    expect([answer.status, answer.headers.get('x-upload-proxy-why')]).toEqual([
      400,
      'content_length_mismatch',
    ]);
  });
});

describe('finalize', () => {
  test('publishes for the session’s tenant what was uploaded, and says where', async () => {
    const answer = await finalize({ key: await staged(), size: 7, declaredHash: HEX });
    expect(await outcomeOf(answer)).toEqual([
      200,
      {
        extension: { id: it.rows.registryId, name: 'demo', publisher: 'Example' },
        version: { id: it.rows.versionId, version: '1.2.3' },
        contentHash: HEX,
        canonicalKey: 'tenants/key',
      },
    ]);
    expect(uploads).toMatchObject([{ tenantId: it.database.tenantId, upload: { bytes: BYTES } }]);
    expect(uploads[0]?.upload).not.toHaveProperty('manifestText');
  });

  test('hands on a manifest that is not blank, and the text of a signature that has one', async () => {
    const key = await staged();
    await finalize({ key, manifestJson: '{"a":1}', signature: { text: 'signed', algorithm: 'x509' } });
    await finalize({ key, manifestJson: ' ', signature: 'an old form' });
    const [first, second] = uploads.map(({ upload }) => upload);
    expect([first?.manifestText, second?.manifestText]).toEqual(['{"a":1}', undefined]);
    expect([Buffer.from(first?.signature ?? []).toString(), second?.signature]).toEqual([
      'signed',
      undefined,
    ]);
  });

  test.each<[string, object]>([
    ['no key', {}],
    ['a key elsewhere', { key: 'tenants/t/_staging/x/bundle.tar.zst' }],
    ['a size of 0', { key: 'sha256/x', size: 0 }],
    ['a size above the cap', { key: 'sha256/x', size: 209_715_201 }],
    ['a hash with prefix', { key: 'sha256/x', declaredHash: `sha256:${HEX}` }],
    ['a manifest that is no text', { key: 'sha256/x', manifestJson: {} }],
    ['a signature that is a number', { key: 'sha256/x', signature: 7 }],
  ])('refuses %s', async (_name, body) => {
    expect(await outcomeOf(await finalize(body))).toEqual([400, { error: text, code: 'BAD_REQUEST' }]);
  });

  test('refuses what is not JSON', async () => {
    expect(await outcomeOf(await post('finalize', '{'))).toEqual([400, { error: text, code: 'BAD_REQUEST' }]);
  });

  test.each([
    'sha256/_staging/0b0b0204-25d9-47d0-951b-3ed518145469/bundle.tar.zst',
    'sha256/../../etc/passwd',
  ])('nothing waits under %s', async (key) => {
    expect(await outcomeOf(await finalize({ key }))).toEqual([
      400,
      { error: text, code: 'STAGING_NOT_FOUND' },
    ]);
  });

  test('refuses another hash than the declared one', async () => {
    const declaredHash = HEX.replace(/^./, HEX.startsWith('0') ? '1' : '0');
    expect(await outcomeOf(await finalize({ key: await staged(), declaredHash }))).toEqual([
      400,
      { error: text, code: 'HASH_MISMATCH', details: { declared: declaredHash, computed: HEX } },
    ]);
  });

  test('x-tenant-id names another tenant of the database; one it does not have is no tenant', async () => {
    const { tenantId } = await addEmbeddedTenant({
      connectionString: it.database.connectionString,
      name: 'Another',
    });
    const key = await staged();
    await finalize({ key }, { 'x-tenant-id': tenantId });
    expect(uploads.at(-1)?.tenantId).toBe(tenantId);
    expect(await outcomeOf(await finalize({ key }, { 'x-tenant-id': 'nobody' }))).toEqual([
      500,
      { error: text, code: 'INTERNAL' },
    ]);
  });

  test.each<[string, () => Error, number, object]>([
    [
      'a damaged bundle',
      () => algaError('BUNDLE_CORRUPT', { reason: 'it is no archive' }),
      500,
      { error: expect.stringContaining('it is no archive'), code: 'MANIFEST_EXTRACTION_FAILED' },
    ],
    [
      'no manifest',
      () => algaError('SESSION_BUNDLE_NO_MANIFEST', {}),
      400,
      { error: text, code: 'MANIFEST_NOT_FOUND' },
    ],
    [
      'a signature that nobody trusts',
      () => algaError('SESSION_BUNDLE_UNTRUSTED', { reason: 'foreign' }),
      400,
      { error: expect.stringContaining('foreign'), code: 'SIGNATURE_INVALID' },
    ],
    [
      'a version that is published',
      () => algaError('REGISTRY_VERSION_EXISTS', { extension: 'a/b', version: '1.0.0' }),
      409,
      { success: false, error: { message: text, code: 'EXTENSION_VERSION_ALREADY_EXISTS' } },
    ],
    ['anything else', () => new Error('the store is away'), 500, { error: text, code: 'INTERNAL_ERROR' }],
  ])('answers %s with the product’s code', async (_name, fault, status, body) => {
    outcome = () => {
      throw fault();
    };
    expect(await outcomeOf(await finalize({ key: await staged() }))).toEqual([status, body]);
  });

  test('answers a bad manifest with every issue', async () => {
    const issues = [{ path: 'runtime', message: 'is required' }];
    outcome = () => ({ issues });
    expect(await outcomeOf(await finalize({ key: await staged() }))).toEqual([
      400,
      { error: 'manifest.json: runtime is required', code: 'INVALID_MANIFEST', details: { issues } },
    ]);
  });

  test('refuses an extension that is being developed here', async () => {
    outcome = (given) => {
      given.admit(it.rows.registryId);
      throw new Error('was admitted');
    };
    expect(await outcomeOf(await finalize({ key: await staged() }))).toEqual([
      409,
      { error: expect.stringContaining('alga dev works on this extension'), code: 'EXTENSION_IN_SESSION' },
    ]);
  });
});

describe('abort', () => {
  const abort = async (body: object) => outcomeOf(await post('abort', JSON.stringify(body)));

  test('takes an upload back, twice if it has to be', async () => {
    const key = await staged();
    const deleted = [200, { status: 'deleted', key, area: 'staging' }];
    expect(await abort({ key, reason: 'changed my mind' })).toEqual(deleted);
    expect(await abort({ key })).toEqual(deleted);
    expect((await outcomeOf(await finalize({ key })))[1]).toMatchObject({ code: 'STAGING_NOT_FOUND' });
  });

  test('leaves everything else, and needs a key', async () => {
    const key = `sha256/${HEX}/bundle.tar.zst`;
    expect(await abort({ key })).toEqual([200, { status: 'noop', key, area: 'canonical' }]);
    expect(await abort({ key: 'tenants/x' })).toEqual([400, { error: text, code: 'BAD_REQUEST' }]);
  });
});

test('an address that is gone, and a host that installs nothing, are 404', async () => {
  expect((await post('initiate-upload', '{}')).status).toBe(404);
  const own = await startTestHost(server);
  const headers = { 'x-api-key': own.tokens.session, 'x-alga-admin': 'true' };
  const answer = await fetch(`${own.host.origin}/api/ext-bundles/abort`, { method: 'POST', headers });
  expect(answer.status).toBe(404);
  await own.stop();
});

test('the ninth upload takes the place of the first', async () => {
  const first = await staged();
  let last = first;
  for (let count = 0; count < 8; count++) last = await staged();
  expect((await finalize({ key: first })).status).toBe(400);
  expect((await finalize({ key: last })).status).toBe(200);
});

test('a published version is installed by another call', async () => {
  await it.registry.publishRelease(publication(it.database.tenantId, 'x', { name: 'com.example.other' }));
  const rows = await it.database.query('SELECT count(*)::int AS n FROM tenant_extension_install');
  expect(rows).toEqual([{ n: 1 }]);
});
