import { describe, expect, test } from 'vitest';
import type { RequestOverrides } from '../engine-support.js';
import { EXTENSION, subject, TENANT } from './subject.js';

const STREAM = `ext-debug:${TENANT}:${EXTENSION}`;

/** The events of one request, which its id tells from all others. */
function eventsOf(requestId: string): Array<Record<string, string>> {
  return subject.redis.entries(STREAM).filter(({ request }) => request === requestId);
}

async function log(name: string, message: string, overrides: RequestOverrides): Promise<void> {
  await subject.hostCall(['logging', name], [message], overrides);
}

let made = 0;
function newId(): string {
  made += 1;
  return `debug-${Date.now()}-${made}`;
}

describe('debug events', () => {
  test.each([
    ['logInfo', 'info'],
    ['logWarn', 'warn'],
    ['logError', 'error'],
  ])('of logging.%s have the level %s and the ids of their request', async (name, level) => {
    const requestId = newId();
    await log(name, 'a line', { requestId });
    await expect
      .poll(() => eventsOf(requestId))
      .toMatchObject([
        {
          ts: expect.stringMatching(/^\d{13}$/),
          level,
          stream: 'log',
          tenant: TENANT,
          extension: EXTENSION,
          install: 'install-1',
          request: requestId,
          version: 'version-1',
          message: 'a line',
          truncated: '0',
        },
      ]);
  });

  test('are entries of a trimmed stream', async () => {
    const requestId = newId();
    await log('logInfo', 'x', { requestId });
    await expect.poll(() => eventsOf(requestId)).toHaveLength(1);
    const added = subject.redis.commands.findLast(([name]) => name === 'XADD');
    expect(added?.slice(0, 7)).toEqual(['XADD', STREAM, 'MAXLEN', '~', '2000', '*', 'ts']);
  });

  test('are cut at their bound, and say so', async () => {
    const requestId = newId();
    await log('logInfo', 'x'.repeat(500), { requestId });
    await expect
      .poll(() => eventsOf(requestId))
      .toMatchObject([{ message: 'x'.repeat(200), truncated: '1' }]);
  });

  test('tell what failed, and why', async () => {
    const [thrown, sealed, late] = [newId(), newId(), newId()];
    await subject.execute('/throw', { requestId: thrown });
    await subject.execute('/echo', { requestId: sealed, secretEnvelope: { ciphertextB64: '%%%' } });
    await subject.execute('/loop', { requestId: late, timeoutMs: 100 });
    const failure = (message: RegExp): object => [
      { level: 'error', stream: 'log', message: expect.stringMatching(message) },
    ];
    await expect.poll(() => eventsOf(thrown)).toMatchObject(failure(/^execute failed: /));
    await expect.poll(() => eventsOf(sealed)).toMatchObject(failure(/^secret envelope decryption failed: /));
    await expect.poll(() => eventsOf(late)).toMatchObject(failure(/^execute failed: /));
  });
});
