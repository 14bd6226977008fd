import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReadyEvent } from '../../src/dev/events.js';
import { addEmbeddedTenant, prepareEmbeddedDatabase } from '../../src/registry/index.js';
import { type Backend, openBackend } from '../support/backend.js';
import { type ScratchProject, scratchProject } from '../support/scratch.js';
import { type RunningSession, startSession, temporaryHome } from '../support/session.js';

/** A database with two tenants: nothing is installed for a tenant that nobody named. */
describe('two tenants', () => {
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  let project: ScratchProject;
  let backend: Backend;
  let first: string;
  let second: string;
  const sessions: RunningSession[] = [];

  beforeAll(async () => {
    home = await temporaryHome();
    project = await scratchProject('full', 'tenants');
    backend = await openBackend(home.home);
    const { connectionString } = backend.stack.database;
    first = (await prepareEmbeddedDatabase({ connectionString })).tenantId;
    second = (await addEmbeddedTenant({ connectionString, name: 'Second Company' })).tenantId;
  });

  afterAll(async () => {
    await Promise.all(sessions.map((session) => session.leave()));
    await backend?.close();
    await project?.remove();
    await home?.remove();
  });

  const start = (...args: string[]): RunningSession => {
    const session = startSession([project.root], { home: home.home, args });
    sessions.push(session);
    return session;
  };

  const installs = (registryId: string): Promise<{ tenant_id: string; content_hash: string }[]> =>
    backend.query(
      `select i.tenant_id, (select b.content_hash from extension_bundle b where b.version_id = i.version_id
                             order by b.created_at desc limit 1) as content_hash
         from tenant_extension_install i where i.registry_id = $1 order by i.created_at`,
      [registryId],
    );

  const keyOf = (tenant: string, { registryId, contentHash }: ReadyEvent): string =>
    `tenants/${tenant}/extensions/${registryId}/sha256/${contentHash.slice('sha256:'.length)}/bundle.tar.zst`;

  const answeringTenant = async ({ urls }: ReadyEvent): Promise<unknown> => {
    const response = await fetch(`${urls.gateway}/api/status`);
    return ((await response.json()) as { tenantId?: unknown }).tenantId;
  };

  /** Waits for a session that refuses to start; nothing of it may be stored. */
  const refusal = async (
    session: RunningSession,
  ): Promise<{ code: string; text: string; exit: number | null }> => {
    const error = await session.next('error');
    await session.next('stopped');
    const exit = await new Promise<number | null>((resolve) => {
      if (session.child.exitCode !== null) resolve(session.child.exitCode);
      else session.child.once('exit', resolve);
    });
    return { code: error.code, text: `${error.message} ${error.hint}`, exit };
  };

  it('are listed when none was chosen, and nothing is installed', async () => {
    const { code, text, exit } = await refusal(start());
    expect({ code, exit }).toEqual({ code: 'SESSION_TENANT_AMBIGUOUS', exit: 2 });
    expect(text).toContain(first);
    expect(text).toContain(`${second} (Second Company)`);
    expect(text).toContain('alga dev --tenant');
    expect(await backend.query('select 1 from tenant_extension_install')).toEqual([]);
  });

  it('do not stand for one that the database does not have', async () => {
    const stranger = '11111111-2222-4333-8444-555555555555';
    const { code, text, exit } = await refusal(start('--tenant', stranger));
    expect({ code, exit }).toEqual({ code: 'SESSION_TENANT_UNKNOWN', exit: 2 });
    for (const part of [stranger, '--tenant', first, second]) expect(text).toContain(part);
    expect(await backend.query('select 1 from tenant_extension_install')).toEqual([]);
  });

  it('get rows, keys and answers of the one that was named', async () => {
    const session = start('--tenant', second);
    const ready = await session.next('ready');
    expect(ready.tenantId).toBe(second);
    expect(await installs(ready.registryId)).toEqual([
      { tenant_id: second, content_hash: ready.contentHash },
    ]);
    expect(await backend.keys()).toEqual([keyOf(second, ready)]);
    expect(await answeringTenant(ready)).toBe(second);
    await session.leave();
  });

  it('need no second choice: it is remembered', async () => {
    const session = start();
    const ready = await session.next('ready');
    expect(ready.tenantId).toBe(second);
    await session.leave();
  });

  it('share a version, each with an install and an object of its own', async () => {
    const session = start('--tenant', first);
    const ready = await session.next('ready');
    expect(ready.tenantId).toBe(first);
    const from = session.mark();
    await project.edit('src/handler.ts', 'Hello from the handler', 'For both');
    const { contentHash } = await session.next('live', (event) => event.lane === 'published', from);
    expect(await installs(ready.registryId)).toEqual([
      { tenant_id: second, content_hash: contentHash },
      { tenant_id: first, content_hash: contentHash },
    ]);
    const published = { ...ready, contentHash: contentHash ?? ready.contentHash };
    expect(await backend.keys()).toEqual(
      expect.arrayContaining([keyOf(first, published), keyOf(second, published)]),
    );
    expect(await answeringTenant(ready)).toBe(first);
  });
});
