import { startExtension, type TestExtension } from 'alga/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

/** The built component itself, between host services in memory. */
let extension: TestExtension;

beforeAll(async () => {
  extension = await startExtension();
});
afterAll(() => extension.stop());
beforeEach(() => extension.host.reset());

describe('the handler', () => {
  it('says hello in the name of its installation', async () => {
    const answer = await extension.call('GET', '/api/hello');
    expect(answer.status).toBe(200);
    expect(answer.json()).toEqual({
      message: 'Hello from the handler',
      tenantId: extension.host.tenantId,
      extensionId: extension.host.extensionId,
    });
    expect(answer.logs.map(({ text }) => text)).toEqual(['GET /api/hello']);
  });

  it('gives back what it is sent', async () => {
    const answer = await extension.call('POST', '/api/echo', { body: { number: 1 } });
    expect(answer.json()).toEqual({ echo: { number: 1 } });
  });
});
