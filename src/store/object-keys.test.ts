import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contentHashOfHex, registryIdSchema, tenantIdSchema } from '../core/ids.js';
import { bundleKey, canonicalKey, parseBundleKey, parseCanonicalKey } from './object-keys.js';

const uuid = fc.uuid({ version: [1, 2, 3, 4, 5] });
const hex = fc.stringMatching(/^[0-9a-f]{64}$/);
const address = fc.record({
  tenantId: uuid.map((id) => tenantIdSchema.parse(id)),
  registryId: uuid.map((id) => registryIdSchema.parse(id)),
  contentHash: hex.map(contentHashOfHex),
});

test('every address survives the way through its key', () => {
  fc.assert(
    fc.property(address, (one) => {
      expect(parseBundleKey(bundleKey(one))).toEqual(one);
      expect(parseCanonicalKey(canonicalKey(one.contentHash))).toBe(one.contentHash);
    }),
  );
});

test('text that is not a key of ours has no address', () => {
  fc.assert(fc.property(fc.string(), (text) => parseBundleKey(text) === undefined));
  const key =
    'tenants/51bbbfe5-0720-4d9b-b3e5-b5b43e441a52/extensions/3b8b0204-25d9-57d0-951b-3ed518145469' +
    `/sha256/${'a'.repeat(64)}/bundle.tar.zst`;
  expect(parseBundleKey(key)).toBeDefined();
  for (const forged of [
    `/${key}`,
    `${key}/x`,
    key.toUpperCase(),
    key.replace('51bbbfe5', '51BBBFE5'),
    key.replace('51bbbfe5', '..%2F51b'),
    key.replace('aaaa', 'AAAA'),
    key.replace('sha256/', 'sha256/../'),
    key.replace('bundle.tar.zst', 'manifest.json'),
  ]) {
    expect(parseBundleKey(forged)).toBeUndefined();
  }
});

test('the keys are the ones the runner and the product use', () => {
  const [one] = fc.sample(address, 1);
  if (one === undefined) throw new Error('no sample');
  const bare = one.contentHash.slice(7);
  expect(bundleKey(one)).toBe(
    `tenants/${one.tenantId}/extensions/${one.registryId}/sha256/${bare}/bundle.tar.zst`,
  );
  expect(canonicalKey(one.contentHash)).toBe(`sha256/${bare}/bundle.tar.zst`);
});
