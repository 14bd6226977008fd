import { expect, it } from 'vitest';
import { withoutSecrets } from './secret-mask.js';

function secrets(...values: string[]): Parameters<typeof withoutSecrets>[1] {
  return { values: new Map(values.map((value, n) => [`key ${n}`, value])), expired: false };
}

it('masks every value, the longer of two that overlap first', () => {
  const text = 'with token-123 and token-123-long, then token-123 again; $& stays';
  expect(withoutSecrets(text, secrets('token-123', 'token-123-long'))).toBe(
    'with [secret] and [secret], then [secret] again; $& stays',
  );
});

it('leaves short values and texts without secrets alone', () => {
  expect(withoutSecrets('a test of 1', secrets('1', 'test', ''))).toBe('a test of 1');
  expect(withoutSecrets('token-123', undefined)).toBe('token-123');
});
