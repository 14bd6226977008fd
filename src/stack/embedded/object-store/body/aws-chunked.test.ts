import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAwsChunked } from './aws-chunked.js';
import { createChecksum } from './checksums.js';

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function decode(bytes: Buffer, size = 7): Promise<{ body: Buffer; trailers: Map<string, string> }> {
  const trailers = new Map<string, string>();
  const chunks: Buffer[] = [];
  for await (const chunk of decodeAwsChunked(pieces(bytes, size), trailers)) chunks.push(chunk);
  return { body: Buffer.concat(chunks), trailers };
}

const hexToBase64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');

describe('decodeAwsChunked', () => {
  it('takes off the framing however it is cut into pieces', async () => {
    const body = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(body, fc.integer({ min: 1, max: 50 }), async (chunks, size) => {
        const framed = chunks.map((c) =>
          Buffer.concat([Buffer.from(`${c.length.toString(16)}\r\n`), c, Buffer.from('\r\n')]),
        );
        const end = Buffer.from('0\r\nx-amz-checksum-crc32: AAAAAA==\r\n\r\n');
        const { body, trailers } = await decode(Buffer.concat([...framed, end]), size);
        expect(body.equals(Buffer.concat(chunks))).toBe(true);
        expect(trailers.get('x-amz-checksum-crc32')).toBe('AAAAAA==');
      }),
    );
  });

  it.each([
    '',
    '5\r\nabc',
    'zz\r\n',
    '3\r\nabcX',
    '3\r\nabc\r\n',
    '0\r\nno colon\r\n\r\n',
    `${'0'.repeat(5000)}\r\n`,
  ])('refuses %j', async (text) => {
    await expect(decode(Buffer.from(text))).rejects.toMatchObject({ code: 'IncompleteBody' });
  });
});

describe('createChecksum', () => {
  it.each([
    ['crc32', 'y/Q5Jg=='],
    ['crc32c', '4waSgw=='],
    ['sha1', hexToBase64('f7c3bc1d808e04732adf679965ccc34ca7ae3441')],
    ['sha256', hexToBase64('15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225')],
  ])('knows %s', (name, expected) => {
    const checksum = createChecksum(name);
    checksum?.update(Buffer.from('1234'));
    checksum?.update(Buffer.from('56789'));
    expect(checksum?.base64()).toBe(expected);
  });

  it('says so when it does not know one', () => {
    expect(createChecksum('crc64nvme')).toBeUndefined();
  });
});
