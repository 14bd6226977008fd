import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { CopyDestinationOptions, CopySourceOptions } from 'minio';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUCKET, clientFor, type Running, sendSigned, sha256, startStore, textOf } from './harness.js';

let store: Running;
beforeAll(async () => {
  store = await startStore();
});
afterAll(async () => {
  expect(store.faults).toEqual([]);
  await store.close();
});

async function listing(stream: AsyncIterable<{ name?: string; prefix?: string }>): Promise<string[]> {
  const names: string[] = [];
  for await (const item of stream) names.push(item.name ?? `${item.prefix} (prefix)`);
  return names;
}

async function hashOf(key: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of await store.client.getObject(BUCKET, key)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

describe('buckets', () => {
  it('are made, found, listed and removed', async () => {
    const { client } = store;
    await client.makeBucket('second-bucket');
    expect(await client.bucketExists('second-bucket')).toBe(true);
    expect(await client.bucketExists('third-bucket')).toBe(false);
    const names = (await client.listBuckets()).map(({ name, creationDate }) => [
      name,
      creationDate instanceof Date,
    ]);
    expect(names).toEqual([
      [BUCKET, true],
      ['second-bucket', true],
    ]);
    await expect(client.makeBucket('second-bucket')).rejects.toMatchObject({
      code: 'BucketAlreadyOwnedByYou',
    });
    await client.putObject('second-bucket', 'x', 'y');
    await expect(client.removeBucket('second-bucket')).rejects.toMatchObject({ code: 'BucketNotEmpty' });
    await client.removeObject('second-bucket', 'x');
    await client.removeBucket('second-bucket');
    expect(await client.bucketExists('second-bucket')).toBe(false);
    await expect(client.putObject('second-bucket', 'x', 'y')).rejects.toMatchObject({ code: 'NoSuchBucket' });
  });

  it('tell their place to a client that does not know the region', async () => {
    const client = clientFor(store.port, { region: null });
    await client.putObject(BUCKET, 'region/unknown', 'found');
    expect(await textOf(await client.getObject(BUCKET, 'region/unknown'))).toBe('found');
  });
});

describe('objects', () => {
  it('come back with their bytes, type and metadata', async () => {
    const { client } = store;
    const bytes = randomBytes(300_000);
    const { etag } = await client.putObject(BUCKET, 'plain/bytes.bin', bytes, bytes.length, {
      'Content-Type': 'application/zstd',
      'Cache-Control': 'public, max-age=31536000, immutable',
      'X-Amz-Meta-Content-Hash': `sha256:${sha256(bytes)}`,
    });
    const stat = await client.statObject(BUCKET, 'plain/bytes.bin');
    expect(stat).toMatchObject({ size: bytes.length, etag });
    expect(stat.metaData).toMatchObject({
      'content-type': 'application/zstd',
      'cache-control': 'public, max-age=31536000, immutable',
      'content-hash': `sha256:${sha256(bytes)}`,
    });
    expect(Date.now() - stat.lastModified.getTime()).toBeLessThan(60_000);
    expect(await hashOf('plain/bytes.bin')).toBe(sha256(bytes));
  });

  it.each([
    'a b/c+d/ä–€/😀.txt',
    'quotes\'"<&>.txt',
    '../../etc/passwd',
    'a//b',
    'folder/',
    'name.with.%41.percent',
    '*()!~',
    'k'.repeat(1000),
  ])('may have any name, %#', async (key) => {
    await store.client.putObject(BUCKET, key, `content of ${key}`);
    expect(await textOf(await store.client.getObject(BUCKET, key))).toBe(`content of ${key}`);
    expect(await listing(store.client.listObjectsV2(BUCKET, key, true))).toEqual([key]);
    await store.client.removeObject(BUCKET, key);
    await expect(store.client.statObject(BUCKET, key)).rejects.toMatchObject({ code: 'NotFound' });
  });

  it('may be a file and a folder of the same name', async () => {
    await store.client.putObject(BUCKET, 'clash/a', 'file');
    await store.client.putObject(BUCKET, 'clash/a/b', 'below');
    expect(await textOf(await store.client.getObject(BUCKET, 'clash/a'))).toBe('file');
    expect(await textOf(await store.client.getObject(BUCKET, 'clash/a/b'))).toBe('below');
  });

  it('may be empty', async () => {
    await store.client.putObject(BUCKET, 'empty', '');
    expect(await textOf(await store.client.getObject(BUCKET, 'empty'))).toBe('');
  });

  it('give ranges', async () => {
    const { client } = store;
    await client.putObject(BUCKET, 'range', '0123456789');
    expect(await textOf(await client.getPartialObject(BUCKET, 'range', 2, 3))).toBe('234');
    expect(await textOf(await client.getPartialObject(BUCKET, 'range', 7))).toBe('789');
    await expect(client.getPartialObject(BUCKET, 'range', 10, 1)).rejects.toMatchObject({
      code: 'InvalidRange',
    });
  });

  it('are missing with the right code', async () => {
    await expect(store.client.getObject(BUCKET, 'nowhere')).rejects.toMatchObject({ code: 'NoSuchKey' });
    await store.client.removeObject(BUCKET, 'nowhere');
  });

  it('are replaced without a reader ever seeing a mixture', async () => {
    const { client } = store;
    const bodies = ['a', 'b', 'c'].map((letter) => letter.repeat(400_000));
    await client.putObject(BUCKET, 'replaced', bodies[0] ?? '');
    const writes = bodies.map((body) => client.putObject(BUCKET, 'replaced', body));
    const reads = Array.from({ length: 6 }, async () => textOf(await client.getObject(BUCKET, 'replaced')));
    for (const read of await Promise.all(reads)) expect(new Set(read).size).toBe(1);
    await Promise.all(writes);
    expect((await store.files()).filter((name) => name.startsWith('tmp/'))).toEqual([]);
  });

  it('are removed many at a time', async () => {
    const keys = ['many/1', 'many/2 & more', 'many/<3>'];
    for (const key of keys) await store.client.putObject(BUCKET, key, 'x');
    await store.client.removeObjects(BUCKET, [...keys, 'many/not there']);
    expect(await listing(store.client.listObjectsV2(BUCKET, 'many/', true))).toEqual([]);
  });

  it('are copied, with their metadata or with other', async () => {
    const { client } = store;
    await client.putObject(BUCKET, 'copy/source ä', 'copied', 6, {
      'Content-Type': 'text/x',
      'X-Amz-Meta-A': '1',
    });
    const source = new CopySourceOptions({ Bucket: BUCKET, Object: 'copy/source ä' });
    await client.copyObject(source, new CopyDestinationOptions({ Bucket: BUCKET, Object: 'copy/same' }));
    await client.copyObject(
      source,
      new CopyDestinationOptions({
        Bucket: BUCKET,
        Object: 'copy/other',
        MetadataDirective: 'REPLACE',
        UserMetadata: { b: '2' },
      }),
    );
    expect(await textOf(await client.getObject(BUCKET, 'copy/same'))).toBe('copied');
    expect((await client.statObject(BUCKET, 'copy/same')).metaData).toMatchObject({
      'content-type': 'text/x',
      a: '1',
    });
    const other = (await client.statObject(BUCKET, 'copy/other')).metaData;
    expect(other).toMatchObject({ b: '2' });
    expect(other).not.toHaveProperty('a');
  });
});

describe('listings', () => {
  const keys = ['list/a', 'list/b/1', 'list/b/2', 'list/c', 'list/d/x/y', 'list/ä', 'list/\uff5e', 'list/😀'];
  beforeAll(async () => {
    for (const key of keys) await store.client.putObject(BUCKET, key, key);
  });

  it('are in byte order, both versions', async () => {
    expect(await listing(store.client.listObjectsV2(BUCKET, 'list/', true))).toEqual(keys);
    expect(await listing(store.client.listObjects(BUCKET, 'list/', true))).toEqual(keys);
  });

  it('fold what is below a delimiter into prefixes', async () => {
    const folded = [
      'list/a',
      'list/c',
      'list/ä',
      'list/\uff5e',
      'list/😀',
      'list/b/ (prefix)',
      'list/d/ (prefix)',
    ];
    expect((await listing(store.client.listObjectsV2(BUCKET, 'list/', false))).sort()).toEqual(folded.sort());
    expect((await listing(store.client.listObjects(BUCKET, 'list/', false))).sort()).toEqual(folded.sort());
  });

  it('begin after a given key', async () => {
    expect((await listing(store.client.listObjectsV2(BUCKET, 'list/', true, 'list/c')))[0]).toBe(
      'list/d/x/y',
    );
  });

  it.each(['', '/'])('come in pages that miss and repeat nothing, delimiter %j', async (delimiter) => {
    const { client } = store;
    const names: string[] = [];
    for (let token = ''; ; ) {
      const page = await client.listObjectsV2Query(BUCKET, 'list/', token, delimiter, 2, '');
      expect(page.objects.length).toBeLessThanOrEqual(2);
      names.push(...page.objects.map((item) => item.name ?? item.prefix));
      if (!page.isTruncated) break;
      token = page.nextContinuationToken;
    }
    const all = await listing(client.listObjectsV2(BUCKET, 'list/', delimiter === ''));
    expect(names.sort()).toEqual(all.map((name) => name.replace(' (prefix)', '')).sort());
  });
});

describe('multipart', () => {
  it('takes a stream without a size, which the client sends as one part', async () => {
    await store.client.putObject(BUCKET, 'stream/small', Readable.from(['abc']));
    expect(await textOf(await store.client.getObject(BUCKET, 'stream/small'))).toBe('abc');
    expect((await store.client.statObject(BUCKET, 'stream/small')).etag).toMatch(/^[0-9a-f]{32}-1$/);
  });

  it('joins parts that came in any order, and checks what the end names', async () => {
    const { client, port } = store;
    const key = 'parts/ä b';
    const uploadId = await client.initiateNewMultipartUpload(BUCKET, key, { 'content-type': 'a/b' });
    const parts = [5 * 1024 * 1024, 5 * 1024 * 1024, 1000].map((size) => randomBytes(size));
    const etags = new Map<number, string>();
    for (const part of [3, 1, 2]) {
      const query = [
        ['partNumber', String(part)],
        ['uploadId', uploadId],
      ] as const;
      const body = parts[part - 1] ?? '';
      const answer = await sendSigned(port, { method: 'PUT', path: `/${BUCKET}/${key}`, query, body });
      etags.set(part, String(answer.headers.etag).replaceAll('"', ''));
    }
    const end = (numbers: readonly number[], etag?: string) =>
      client.completeMultipartUpload(
        BUCKET,
        key,
        uploadId,
        numbers.map((part) => ({ part, etag: etag ?? etags.get(part) })),
      );
    const query = [['uploadId', uploadId]] as const;
    const { body } = await sendSigned(port, { method: 'GET', path: `/${BUCKET}/${key}`, query });
    const listed = [...body.matchAll(/<PartNumber>(\d+)<.*?<Size>(\d+)</g)].map(([, n, size]) => [
      Number(n),
      Number(size),
    ]);
    expect(listed).toEqual(parts.map((bytes, index) => [index + 1, bytes.length]));
    await expect(end([1, 4])).rejects.toThrow(/part was not found/);
    await expect(end([1], 'f'.repeat(32))).rejects.toThrow(/part was not found/);
    await expect(end([2, 1])).rejects.toThrow(/ascending/);
    await expect(end([1, 3, 2])).rejects.toThrow(/ascending/);
    await end([1, 2, 3]);
    expect(await hashOf(key)).toBe(sha256(Buffer.concat(parts)));
    const stat = await client.statObject(BUCKET, key);
    expect([stat.etag.slice(-2), stat.metaData['content-type']]).toEqual(['-3', 'a/b']);
    expect((await store.files()).filter((name) => name.includes('/uploads/'))).toEqual([]);
  });

  it('refuses an end that leaves a small part in the middle', async () => {
    const { client, port } = store;
    const uploadId = await client.initiateNewMultipartUpload(BUCKET, 'parts/small', {});
    const etags: Array<{ part: number; etag: string }> = [];
    for (const part of [1, 2]) {
      const query = [
        ['partNumber', String(part)],
        ['uploadId', uploadId],
      ] as const;
      const raw = { method: 'PUT', path: `/${BUCKET}/parts/small`, query, body: 'small' };
      etags.push({ part, etag: String((await sendSigned(port, raw)).headers.etag).replaceAll('"', '') });
    }
    await expect(client.completeMultipartUpload(BUCKET, 'parts/small', uploadId, etags)).rejects.toThrow(
      /5 MiB/,
    );
    await client.removeIncompleteUpload(BUCKET, 'parts/small');
  });

  it('lists and aborts what was begun', async () => {
    const { client } = store;
    const uploadId = await client.initiateNewMultipartUpload(BUCKET, 'begun/ä', {});
    const found = await listing(
      (async function* () {
        for await (const { key } of client.listIncompleteUploads(BUCKET, 'begun/', true)) yield { name: key };
      })(),
    );
    expect(found).toEqual(['begun/ä']);
    await client.removeIncompleteUpload(BUCKET, 'begun/ä');
    await expect(client.abortMultipartUpload(BUCKET, 'begun/ä', uploadId)).rejects.toMatchObject({
      code: 'NoSuchUpload',
    });
  });

  it('composes an object out of others', async () => {
    const { client } = store;
    const first = randomBytes(5 * 1024 * 1024);
    await client.putObject(BUCKET, 'compose/1', first);
    await client.putObject(BUCKET, 'compose/2', 'tail');
    await client.composeObject(new CopyDestinationOptions({ Bucket: BUCKET, Object: 'compose/both' }), [
      new CopySourceOptions({ Bucket: BUCKET, Object: 'compose/1' }),
      new CopySourceOptions({ Bucket: BUCKET, Object: 'compose/2' }),
    ]);
    expect(await hashOf('compose/both')).toBe(sha256(Buffer.concat([first, Buffer.from('tail')])));
  });
});

describe('restart', () => {
  it('keeps everything and cleans up what a killed process left', async () => {
    await store.client.putObject(BUCKET, 'kept', 'over a restart');
    store = await store.reopen();
    expect(await textOf(await store.client.getObject(BUCKET, 'kept'))).toBe('over a restart');
    expect(await listing(store.client.listObjectsV2(BUCKET, 'kept', true))).toEqual(['kept']);
    expect(await hashOf('kept')).toBe(sha256('over a restart'));
  });
});
