import { expect, test } from 'vitest';
import { registryIdSchema } from '../../core/ids.js';
import { RequestGate } from './request-gate.js';

const one = registryIdSchema.parse('3b8b0204-25d9-57d0-951b-3ed518145469');
const other = registryIdSchema.parse('bba3f57c-8de2-5d81-bb68-050d3bf39ef2');

test('opens when the last hold is released, once each', async () => {
  const gate = new RequestGate();
  const releases = [gate.hold(one), gate.hold(one)];
  let passed = false;
  const waiting = gate.passed(one).then(() => {
    passed = true;
  });
  await gate.passed(other);
  releases[0]?.();
  releases[0]?.();
  await gate.passed(other);
  expect(passed).toBe(false);
  releases[1]?.();
  await waiting;
  await gate.passed(one);
});

test('a hold right after the release is waited for as well', async () => {
  const gate = new RequestGate();
  const first = gate.hold(one);
  let passed = false;
  const waiting = gate.passed(one).then(() => {
    passed = true;
  });
  first();
  const second = gate.hold(one);
  await gate.passed(other);
  await gate.passed(other);
  expect(passed).toBe(false);
  second();
  await waiting;
});

test('knows which requests had to wait until they are over, however they end', async () => {
  const gate = new RequestGate();
  await gate.caughtUp(one);
  const release = gate.hold(one);
  let answer: (text: string) => void = () => undefined;
  const answered = gate.through(one, () => new Promise<string>((resolve) => (answer = resolve)));
  const failed = gate.through(one, () => Promise.reject(new Error('no answer')));
  release();
  await expect(failed).rejects.toThrow('no answer');
  // One that comes now is not waited for.
  void gate.through(one, () => new Promise<string>(() => undefined));
  const order: string[] = [];
  const caughtUp = gate.caughtUp(one).then(() => order.push('caught up'));
  await gate.caughtUp(other);
  order.push('answered');
  answer('the new code');
  expect(await answered).toBe('the new code');
  await caughtUp;
  expect(order).toEqual(['answered', 'caught up']);
  await gate.caughtUp(one);
});

test('patience ends', async () => {
  const gate = new RequestGate(20);
  gate.hold(one);
  await gate.passed(one);
});
