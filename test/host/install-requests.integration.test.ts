import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../registry/support/database.js';
import { publication } from '../registry/support/publication.js';
import { startTestHost, type TestHost } from './support/test-host.js';

let server: TestServer;
let it: TestHost;
let registryId: string;

beforeAll(async () => {
  server = await startTestServer();
  it = await startTestHost(server);
  const { tenantId } = it.database;
  const released = await it.registry.publishRelease(
    publication(tenantId, 'x', { name: 'com.example.other' }),
  );
  registryId = released.registryId;
});
afterAll(async () => {
  await it?.stop();
  await server?.stop();
});

const ask = async (
  what: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<[number, unknown]> => {
  const answer = await fetch(`${it.host.origin}/api/v1/extensions/${what}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': it.tokens.session, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return [answer.status, await answer.json()];
};
const fault = (code: string, more = {}) => ({ error: { code, message: expect.any(String), ...more } });
const installed = () => it.registry.findInstall(registryId, it.database.tenantId);

describe('/api/v1/extensions', () => {
  test('install answers 202 with the install, and it is installed', async () => {
    const answer = await ask('install', { registryId, version: '1.0.0' });
    const { installId } = (await installed()) ?? {};
    expect(answer).toEqual([
      202,
      { data: { registryId, version: '1.0.0', installId, success: true, message: expect.any(String) } },
    ]);
    expect(installId).toBeDefined();
  });

  test('uninstall answers 200, also when nothing was installed', async () => {
    await ask('install', { registryId, version: '1.0.0' });
    for (let time = 0; time < 2; time++) {
      expect(await ask('uninstall', { registryId })).toEqual([
        200,
        { data: { registryId, success: true, message: expect.any(String) } },
      ]);
      expect(await installed()).toBeUndefined();
    }
  });

  test.each([
    ['an unknown version', () => ({ registryId, version: '9.9.9' }), {}, 500, fault('INTERNAL_ERROR')],
    ['no wildcard', () => ({ registryId, version: 'latest' }), {}, 500, fault('INTERNAL_ERROR')],
    [
      'a body without version',
      () => ({ registryId }),
      {},
      400,
      fault('VALIDATION_ERROR', { details: expect.anything() }),
    ],
    ['a body that is no JSON', () => '{', {}, 400, fault('VALIDATION_ERROR')],
    [
      'a wrong key',
      () => ({ registryId, version: '1.0.0' }),
      { 'x-api-key': 'guess' },
      401,
      fault('UNAUTHORIZED'),
    ],
    [
      'nobody signed in',
      () => ({ registryId, version: '1.0.0' }),
      { 'x-alga-dev-user': 'signed-out' },
      401,
      fault('UNAUTHORIZED'),
    ],
    [
      'a tenant that is not there',
      () => ({ registryId, version: '1.0.0' }),
      { 'x-tenant-id': crypto.randomUUID() },
      401,
      fault('UNAUTHORIZED'),
    ],
    [
      'a reader',
      () => ({ registryId, version: '1.0.0' }),
      { 'x-alga-dev-user': 'tech' },
      403,
      fault('FORBIDDEN'),
    ],
    [
      'a portal user',
      () => ({ registryId, version: '1.0.0' }),
      { 'x-alga-dev-user': 'dana' },
      403,
      fault('FORBIDDEN'),
    ],
    [
      'an extension of the session',
      () => ({ registryId: it.rows.registryId, version: '1.0.0' }),
      {},
      409,
      fault('EXTENSION_IN_SESSION'),
    ],
  ] as [string, () => unknown, Record<string, string>, number, unknown][])(
    'install refuses %s',
    async (_name, body, headers, status, answer) => {
      expect(await ask('install', body(), headers)).toEqual([status, answer]);
      expect(await installed()).toBeUndefined();
    },
  );

  test('update has no address in the product', async () => {
    expect((await ask('update', { registryId, version: '1.0.0' }))[0]).toBe(404);
  });
});
