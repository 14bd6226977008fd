import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reportSchema, undoLast } from '../../src/doctor/index.js';
import { runAlga } from '../support/session.js';
import { otherBundle } from './faults/store-faults.js';
import { expectWorking } from './faults/working.js';
import { openWorld, type World } from './faults/world.js';
import { found, mendAll } from './support.js';

interface Kind {
  readonly kind: string;
  readonly check: string;
  cause(world: World): Promise<unknown>;
  /** What is there, for comparing before and after. */
  state(world: World): Promise<unknown>;
  /** What `--dry-run` shows; `before` and `after` are states. */
  shown(world: World, before: unknown, after: unknown): string[];
}

const SECRETS = 'alga.secrets.env';
const fileText = (path: string) => readFile(path, 'utf8').catch(() => null);

const KINDS: readonly Kind[] = [
  {
    kind: 'file that is changed',
    check: 'project.secrets',
    cause: async ({ project }) => {
      await writeFile(join(project.root, SECRETS), 'API_KEY=x\n');
      await project.write('.gitignore', 'node_modules\n');
    },
    state: ({ project }) => fileText(join(project.root, '.gitignore')),
    shown: ({ project }) => [`file ${join(project.root, '.gitignore')}: changed\n    + ${SECRETS}`],
  },
  {
    kind: 'row that is changed',
    check: 'registry.disabled',
    cause: ({ backend, ready }) =>
      backend.query('UPDATE tenant_extension_install SET is_enabled = false WHERE id = $1', [
        ready.installId,
      ]),
    state: async ({ backend, ready }) =>
      (
        await backend.query('SELECT is_enabled FROM tenant_extension_install WHERE id = $1', [
          ready.installId,
        ])
      )[0],
    shown: ({ ready }) => [
      `row tenant_extension_install ${ready.installId}: {"is_enabled":false,"status":"enabled"} -> {"is_enabled":true,"status":"enabled"}`,
    ],
  },
  {
    kind: 'row that is removed',
    check: 'registry.stale-bundles',
    cause: ({ backend, ready }) =>
      backend.query(
        `INSERT INTO extension_bundle (id, version_id, content_hash, created_at)
         VALUES ('00000000-0000-4000-8000-00000000000b', $1, 'sha256:${'0'.repeat(64)}', now() - interval '1 day')`,
        [ready.versionId],
      ),
    state: async ({ backend }) =>
      (await backend.query('SELECT content_hash FROM extension_bundle ORDER BY content_hash')).length,
    shown: () => [
      expect.stringMatching(
        /^row extension_bundle 00000000-0000-4000-8000-00000000000b: \{.*"sha256:0{64}".*\} -> nothing$/,
      ),
    ],
  },
  {
    kind: 'object that is made',
    check: 'store.object-missing',
    cause: ({ s3, bucket, key }) => s3.removeObject(bucket, key),
    state: async ({ backend, key }) => backend.digest(key).catch(() => null),
    shown: ({ key, ready }) => [`object ${key}: nothing -> ${ready.contentHash}`],
  },
  {
    kind: 'object that is replaced',
    check: 'store.hash-mismatch',
    cause: async (world) => world.put((await otherBundle(world)).bytes),
    state: async ({ backend, key }) => `sha256:${await backend.digest(key)}`,
    shown: ({ key, ready }, before) => [`object ${key}: ${String(before)} -> ${ready.contentHash}`],
  },
];

/** Each kind of thing that is mended: shown before it is touched, touched as shown, and put back. */
describe('mending', () => {
  let world: World;

  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world?.close());

  const look = () => found(world.project.root, world.env);
  const doctor = (...args: string[]) => runAlga(['doctor', world.project.root, ...args], world.session.home);

  it.each(KINDS)('a $kind', async ({ check, cause, state, shown }) => {
    const good = await state(world);
    await cause(world);
    const bad = await state(world);
    expect(bad).not.toEqual(good);

    const planned = await doctor('--dry-run', '--json');
    const report = reportSchema.parse(JSON.parse(planned.stdout));
    expect(report.mended).toEqual([
      { check, state: 'planned', summary: expect.any(String), changes: shown(world, bad, good) },
    ]);
    expect(await state(world)).toEqual(bad);
    expect(await look()).toEqual([check]);

    expect(await mendAll(world.project.root, world.env)).toEqual([check]);
    const mended = await state(world);
    expect(mended).toEqual(check === 'project.secrets' ? `node_modules\n${SECRETS}\n` : good);
    expect(await look()).toEqual([]);

    const undone = await doctor('--undo');
    expect(undone).toMatchObject({ code: 0, stdout: expect.stringContaining('undid the mending of') });
    expect(await state(world)).toEqual(bad);
    expect(await look()).toEqual([check]);

    expect(await mendAll(world.project.root, world.env)).toEqual([check]);
    expect(await look()).toEqual([]);
    await expectWorking(world.ready);
  });

  it('a bucket that is made, which is never taken away again', async () => {
    const { s3, bucket, backend } = world;
    await s3.removeObjects(bucket, await backend.keys());
    await s3.removeBucket(bucket);
    const { stdout } = await doctor('--dry-run');
    expect(stdout).toContain(`planned: store.bucket`);
    expect(stdout).toContain(`bucket ${bucket}: nothing -> made`);
    expect(await s3.bucketExists(bucket)).toBe(false);
    expect(await mendAll(world.project.root, world.env)).toEqual(['store.bucket', 'store.object-missing']);
    for (const _mending of ['store.object-missing', 'store.bucket'])
      await undoLast({ projectRoot: world.project.root, env: world.env, start: false });
    expect(await s3.bucketExists(bucket)).toBe(true);
    expect(await look()).toEqual(['store.object-missing']);
    expect(await mendAll(world.project.root, world.env)).toEqual(['store.object-missing']);
    await expectWorking(world.ready);
  });

  it('takes nothing back over what has changed since', async () => {
    const { backend, ready, project, env } = world;
    const enable = (yes: boolean) =>
      backend.query('UPDATE tenant_extension_install SET is_enabled = $2 WHERE id = $1', [
        ready.installId,
        yes,
      ]);
    await enable(false);
    expect(await mendAll(project.root, env)).toEqual(['registry.disabled']);
    await enable(false);
    await expect(undoLast({ projectRoot: project.root, env, start: false })).rejects.toMatchObject({
      code: 'DOCTOR_CHANGED_SINCE',
    });
    await enable(true);
    expect((await stat(join(project.root, '.alga/doctor'))).isDirectory()).toBe(true);
  });
});
