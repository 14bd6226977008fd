import { startExtension, type TestExtension } from 'alga/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

interface Status {
  readonly message: string;
  readonly user: { readonly name: string } | null;
  readonly notes: ReadonlyArray<{ readonly id: number; readonly text: string; readonly author: string }>;
}

/** The built component itself, between host services in memory. */
let extension: TestExtension;

beforeAll(async () => {
  extension = await startExtension();
});
afterAll(() => extension.stop());
beforeEach(() => extension.host.reset());

const post = (body: unknown) => extension.call('POST', '/api/notes', { body });

describe('the status', () => {
  it('names the user and has no notes at first', async () => {
    const answer = await extension.call('GET', '/api/status');
    expect(answer.status).toBe(200);
    expect(answer.json<Status>()).toMatchObject({ user: { name: 'Test User' }, notes: [] });
  });

  it('is there without a user too', async () => {
    const answer = await extension.call('GET', '/api/status', { user: null });
    expect(answer.json<Status>().user).toBeNull();
  });
});

describe('a note', () => {
  it('is kept, the newest first', async () => {
    await post({ text: ' one ' });
    const answer = await post({ text: 'two' });
    expect(answer.status).toBe(201);
    expect(answer.json<Status>().notes).toMatchObject([
      { id: 2, text: 'two', author: 'Test User' },
      { id: 1, text: 'one', author: 'Test User' },
    ]);
    expect(extension.host.storage.keys('notes')).toEqual(['newest']);
  });

  it('needs a text', async () => {
    const answer = await post({ text: '  ' });
    expect(answer.status).toBe(400);
    expect(extension.host.storage.keys('notes')).toEqual([]);
  });
});
