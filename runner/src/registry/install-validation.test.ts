import { expect, it } from 'vitest';
import { InstallValidation } from './install-validation.js';
import type { ValidateResult } from './registry-client.js';

const QUERY = { tenantId: 't', extensionId: 'e', contentHash: 'sha256:00' };

function validation(results: ValidateResult[]) {
  const clock = { now: 0 };
  let asked = 0;
  const subject = new InstallValidation({
    ask: () => {
      asked += 1;
      return Promise.resolve(results.shift() ?? 'unreachable');
    },
    now: () => clock.now,
  });
  return { subject, clock, asked: () => asked };
}

it.each([
  ['valid', 45_000],
  ['invalid', 2_000],
  ['unreachable', 500],
] as const)('believes "%s" for %i ms', async (result, ms) => {
  const { subject, clock, asked } = validation([result, 'valid']);
  expect(await subject.isValid(QUERY)).toBe(result === 'valid');
  clock.now = ms - 1;
  expect(await subject.isValid(QUERY)).toBe(result === 'valid');
  expect(asked()).toBe(1);
  clock.now = ms;
  expect(await subject.isValid(QUERY)).toBe(true);
  expect(asked()).toBe(2);
});

it('keeps installs apart whose ids run into each other', async () => {
  const { subject, asked } = validation(['valid', 'invalid']);
  expect(await subject.isValid({ ...QUERY, tenantId: 'a:b', extensionId: 'c' })).toBe(true);
  expect(await subject.isValid({ ...QUERY, tenantId: 'a', extensionId: 'b:c' })).toBe(false);
  expect(asked()).toBe(2);
});
