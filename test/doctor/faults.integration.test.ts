import { createHash, randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Client as S3 } from 'minio';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { packBundle } from '../../src/bundle/index.js';
import { compressZstd } from '../../src/bundle/zstd.js';
import type { ReadyEvent } from '../../src/dev/events.js';
import { undoLast } from '../../src/doctor/index.js';
import { openObjects } from '../../src/doctor/sources/objects.js';
import { addEmbeddedTenant } from '../../src/registry/index.js';
import { type Backend, openBackend } from '../support/backend.js';
import { type ScratchProject, scratchProject } from '../support/scratch.js';
import { type RunningSession, startSession, temporaryHome } from '../support/session.js';
import { cleanEnv, found, mendAll } from './support.js';

/** Each fault is caused for real behind a running session; exactly its finding is seen, and mended. */
describe('faults behind a running session', () => {
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  let project: ScratchProject;
  let session: RunningSession;
  let backend: Backend;
  let ready: ReadyEvent;
  let env: NodeJS.ProcessEnv;
  let s3: S3;
  let bucket: string;
  let key: string;
  let bytes: Buffer;

  beforeAll(async () => {
    home = await temporaryHome();
    project = await scratchProject('full', 'doctor');
    env = cleanEnv(home.home);
    session = startSession([project.root], { home: home.home });
    ready = await session.next('ready');
    await session.next('live', (event) => event.lane === 'published');
    backend = await openBackend(home.home);
    const { store } = backend.stack;
    bucket = store.bucket;
    const address = new URL(store.endpoint);
    s3 = new S3({ ...store, endPoint: address.hostname, port: Number(address.port), useSSL: false });
    key = keyOf(ready.contentHash);
    const chunks: Buffer[] = [];
    for await (const chunk of await s3.getObject(bucket, key)) chunks.push(chunk as Buffer);
    bytes = Buffer.concat(chunks);
    // The session announces itself right after its first publish.
    await vi.waitUntil(() => readFile(sessionFile(), 'utf8').catch(() => undefined), { timeout: 30_000 });
  });

  afterAll(async () => {
    await backend?.close();
    await session?.leave();
    await project?.remove();
    await home?.remove();
  });

  const sessionFile = (): string => join(project.root, '.alga', 'session.json');
  const keyOf = (hash: string, tenant: string = ready.tenantId): string =>
    `tenants/${tenant}/extensions/${ready.registryId}/sha256/${hash.slice(7)}/bundle.tar.zst`;
  const put = (content: Buffer, at = key) => s3.putObject(bucket, at, content, content.length);
  const remove = () => s3.removeObject(bucket, key);
  const look = () => found(project.root, env);
  const otherBundle = () => packBundle([{ name: 'manifest.json', content: Buffer.from(project.root) }]);

  it('finds nothing when all is well', async () => {
    expect(await look()).toEqual([]);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['store.object-missing', () => remove()],
    ['store.object-truncated', () => put(bytes.subarray(0, bytes.length >> 1))],
    ['store.not-zstd', () => put(Buffer.alloc(bytes.length, 'x'))],
    [
      'store.not-tar',
      async () => put(await compressZstd(Buffer.alloc(2_000_000, randomUUID()), 3).then(padded)),
    ],
    ['store.hash-mismatch', async () => put((await otherBundle()).bytes)],
    [
      'store.wrong-layout',
      async () => {
        await remove();
        await put(bytes, `sha256/${ready.contentHash.slice(7)}/bundle.tar.zst`);
      },
    ],
    [
      'store.wrong-owner',
      async () => {
        await s3.removeObject(bucket, `sha256/${ready.contentHash.slice(7)}/bundle.tar.zst`);
        await remove();
        await put(bytes, keyOf(ready.contentHash, randomUUID()));
      },
    ],
  ])('%s: the object is right again', async (id, cause) => {
    await cause();
    expect(await look()).toEqual([id]);
    expect(await mendAll(project.root, env)).toEqual([id]);
    expect(await look()).toEqual([]);
    expect(`sha256:${await backend.digest(key)}`).toBe(ready.contentHash);
  });

  it.each<[string, string, () => unknown[]]>([
    [
      'registry.bundle-hash',
      'UPDATE extension_bundle SET content_hash = $2 WHERE version_id = $1',
      () => [ready.versionId, `sha256:${createHash('sha256').update('stray').digest('hex')}`],
    ],
    [
      'registry.hash-form',
      'UPDATE extension_bundle SET content_hash = upper(substr(content_hash, 8)) WHERE version_id = $1',
      () => [ready.versionId],
    ],
    [
      'registry.endpoints',
      `UPDATE extension_version SET api_endpoints = '[]' WHERE id = $1`,
      () => [ready.versionId],
    ],
    ['registry.menu', 'UPDATE extension_version SET ui = NULL WHERE id = $1', () => [ready.versionId]],
    [
      'registry.disabled',
      'UPDATE tenant_extension_install SET is_enabled = false WHERE id = $1',
      () => [ready.installId],
    ],
  ])('%s: the row is right again', async (id, sql, values) => {
    await backend.query(sql, values());
    expect(await look()).toEqual([id]);
    expect(await mendAll(project.root, env)).toEqual([id]);
    expect(await look()).toEqual([]);
    const answer = await fetch(`${ready.urls.gateway}/api/status`);
    expect(answer.status).toBe(200);
  });

  it('takes a repair back', async () => {
    await undoLast({ projectRoot: project.root, env, start: false });
    expect(await look()).toEqual(['registry.disabled']);
    expect(await mendAll(project.root, env)).toEqual(['registry.disabled']);
  });

  it('registry.wrong-tenant: moves the install back to the tenant in use', async () => {
    const { connectionString } = backend.stack.database;
    const other = await addEmbeddedTenant({ connectionString, name: 'Second' });
    const move = 'UPDATE tenant_extension_install SET tenant_id = $2 WHERE id = $1';
    await backend.query(move, [ready.installId, other.tenantId]);
    expect(await look()).toEqual(['registry.wrong-tenant']);
    expect(await mendAll(project.root, env)).toEqual(['registry.wrong-tenant']);
    expect(await look()).toEqual([]);
  });

  it('registry.tenant and registry.schema: are told', async () => {
    const product = 'UPDATE tenants SET product_code = $2 WHERE tenant = $1';
    await backend.query(product, [ready.tenantId, 'other']);
    expect(await look()).toEqual(['registry.tenant']);
    await backend.query(product, [ready.tenantId, 'psa']);
    await backend.query('ALTER TABLE ext_storage_records RENAME COLUMN value TO valeur');
    expect(await look()).toEqual(['registry.schema']);
    await backend.query('ALTER TABLE ext_storage_records RENAME COLUMN valeur TO value');
    expect(await look()).toEqual([]);
  });

  it('host.served: a newer row of another stored bundle gives way to what is served', async () => {
    const other = await otherBundle();
    await put(other.bytes, keyOf(other.contentHash));
    await backend.query(
      'INSERT INTO extension_bundle (id, version_id, content_hash, size_bytes) VALUES ($1, $2, $3, $4)',
      [randomUUID(), ready.versionId, other.contentHash, other.bytes.length],
    );
    expect(await look()).toEqual(['host.served']);
    expect(await mendAll(project.root, env)).toEqual(['host.served']);
    expect(await look()).toEqual([]);
    await s3.removeObject(bucket, keyOf(other.contentHash));
    await backend.query('DELETE FROM extension_bundle WHERE content_hash = $1', [other.contentHash]);
  });

  it('store.bucket: makes it, and then stores what was in it', async () => {
    await s3.removeObjects(bucket, await backend.keys());
    await s3.removeBucket(bucket);
    expect(await look()).toEqual(['store.bucket']);
    expect(await mendAll(project.root, env)).toEqual(['store.bucket', 'store.object-missing']);
    expect(await look()).toEqual([]);
  });

  it('store.credentials: wrong keys are told apart from a store that is down', async () => {
    const { store } = backend.stack;
    await expect(openObjects({ ...store, secretKey: 'x'.repeat(40) })).rejects.toMatchObject({
      fault: 'credentials',
    });
    await expect(openObjects({ ...store, endpoint: 'http://127.0.0.1:9' })).rejects.toMatchObject({
      fault: 'unreachable',
    });
  });

  it.each<[string, 'runnerUrl' | 'origin', RequestListener]>([
    ['runner.reachable', 'runnerUrl', (_, response) => response.end('hello')],
    ['runner.cache', 'runnerUrl', healthy({ cache_writable: false })],
    ['runner.store', 'runnerUrl', healthy({ bundle_store: 'bundle_store_unreachable' })],
    ['runner.denial', 'runnerUrl', healthy({}, 404)],
    ['runner.bundle', 'runnerUrl', healthy({}, 500)],
    ['runner.component', 'runnerUrl', healthy({ features: ['warmup'] })],
    ['host.reachable', 'origin', (_, response) => response.writeHead(502).end()],
  ])('%s: is told of a stand-in at the announced address', async (id, field, listener) => {
    const announced = await readFile(sessionFile(), 'utf8');
    const server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      await writeFile(sessionFile(), JSON.stringify({ ...JSON.parse(announced), [field]: url }));
      expect(await look()).toEqual([id]);
    } finally {
      await writeFile(sessionFile(), announced);
      server.closeAllConnections();
      server.close();
    }
  });

  it('registry.install: installs it again', async () => {
    await backend.query('DELETE FROM tenant_extension_install WHERE registry_id = $1', [ready.registryId]);
    expect(await look()).toEqual(['registry.install']);
    expect(await mendAll(project.root, env)).toEqual(['registry.install']);
    expect(await look()).toEqual([]);
  });
});

/** As long as a bundle, so that it does not count as cut off. */
function padded(frame: Buffer): Buffer {
  const rest = 8_000_000;
  const head = Buffer.alloc(8);
  head.writeUInt32LE(0x184d2a50, 0);
  head.writeUInt32LE(rest, 4);
  return Buffer.concat([frame, head, Buffer.alloc(rest)]);
}

/** A runner in good health but for what is said; pages and warm-ups are answered with `status`. */
function healthy(health: object, status = 200): RequestListener {
  const good = { cache_writable: true, bundle_store: 'ok', kind: 'alga-runner-node', features: [] };
  return (request, response) => {
    if (request.url === '/healthz') response.end(JSON.stringify({ ...good, ...health }));
    else if (request.url === '/warmup')
      response.writeHead(500).end('{"error":"execute_failed: bad component"}');
    else response.writeHead(status).end();
  };
}
