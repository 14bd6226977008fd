import { describe, expect, it } from 'vitest';
import { identityOf, uuidV5 } from './identity.js';

const SAMPLE = 'Alga/com.alga.sample.hello-world';

describe('uuidV5', () => {
  it.each([
    [SAMPLE, '3b8b0204-25d9-57d0-951b-3ed518145469'],
    [`${SAMPLE}/0.1.1`, 'd1164241-1ba8-525c-bcee-689e6fa1a534'],
    [`${SAMPLE}/0.1.1/sha256:${'a'.repeat(64)}`, '09c4ade4-4c55-567b-ac4c-ca4974c419c2'],
    [`51bbbfe5-0720-4d9b-b3e5-b5b43e441a52/${SAMPLE}`, '16a77336-ea5a-5b0e-9402-db2e9936f29d'],
    ['local-dev/com.example.demo', 'bba3f57c-8de2-5d81-bb68-050d3bf39ef2'],
  ])('makes the id that the product makes for %s', (name, id) => {
    expect(uuidV5(name)).toBe(id);
  });
});

describe('identityOf', () => {
  const manifest = { name: 'com.example.demo', version: '1.0.0', runtime: 'wasm-js@1', capabilities: [] };

  it('uses local-dev when the manifest names no publisher', () => {
    expect(identityOf(manifest)).toMatchObject({
      publisher: 'local-dev',
      registryId: 'bba3f57c-8de2-5d81-bb68-050d3bf39ef2',
    });
  });

  it('derives the ids from publisher, name and version', () => {
    const identity = identityOf({
      ...manifest,
      publisher: 'Alga',
      name: 'com.alga.sample.hello-world',
      version: '0.1.1',
    });
    expect(identity.registryId).toBe('3b8b0204-25d9-57d0-951b-3ed518145469');
    expect(identity.versionId).toBe('d1164241-1ba8-525c-bcee-689e6fa1a534');
  });
});
