import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LiveEvent, ReadyEvent } from '../../src/dev/events.js';
import { type Backend, openBackend } from '../support/backend.js';
import { type ScratchProject, scratchProject } from '../support/scratch.js';
import { type RunningSession, startSession, temporaryHome } from '../support/session.js';

/** After each publish, database and object store hold exactly what the events claim. */
describe('rows and objects of a publish', () => {
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  let project: ScratchProject;
  let session: RunningSession;
  let backend: Backend;
  let ready: ReadyEvent;

  beforeAll(async () => {
    home = await temporaryHome();
    project = await scratchProject('full', 'records');
    session = startSession([project.root], { home: home.home });
    ready = await session.next('ready');
    // The first publish is over when it is told; what is told after that is about an edit.
    await session.next('live', ({ lane }) => lane === 'published');
    backend = await openBackend(home.home);
  });

  afterAll(async () => {
    await backend?.close();
    await session?.leave();
    await project?.remove();
    await home?.remove();
  });

  const served = async (): Promise<string> => {
    const [row] = await backend.query<{ content_hash: string }>(
      'select content_hash from extension_bundle where version_id = $1 order by created_at desc limit 1',
      [ready.versionId],
    );
    return row?.content_hash ?? 'none';
  };

  const publishAfter = async (edit: () => Promise<void>): Promise<LiveEvent> => {
    const from = session.mark();
    await edit();
    return session.next('live', (event) => event.lane === 'published', from);
  };

  it('writes one row each for registry, version, bundle and install, for the tenant of the event', async () => {
    const rows = await backend.query(
      `select r.publisher, r.name, v.version, v.capabilities, v.api_endpoints, i.tenant_id, i.is_enabled, i.status
         from tenant_extension_install i
         join extension_registry r on r.id = i.registry_id
         join extension_version v on v.id = i.version_id
        where i.id = $1 and r.id = $2 and v.id = $3`,
      [ready.installId, ready.registryId, ready.versionId],
    );
    expect(rows).toEqual([
      {
        publisher: 'local-dev',
        name: 'com.example.records',
        version: '0.1.0',
        capabilities: expect.arrayContaining(['cap:storage.kv', 'cap:log.emit']),
        api_endpoints: [
          { method: 'GET', path: '/api/status', handler: 'dist/main' },
          { method: 'POST', path: '/api/notes', handler: 'dist/main' },
        ],
        tenant_id: ready.tenantId,
        is_enabled: true,
        status: 'enabled',
      },
    ]);
    expect(
      await backend.query('select tenant from tenants where tenant = $1', [ready.tenantId]),
    ).toHaveLength(1);
    expect(await served()).toBe(ready.contentHash);
  });

  it('stores the bundle under the tenant-scoped key, with the hash that the key names', async () => {
    const hex = ready.contentHash.slice('sha256:'.length);
    const key = `tenants/${ready.tenantId}/extensions/${ready.registryId}/sha256/${hex}/bundle.tar.zst`;
    expect(await backend.keys()).toContain(key);
    expect(await backend.digest(key)).toBe(hex);
  });

  it('serves A again when A, B and A are published in turn, with one row for each content', async () => {
    const a = ready.contentHash;
    const b = await publishAfter(() => project.edit('src/handler.ts', 'Hello from the handler', 'Version B'));
    expect(b.contentHash).not.toBe(a);
    expect(await served()).toBe(b.contentHash);
    const again = await publishAfter(() =>
      project.edit('src/handler.ts', 'Version B', 'Hello from the handler'),
    );
    expect(again.contentHash).toBe(a);
    expect(await served()).toBe(a);
    const answer = await (await fetch(`${ready.urls.gateway}/api/status`)).json();
    expect(answer).toMatchObject({ message: 'Hello from the handler' });
    const bundles = await backend.query('select 1 from extension_bundle where version_id = $1', [
      ready.versionId,
    ]);
    expect(bundles).toHaveLength(2);
  });

  it('publishes nothing for a save that changes nothing, and rebuilds only what an edit touches', async () => {
    const from = session.mark();
    await project.write('src/handler.ts', await project.read('src/handler.ts'));
    const before = await backend.keys();
    const live = await publishAfter(() =>
      project.edit('ui/src/App.tsx', 'Edit ui/src/App.tsx', 'Change App.tsx'),
    );
    expect(live.changed).toBe(true);
    const since = session.events.slice(from);
    expect(since.filter((event) => event.type === 'change')).toHaveLength(1);
    const steps = since.flatMap((event) =>
      event.type === 'step' && event.state === 'done' ? [event.step] : [],
    );
    expect(steps).toContain('ui');
    expect(steps).not.toContain('component');
    expect((await backend.keys()).length).toBe(before.length + 1);

    const mark = session.mark();
    await publishAfter(() => project.edit('src/handler.ts', 'Hello from the handler', 'Only the handler'));
    const handlerSteps = session.events
      .slice(mark)
      .flatMap((event) => (event.type === 'step' && event.state === 'done' ? [event.step] : []));
    expect(handlerSteps).toContain('component');
    expect(handlerSteps).not.toContain('ui');
  });

  it('says live only for a bundle that gateway and runner were asked for', async () => {
    const live = await publishAfter(() =>
      project.edit('ui/index.html', '</head>', '<meta name="x" content="y"></head>'),
    );
    const steps = session.events.flatMap((event) =>
      event.type === 'step' ? [`${event.step}:${event.state}`] : [],
    );
    expect(steps.at(-1)).toBe('prove:done');
    const page = `/runner/ext-ui/${ready.registryId}/${encodeURIComponent(String(live.contentHash))}/index.html`;
    const response = await fetch(new URL(`${page}?tenant=${ready.tenantId}`, ready.urls.page));
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('<meta name="x"');
  });
});
