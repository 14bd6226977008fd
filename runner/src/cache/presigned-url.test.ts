import { expect, it } from 'vitest';
import { encodeSegment, presign } from './presigned-url.js';

it('signs as the worked example of the S3 documentation', () => {
  const signed = presign({
    method: 'GET',
    url: new URL('https://examplebucket.s3.amazonaws.com/test.txt'),
    accessKey: 'AKIAIOSFODNN7EXAMPLE',
    secretKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    region: 'us-east-1',
    expiresSeconds: 86_400,
    now: new Date('2013-05-24T00:00:00Z'),
  });
  expect(signed.searchParams.get('X-Amz-Signature')).toBe(
    'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
  );
  expect(signed.searchParams.get('X-Amz-Credential')).toBe(
    'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request',
  );
});

it('encodes everything but unreserved characters', () => {
  expect(encodeSegment("a-b._~ é/!'()*+:")).toBe('a-b._~%20%C3%A9%2F%21%27%28%29%2A%2B%3A');
});
