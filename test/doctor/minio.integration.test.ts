import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { undoLast } from '../../src/doctor/index.js';
import { program } from '../support/programs.js';
import { expectWorking } from './faults/working.js';
import { openWorld, type World } from './faults/world.js';
import { found, mendAll } from './support.js';

/** A policy for everybody that allows some actions on a bucket. */
const policyOf = (bucket: string, ...actions: string[]): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: actions.map((action) => ({
      Effect: 'Allow',
      Principal: { AWS: ['*'] },
      Action: [`s3:${action}`],
      Resource: [`arn:aws:s3:::${bucket}${action.endsWith('Object') ? '/*' : ''}`],
    })),
  });

const POLICIES = [
  { what: 'read and listed', actions: ['ListBucket', 'GetObject'] },
  { what: 'read, though not listed', actions: ['GetObject'] },
];

/** Faults that the built-in object store cannot have: it knows no policies. */
describe.skipIf(!program('minio'))('faults of a session on MinIO', () => {
  let world: World;

  beforeAll(async () => {
    world = await openWorld({ ALGA_OBJECT_STORE: '' });
  });
  afterAll(() => world?.close());

  const look = () => found(world.project.root, world.env);

  it('finds nothing when all is well', async () => {
    expect(await look()).toEqual([]);
  });

  it.each(POLICIES)('store.public-access: a bucket that can be $what', async ({ actions }) => {
    const { s3, bucket, key, backend, project, env, ready } = world;
    const object = `${backend.stack.store.endpoint}/${bucket}/${key}`;
    await s3.setBucketPolicy(bucket, policyOf(bucket, ...actions));
    expect((await fetch(object)).status).toBe(200);
    expect(await look()).toEqual(['store.public-access']);

    expect(await mendAll(project.root, env)).toEqual(['store.public-access']);
    expect((await fetch(object)).status).toBe(403);
    expect(await look()).toEqual([]);
    await expectWorking(ready);

    await undoLast({ projectRoot: project.root, env, start: false });
    expect(await look()).toEqual(['store.public-access']);
    await s3.setBucketPolicy(bucket, '');
    expect(await look()).toEqual([]);
  });
});
