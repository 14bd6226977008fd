import { describe, expect, it } from 'vitest';
import { encodePath, encodeRfc3986, type SignedParts, signatureOf } from './canonical.js';

// The worked examples of the published description of the signature.
const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const common = { timestamp: '20130524T000000Z', scope: { date: '20130524', region: 'us-east-1' } };
const host = 'examplebucket.s3.amazonaws.com';

describe('signatureOf', () => {
  it('gives the published signature of a read of a range', () => {
    const parts: SignedParts = {
      ...common,
      method: 'GET',
      path: '/test.txt',
      query: [],
      headers: [
        ['x-amz-date', common.timestamp],
        ['range', 'bytes=0-9'],
        ['host', host],
        ['x-amz-content-sha256', empty],
      ],
      payloadHash: empty,
    };
    expect(signatureOf(parts, secret)).toBe(
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    );
  });

  it('gives the published signature of a listing', () => {
    const parts: SignedParts = {
      ...common,
      method: 'GET',
      path: '/',
      query: [
        ['prefix', 'J'],
        ['max-keys', '2'],
      ],
      headers: [
        ['host', host],
        ['x-amz-content-sha256', empty],
        ['x-amz-date', common.timestamp],
      ],
      payloadHash: empty,
    };
    expect(signatureOf(parts, secret)).toBe(
      '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    );
  });

  it('gives the published signature of a presigned read', () => {
    const parts: SignedParts = {
      ...common,
      method: 'GET',
      path: '/test.txt',
      query: [
        ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
        ['X-Amz-Credential', 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request'],
        ['X-Amz-Date', common.timestamp],
        ['X-Amz-Expires', '86400'],
        ['X-Amz-SignedHeaders', 'host'],
      ],
      headers: [['host', host]],
      payloadHash: 'UNSIGNED-PAYLOAD',
    };
    expect(signatureOf(parts, secret)).toBe(
      'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
    );
  });
});

describe('encoding', () => {
  it('encodes every segment once and keeps the slashes', () => {
    expect(encodePath("/b/a b/ä+'()*!~")).toBe('/b/a%20b/%C3%A4%2B%27%28%29%2A%21~');
    expect(encodeRfc3986('a/b=c&d')).toBe('a%2Fb%3Dc%26d');
  });
});
