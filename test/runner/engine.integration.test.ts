import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EngineUnderTest } from './engine-support.js';

describe.each([
  ['restored instances', true],
  ['a new instance for every call', false],
])('a component made from JavaScript, on %s', (_, restoreInstances) => {
  let guest: EngineUnderTest;
  beforeAll(async () => {
    guest = await EngineUnderTest.start('features', {}, { restoreInstances });
  });
  afterAll(async () => guest.engine.stop());

  test('sees the request and its context, and answers with status, headers and body', async () => {
    const outcome = await guest.execute('/echo?a=1&b=%20', {
      method: 'POST',
      headers: [
        ['accept', '*/*'],
        ['x-twice', '1'],
        ['x-twice', '2'],
      ],
      body: 'bödy',
    });
    expect(outcome).toMatchObject({
      kind: 'answer',
      status: 200,
      headers: [['content-type', 'application/json']],
    });
    const body = outcome.kind === 'answer' ? Buffer.from(outcome.body ?? []).toString() : '';
    expect(JSON.parse(body)).toEqual({
      context: {
        requestId: 'request-1',
        tenantId: 'tenant-1',
        extensionId: 'extension-1',
        installId: 'install-1',
        versionId: 'version-1',
      },
      http: {
        method: 'POST',
        url: '/echo?a=1&b=%20',
        headers: [
          { name: 'accept', value: '*/*' },
          { name: 'x-twice', value: '1' },
          { name: 'x-twice', value: '2' },
        ],
        body: { $bytes: 'bödy' },
      },
    });
  });

  test('absent and empty bodies and ids stay apart', async () => {
    expect(await guest.json('/echo', { installId: undefined, requestId: undefined })).toEqual({
      context: { tenantId: 'tenant-1', extensionId: 'extension-1', versionId: 'version-1' },
      http: { method: 'GET', url: '/echo', headers: [] },
    });
    const empty = (await guest.json('/echo', { body: '' })) as { http: object };
    expect(empty.http).toMatchObject({ body: { $bytes: '' } });
    const none = await guest.execute('/no-body');
    expect(none).toMatchObject({ kind: 'answer', status: 204, headers: [] });
    expect(none).not.toHaveProperty('body');
  });

  test('header names keep their case and duplicates their order', async () => {
    expect(await guest.execute('/duplicates')).toMatchObject({
      headers: [
        ['X-Case', 'one'],
        ['X-Case', 'two'],
      ],
    });
  });

  test('nothing a call leaves behind is seen by the next one, whoever makes it', async () => {
    for (let i = 0; i < 12; i++) {
      const tenantId = `tenant-${i % 3}`;
      expect(await guest.json('/count', { tenantId })).toEqual({ counter: 1, kept: 1 });
      expect(await guest.json('/leak', { tenantId })).toEqual({ leak: 'none', counter: 0, kept: 0 });
    }
  });

  test('nor after a call that grew its memory, threw, or was ended', async () => {
    const clean = { leak: 'none', counter: 0, kept: 0 };
    expect(await guest.json('/grow')).toBe(1);
    expect(await guest.json('/leak')).toEqual(clean);
    expect(await guest.execute('/throw')).toMatchObject({ kind: 'failure' });
    expect(await guest.json('/leak')).toEqual(clean);
    expect(await guest.execute('/loop', { timeoutMs: 100 })).toMatchObject({ reason: 'timeout' });
    expect(await guest.json('/leak')).toEqual(clean);
  });

  test('asynchronous handlers, timers and clocks work', async () => {
    expect(await guest.json('/async')).toBe('later');
    const { waited } = (await guest.json('/timer')) as { waited: number };
    expect(waited).toBeGreaterThanOrEqual(25);
    const before = Date.now();
    const first = (await guest.json('/clock')) as { now: number; random: number };
    const second = (await guest.json('/clock')) as { now: number; random: number };
    expect(first.now).toBeGreaterThanOrEqual(before - 1);
    expect(first.now).toBeLessThanOrEqual(Date.now() + 1);
    expect(second.random).not.toBe(first.random);
  });

  test('what it writes arrives line by line with the ids of its request', async () => {
    guest.events.length = 0;
    await guest.text('/log', { requestId: 'r-log', tenantId: 't-log' });
    const ids = {
      requestId: 'r-log',
      tenantId: 't-log',
      extensionId: 'extension-1',
      installId: 'install-1',
      versionId: 'version-1',
    };
    expect(guest.events).toEqual(
      [
        { stream: 'stdout', level: 'info', message: 'to stdout 1' },
        { stream: 'stderr', level: 'error', message: 'to stderr' },
        { stream: 'log', level: 'info', message: 'information' },
        { stream: 'log', level: 'warn', message: 'warning' },
        { stream: 'log', level: 'error', message: 'error\nwith a second line' },
      ].map((event) => ({ ...event, ...ids, contentHash: 'sha256:00', ts: expect.any(Number) })),
    );
  });

  test('an exception it does not catch is told with message and place', async () => {
    const thrown = await guest.execute('/throw');
    expect(thrown).toMatchObject({ kind: 'failure', code: 'execute_failed', reason: 'trap' });
    expect(thrown).toHaveProperty(
      'message',
      expect.stringMatching(
        /^uncaught exception: deep trouble \(handler\.js:\d+:\d+\) \(wasm trap: unreachable\)$/,
      ),
    );
    expect(thrown).toHaveProperty('stack', expect.stringMatching(/^ {4}at inner \(handler\.js:\d+:\d+\)\n/));
    const rejected = await guest.execute('/reject');
    expect(rejected).toHaveProperty('message', expect.stringContaining('uncaught exception: too late'));
    const shape = await guest.execute('/no-headers');
    expect(shape).toHaveProperty(
      'message',
      expect.stringContaining('gave back something that is no response'),
    );
  });
});

describe('a component with every optional feature off', () => {
  let guest: EngineUnderTest;
  beforeAll(async () => {
    guest = await EngineUnderTest.start('plain');
  });
  afterAll(async () => guest.engine.stop());

  test('answers, isolated, with the clock and random values it was built with', async () => {
    expect(await guest.json('/count')).toEqual({ counter: 1, kept: 1 });
    expect(await guest.json('/count')).toEqual({ counter: 1, kept: 1 });
    const first = await guest.json('/clock');
    expect(await guest.json('/clock')).toEqual(first);
  });

  test('traps where the feature is missing, and the next call works', async () => {
    expect(await guest.execute('/timer')).toMatchObject({
      kind: 'failure',
      code: 'execute_failed',
      reason: 'trap',
      message: 'wasm trap: unreachable',
    });
    expect(await guest.json('/async')).toBe('later');
  });
});

describe('a component made from Rust', () => {
  let guest: EngineUnderTest;
  beforeAll(async () => {
    guest = await EngineUnderTest.start('rust');
  });
  afterAll(async () => guest.engine.stop());

  test('answers, isolated, with host calls, clock and standard streams', async () => {
    expect(await guest.text('/somewhere?x=1', { method: 'PUT' })).toBe('PUT /somewhere?x=1 tenant-1');
    expect(await guest.text('/count')).toBe('call 1');
    expect(await guest.text('/count')).toBe('call 1');
    const now = Number(await guest.text('/clock'));
    expect(Math.abs(now - Date.now())).toBeLessThan(10_000);
    expect(await guest.text('/secret')).toBe('error case 1');
    guest.events.length = 0;
    await guest.text('/log');
    expect(guest.events.map(({ stream, message }) => [stream, message])).toEqual([
      ['stdout', 'rust to stdout'],
      ['stderr', 'rust to stderr'],
      ['log', 'rust logs'],
    ]);
  });

  test('a panic is told with its message and place', async () => {
    expect(await guest.execute('/panic')).toMatchObject({
      reason: 'trap',
      message: expect.stringMatching(
        /^panicked: rust is in trouble \(handler\.rs:\d+:\d+\) \(wasm trap: unreachable\)$/,
      ),
    });
    expect(await guest.text('/count')).toBe('call 1');
  });
});
