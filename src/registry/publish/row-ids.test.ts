import { expect, test } from 'vitest';
import { contentHashOfHex, tenantIdSchema } from '../../core/ids.js';
import { proposedIds } from './row-ids.js';

test('ids are the ones the product makes for the same names', () => {
  const ids = proposedIds({ publisher: 'Alga', name: 'com.alga.sample.hello-world' });
  const tenantId = tenantIdSchema.parse('51bbbfe5-0720-4d9b-b3e5-b5b43e441a52');
  expect(ids.registry).toBe('3b8b0204-25d9-57d0-951b-3ed518145469');
  expect(ids.version('0.1.1')).toBe('d1164241-1ba8-525c-bcee-689e6fa1a534');
  expect(ids.bundle('0.1.1', contentHashOfHex('a'.repeat(64)))).toBe('09c4ade4-4c55-567b-ac4c-ca4974c419c2');
  expect(ids.install(tenantId)).toBe('16a77336-ea5a-5b0e-9402-db2e9936f29d');
  expect(proposedIds({ publisher: 'local-dev', name: 'com.example.demo' }).registry).toBe(
    'bba3f57c-8de2-5d81-bb68-050d3bf39ef2',
  );
});
