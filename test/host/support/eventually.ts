import { expect } from 'vitest';

/** An expectation that has to come true in time; generous, because test machines are busy. */
export function eventually<T>(look: () => T): ReturnType<typeof expect.poll<T>> {
  return expect.poll(look, { timeout: 20_000 });
}
