import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inlineCiphertext, openInline, seal, unseal } from './envelope.js';

const key = randomBytes(32);
const install = '16a77336-ea5a-5b0e-9402-db2e9936f29d';
const values = fc.dictionary(
  fc.string({ minLength: 1 }).filter((name) => name !== '__proto__'),
  fc.string(),
);

test('both forms give back what was put in', () => {
  fc.assert(
    fc.property(values, (secrets) => {
      expect(openInline(inlineCiphertext(secrets))).toEqual({ ...secrets });
      expect(unseal(seal(secrets, key, install), key, install)).toEqual({ ...secrets });
    }),
  );
});

test('a sealed envelope shows nothing, is different every time, and opens for its install and key only', () => {
  const secrets = { API_KEY: 'canary-4711' };
  const sealed = seal(secrets, key, install);
  expect(Buffer.from(sealed, 'base64').toString('latin1')).not.toContain('canary');
  expect(seal(secrets, key, install)).not.toBe(sealed);
  expect(unseal(sealed, randomBytes(32), install)).toBeUndefined();
  expect(unseal(sealed, key, install.replace('1', '2'))).toBeUndefined();
  const bytes = Buffer.from(sealed, 'base64');
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    expect(unseal(changed.toString('base64'), key, install)).toBeUndefined();
  }
});

test.each([
  '',
  '!!!',
  'bm90IGpzb24=',
  Buffer.from('[1]').toString('base64'),
  Buffer.from('{"a":1}').toString('base64'),
])('the inline text %j does not open', (text) => expect(openInline(text)).toBeUndefined());
