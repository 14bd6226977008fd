import { expect, test } from 'vitest';
import { captureBody } from './captured-body.js';

test('text is kept as text, anything else as base64, nothing as nothing', () => {
  expect(captureBody(undefined)).toBeUndefined();
  expect(captureBody(Buffer.from('grüße'))).toEqual({ size: 7, truncated: false, text: 'grüße' });
  expect(captureBody(Buffer.from([0, 1]))).toEqual({ size: 2, truncated: false, base64: 'AAE=' });
  expect(captureBody(Buffer.from([255]))).toEqual({ size: 1, truncated: false, base64: '/w==' });
});

test('only the beginning of a large body is kept, never half a character', () => {
  const body = Buffer.from(`a${'ü'.repeat(100_000)}`);
  const kept = captureBody(body);
  expect(kept).toMatchObject({ size: 200_001, truncated: true });
  expect(kept?.text).toMatch(/^aü+$/);
});
