import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ACCESS_KEY,
  BUCKET,
  clientFor,
  type RawRequest,
  type Running,
  send,
  sendSigned,
  startStore,
  textOf,
} from './harness.js';

let store: Running;
beforeAll(async () => {
  store = await startStore();
});
afterAll(async () => {
  expect(store.faults).toEqual([]);
  await store.close();
});

const object = (name: string): string => `/${BUCKET}/${name}`;
const put = (name: string, more: Partial<RawRequest> = {}) =>
  sendSigned(store.port, { method: 'PUT', path: object(name), body: 'content', ...more });
const get = (name: string, more: Partial<RawRequest> = {}) =>
  sendSigned(store.port, { method: 'GET', path: object(name), ...more });

describe('who may ask', () => {
  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'POST'])('refuses an anonymous %s', async (method) => {
    for (const path of ['/', `/${BUCKET}`, object('x')]) {
      const answer = await send(store.port, method, path, { host: `127.0.0.1:${store.port}` });
      expect(answer.status, path).toBe(403);
      if (method !== 'HEAD') expect(answer.code).toBe('AccessDenied');
    }
  });

  it('refuses a wrong key and a wrong secret, each with its code', async () => {
    expect((await put('x', { accessKey: 'somebody' })).code).toBe('InvalidAccessKeyId');
    expect((await put('x', { secretKey: 'wrong' })).code).toBe('SignatureDoesNotMatch');
    await expect(clientFor(store.port, { secretKey: 'wrong' }).listBuckets()).rejects.toMatchObject({
      code: 'SignatureDoesNotMatch',
    });
    expect((await get('x')).code).toBe('NoSuchKey');
  });

  it('refuses a signature changed in one digit', async () => {
    const tamper = (signature: string) => signature.slice(0, -1) + (signature.endsWith('0') ? '1' : '0');
    expect((await put('x', { tamper })).code).toBe('SignatureDoesNotMatch');
  });

  it('refuses a body that is not the one signed, and stores nothing', async () => {
    const answer = await put('forged', { payloadHash: 'a'.repeat(64) });
    expect([answer.status, answer.code]).toEqual([400, 'XAmzContentSHA256Mismatch']);
    expect((await get('forged')).code).toBe('NoSuchKey');
    expect((await store.files()).filter((name) => name.startsWith('tmp/'))).toEqual([]);
  });

  it('refuses a request from another time', async () => {
    expect((await put('x', { at: new Date(Date.now() - 20 * 60_000) })).code).toBe('RequestTimeTooSkewed');
    expect((await put('x', { at: new Date(Date.now() + 20 * 60_000) })).code).toBe('RequestTimeTooSkewed');
  });

  it('refuses a header of the protocol that was put on after signing', async () => {
    expect((await put('x', { unsigned: { 'x-amz-copy-source': `/${BUCKET}/secret` } })).code).toBe(
      'AccessDenied',
    );
  });

  it.each([
    'AWS4-HMAC-SHA256 nonsense',
    'Basic YTpi',
    'AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=00',
  ])('refuses the authorization %j', async (authorization) => {
    const answer = await send(store.port, 'GET', `/${BUCKET}`, {
      authorization,
      'x-amz-content-sha256': 'x',
    });
    expect(answer.code).toBe('AuthorizationHeaderMalformed');
  });
});

describe('presigned addresses', () => {
  const fetchText = async (url: string, init: RequestInit = {}) => {
    const response = await fetch(url, init);
    return { status: response.status, text: await response.text() };
  };
  beforeAll(async () => {
    await put('presigned', { body: 'through an address' });
  });

  it('read and write while they are valid', async () => {
    const url = await store.client.presignedGetObject(BUCKET, 'presigned', 60);
    expect(await fetchText(url)).toEqual({ status: 200, text: 'through an address' });
    const typed = await store.client.presignedGetObject(BUCKET, 'presigned', 60, {
      'response-content-type': 'text/x',
    });
    expect((await fetch(typed)).headers.get('content-type')).toBe('text/x');
    const writing = await store.client.presignedPutObject(BUCKET, 'presigned-put ä', 60);
    expect((await fetchText(writing, { method: 'PUT', body: 'written' })).status).toBe(200);
    expect(await textOf(await store.client.getObject(BUCKET, 'presigned-put ä'))).toBe('written');
  });

  it('may carry the hints other clients put into them, but no instruction in disguise', async () => {
    const hinted = await store.client.presignedGetObject(BUCKET, 'presigned', 60, {
      'x-amz-checksum-mode': 'ENABLED',
      'x-id': 'GetObject',
    });
    expect(await fetchText(hinted)).toEqual({ status: 200, text: 'through an address' });
    const disguised = await store.client.presignedUrl('PUT', BUCKET, 'disguised', 60, {
      'x-amz-copy-source': '/x/y',
    });
    expect((await fetchText(disguised, { method: 'PUT' })).text).toContain('NotImplemented');
  });

  it('are good for one method and one object only, and cannot be changed', async () => {
    const url = await store.client.presignedGetObject(BUCKET, 'presigned', 60);
    expect((await fetchText(url, { method: 'DELETE' })).text).toContain('SignatureDoesNotMatch');
    expect((await fetchText(url.replace('/presigned?', '/other?'))).text).toContain('SignatureDoesNotMatch');
    expect((await fetchText(url.replace('X-Amz-Expires=60', 'X-Amz-Expires=6000'))).text).toContain(
      'SignatureDoesNotMatch',
    );
    expect((await fetchText(`${url}&response-content-type=text/html`)).text).toContain(
      'SignatureDoesNotMatch',
    );
    expect((await fetchText(`${url}&X-Amz-Expires=6000`)).text).toContain(
      'AuthorizationQueryParametersError',
    );
    expect((await fetchText(url.replace(ACCESS_KEY, 'other'))).text).toContain('InvalidAccessKeyId');
  });

  it('end when they say', async () => {
    const earlier = new Date(Date.now() - 3600_000);
    const url = await store.client.presignedUrl('GET', BUCKET, 'presigned', 60, {}, earlier);
    expect(await fetchText(url)).toMatchObject({
      status: 403,
      text: expect.stringContaining('Request has expired'),
    });
  });
});

describe('conditional writes', () => {
  const once = { 'if-none-match': '*' };

  it('write where nothing is, and never over something', async () => {
    expect((await put('once', { headers: once })).status).toBe(200);
    const second = await put('once', { headers: once, body: 'other' });
    expect([second.status, second.code]).toEqual([412, 'PreconditionFailed']);
    expect((await get('once')).body).toBe('content');
    await sendSigned(store.port, { method: 'DELETE', path: object('once') });
    expect((await put('once', { headers: once, body: 'again' })).status).toBe(200);
  });

  it('let exactly one of many win', async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) => put('race', { headers: once, body: `writer ${i} `.repeat(5000) })),
    );
    const winners = answers.flatMap(({ status }, i) => (status === 200 ? [i] : []));
    expect(winners).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(11);
    expect((await get('race')).body).toBe(`writer ${winners[0]} `.repeat(5000));
  });

  it('hold for copies', async () => {
    await put('copy-source', { body: 'source' });
    const headers = { ...once, 'x-amz-copy-source': `/${BUCKET}/copy-source` };
    expect((await put('copy-target', { headers, body: '' })).status).toBe(200);
    expect((await put('copy-target', { headers, body: '' })).code).toBe('PreconditionFailed');
    expect((await get('copy-target')).body).toBe('source');
  });

  it('hold for the end of a multipart upload', async () => {
    await put('multi', { body: 'first' });
    const uploadId = await store.client.initiateNewMultipartUpload(BUCKET, 'multi', {});
    const part = await put('multi', {
      query: [
        ['partNumber', '1'],
        ['uploadId', uploadId],
      ],
      body: 'second',
    });
    const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${part.headers.etag}</ETag></Part></CompleteMultipartUpload>`;
    const complete = (headers: Record<string, string>) =>
      sendSigned(store.port, {
        method: 'POST',
        path: object('multi'),
        query: [['uploadId', uploadId]],
        headers,
        body,
      });
    expect((await complete(once)).code).toBe('PreconditionFailed');
    expect((await get('multi')).body).toBe('first');
    expect((await complete({})).body).toContain('<Location>');
    expect((await get('multi')).body).toBe('second');
  });

  it('compare with the present content for If-Match', async () => {
    const { headers } = await put('match');
    expect((await put('match', { headers: { 'if-match': '"other"' } })).code).toBe('PreconditionFailed');
    expect((await put('match', { headers: { 'if-match': String(headers.etag) }, body: 'b' })).status).toBe(
      200,
    );
    expect((await put('match-none', { headers: { 'if-match': '"x"' } })).code).toBe('NoSuchKey');
  });
});

describe('conditional reads', () => {
  it('answer 304 and 412 as their headers say', async () => {
    const { headers } = await put('read');
    const etag = String(headers.etag);
    const future = new Date(Date.now() + 60_000).toUTCString();
    const past = new Date(Date.now() - 60_000).toUTCString();
    const status = async (more: Record<string, string>) => (await get('read', { headers: more })).status;
    expect(await status({ 'if-none-match': etag })).toBe(304);
    expect(await status({ 'if-none-match': '"x"' })).toBe(200);
    expect(await status({ 'if-match': '"x"' })).toBe(412);
    expect(await status({ 'if-modified-since': future })).toBe(304);
    expect(await status({ 'if-modified-since': past })).toBe(200);
    expect(await status({ 'if-unmodified-since': past })).toBe(412);
  });

  it('answer ranges, and refuse those outside', async () => {
    await put('ranged', { body: '0123456789' });
    const ranged = async (range: string) => {
      const answer = await get('ranged', { headers: { range } });
      return [
        answer.status,
        answer.status === 416 ? answer.code : answer.body,
        answer.headers['content-range'],
      ];
    };
    expect(await ranged('bytes=2-4')).toEqual([206, '234', 'bytes 2-4/10']);
    expect(await ranged('bytes=8-99')).toEqual([206, '89', 'bytes 8-9/10']);
    expect(await ranged('bytes=-3')).toEqual([206, '789', 'bytes 7-9/10']);
    expect(await ranged('bytes=10-')).toEqual([416, 'InvalidRange', 'bytes */10']);
    expect(await ranged('bytes=-0')).toEqual([416, 'InvalidRange', 'bytes */10']);
    expect(await ranged('bytes=5-2')).toEqual([200, '0123456789', undefined]);
    expect(await ranged('lines=1-2')).toEqual([200, '0123456789', undefined]);
    const head = await sendSigned(store.port, { method: 'HEAD', path: object('ranged') });
    expect([head.status, head.headers['content-length'], head.body]).toEqual([200, '10', '']);
  });
});

describe('bodies in aws-chunked form', () => {
  const chunked = (bytes: Buffer, checksum: string): Partial<RawRequest> => ({
    payloadHash: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
    headers: {
      'content-encoding': 'aws-chunked',
      'x-amz-decoded-content-length': String(bytes.length),
      'x-amz-trailer': 'x-amz-checksum-crc32',
    },
    body: Buffer.concat([
      Buffer.from(`${bytes.length.toString(16)}\r\n`),
      bytes,
      Buffer.from(`\r\n0\r\nx-amz-checksum-crc32:${checksum}\r\n\r\n`),
    ]),
  });
  const crc = (bytes: Buffer): string => {
    const out = Buffer.alloc(4);
    out.writeUInt32BE(crc32(bytes));
    return out.toString('base64');
  };

  it('are stored without their framing, and the framing is not kept as an encoding', async () => {
    const bytes = randomBytes(200_000);
    expect((await put('chunked', chunked(bytes, crc(bytes)))).status).toBe(200);
    const stat = await store.client.statObject(BUCKET, 'chunked');
    expect(stat.size).toBe(bytes.length);
    expect(stat.metaData).not.toHaveProperty('content-encoding');
  });

  it('are refused when checksum, length or framing are wrong', async () => {
    const bytes = Buffer.from('some bytes');
    expect((await put('bad', chunked(bytes, crc(Buffer.from('others'))))).code).toBe('BadDigest');
    const longer = chunked(bytes, crc(bytes));
    const headers = { ...longer.headers, 'x-amz-decoded-content-length': '99' };
    expect((await put('bad', { ...longer, headers })).code).toBe('IncompleteBody');
    expect((await put('bad', { ...longer, body: 'no framing' })).code).toBe('IncompleteBody');
    expect((await put('bad', { payloadHash: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' })).code).toBe(
      'NotImplemented',
    );
    expect((await get('bad')).code).toBe('NoSuchKey');
  });
});

describe('odd requests', () => {
  it('are not taken for something else', async () => {
    for (const name of ['acl', 'tagging', 'retention', 'versionId']) {
      expect((await put('odd', { query: [[name, '']] })).code, name).toBe('NotImplemented');
    }
    expect((await get('odd')).code).toBe('NoSuchKey');
    expect((await sendSigned(store.port, { method: 'PATCH', path: object('odd') })).code).toBe(
      'MethodNotAllowed',
    );
    expect((await put('odd', { headers: { 'if-none-match': '"etag"' } })).code).toBe('NotImplemented');
    expect((await put('odd', { headers: { 'x-amz-server-side-encryption': 'AES256' } })).code).toBe(
      'NotImplemented',
    );
    expect((await put('odd', { headers: { 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' } })).code).toBe(
      'BadDigest',
    );
    expect((await put('odd', { headers: { 'x-amz-meta-long': 'x'.repeat(3000) } })).code).toBe(
      'MetadataTooLarge',
    );
    expect((await put('k'.repeat(1025))).code).toBe('KeyTooLongError');
    expect((await sendSigned(store.port, { method: 'PUT', path: '/Bad_Name' })).code).toBe(
      'InvalidBucketName',
    );
    expect((await sendSigned(store.port, { method: 'PUT', path: '/a..b' })).code).toBe('InvalidBucketName');
    expect((await sendSigned(store.port, { method: 'GET', path: '/missing-bucket' })).code).toBe(
      'NoSuchBucket',
    );
    const deletion = { method: 'POST', path: `/${BUCKET}`, query: [['delete', '']] as const };
    expect((await sendSigned(store.port, { ...deletion, body: '<Delete><Object>' })).code).toBe(
      'MalformedXML',
    );
  });

  it.each(['http://elsewhere/extensions/x', '*', '/%zz', '/extensions/%'])(
    'B1: refuses the target %j',
    async (target) => {
      const answer = await new Promise<string>((resolve, reject) => {
        const socket = connect(store.port, '127.0.0.1');
        let text = '';
        socket.on('data', (chunk) => {
          text += chunk;
        });
        socket.on('error', reject);
        socket.on('close', () => resolve(text));
        socket.write(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      });
      expect(answer).toMatch(/^HTTP\/1\.1 400/);
    },
  );

  it('a body cut off in the middle leaves nothing behind', async () => {
    const before = await store.files();
    const full = Buffer.alloc(1_000_000);
    const url = new URL(await store.client.presignedPutObject(BUCKET, 'cut', 60));
    const socket = connect(store.port, '127.0.0.1');
    socket.write(
      `PUT ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nContent-Length: ${full.length}\r\n\r\n`,
    );
    await new Promise((resolve) => socket.write(full.subarray(0, 500_000), resolve));
    socket.destroy();
    await expect.poll(() => store.files(), { timeout: 5000 }).toEqual(before);
    expect((await get('cut')).code).toBe('NoSuchKey');
  });

  it('a refused large body does not keep the client from its answer', async () => {
    const answer = await put('large', { body: Buffer.alloc(20_000_000), secretKey: 'wrong' });
    expect(answer.code).toBe('SignatureDoesNotMatch');
  });
});
