import { describe, expect, it } from 'vitest';
import { unlessAborted, withDeadline } from './deadline.js';

const late = { ms: 5, error: () => new Error('too late') };
const never = (): Promise<never> => new Promise<never>(() => undefined);

describe('withDeadline', () => {
  it('ends work that takes too long with the error of the deadline', async () => {
    const work = withDeadline(late, undefined, (signal) => unlessAborted(never(), signal));
    await expect(work).rejects.toThrow('too late');
  });

  it('gives the outcome of work that is done in time', async () => {
    const deadline = { ms: 60_000, error: () => new Error('too late') };
    await expect(withDeadline(deadline, undefined, async () => 'done')).resolves.toBe('done');
  });

  it('ends with the reason of the outer signal, aborted before or meanwhile', async () => {
    const deadline = { ms: 60_000, error: () => new Error('too late') };
    const outer = new AbortController();
    const work = withDeadline(deadline, outer.signal, (signal) => unlessAborted(never(), signal));
    outer.abort(new Error('not wanted'));
    await expect(work).rejects.toThrow('not wanted');
    const after = withDeadline(deadline, outer.signal, (signal) => unlessAborted(never(), signal));
    await expect(after).rejects.toThrow('not wanted');
  });
});
