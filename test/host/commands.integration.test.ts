import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { packageRoot } from '../../src/core/entry.js';
import { lockProject } from '../../src/dev/session-lock.js';
import { announceSession } from '../../src/dev/state.js';
import { startTestServer, type TestServer } from '../registry/support/database.js';
import { hashOf } from '../registry/support/publication.js';
import { runAlga, sessionEnvironment } from '../support/session.js';
import { eventually } from './support/eventually.js';
import { startTestHost, type TestHost } from './support/test-host.js';

let server: TestServer;
let it: TestHost;
let project: string;
let release: () => Promise<void>;

beforeAll(async () => {
  server = await startTestServer();
  it = await startTestHost(server);
  project = await mkdtemp(join(tmpdir(), 'alga-attached-'));
  await mkdir(join(project, 'src'));
  release = await lockProject(project);
  await announceSession(project, {
    pid: process.pid,
    origin: it.host.origin,
    runnerUrl: it.runner.url,
    tenantId: it.database.tenantId,
    extensions: [],
  });
});
afterAll(async () => {
  await release?.();
  if (project) await rm(project, { recursive: true });
  await it?.stop();
  await server?.stop();
});
beforeEach(() => {
  it.runner.seen.length = 0;
  it.runner.guest = () => ({ status: 201, body: '{"made":"€"}' });
});

const alga = (...args: string[]) => runAlga(args, project);
const call = (...args: string[]) => alga('call', ...args, '--project', project);
const lines = (text: string): unknown[] =>
  text
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);

/** A handler that says something while it answers. */
const talking = (message: string): void => {
  it.runner.guest = async ({ body }) => {
    const event = {
      ts: Date.now(),
      level: 'warn',
      stream: 'log',
      extensionId: it.rows.registryId,
      requestId: body.context.request_id,
      message,
    };
    await fetch(`${it.host.origin}/__alga/debug-events`, {
      method: 'POST',
      headers: { 'x-runner-auth': it.tokens.serviceToken, 'content-type': 'application/json' },
      body: JSON.stringify({ events: [event] }),
    });
    return { body: 'said' };
  };
};

describe('alga call', () => {
  test('gives the body on stdout as it is, and all about it on stderr', async () => {
    const { code, stdout, stderr } = await call('post', '/hello?a=b%20c', '--data', '{"x":1}');
    expect({ code, stdout }).toEqual({ code: 0, stdout: '{"made":"€"}' });
    expect(stderr).toContain('201 POST /hello?a=b+c');
    expect(stderr).toContain('as admin');
    expect(it.runner.seen[0]?.body).toMatchObject({
      context: { extension_id: it.rows.registryId },
      http: {
        method: 'POST',
        path: '/hello',
        query: { a: 'b c' },
        headers: { 'content-type': 'application/json' },
        body_b64: Buffer.from('{"x":1}').toString('base64'),
      },
    });
  });

  test('--json gives one object with what the caller never sees: logs and the runner’s error', async () => {
    talking('a line of the guest');
    const { code, stdout } = await call('GET', 'hello', '--json');
    const [answer] = lines(stdout);
    expect(code).toBe(0);
    expect(answer).toMatchObject({
      type: 'answer',
      status: 200,
      text: 'said',
      user: 'admin',
      contentHash: hashOf('first'),
      logs: [{ level: 'warn', message: 'a line of the guest' }],
    });
    it.runner.guest = () => ({ status: 500, error: 'execute_failed' });
    const failed = await call('GET', '/hello', '--json');
    expect(failed.code).toBe(1);
    expect(lines(failed.stdout)).toMatchObject([{ status: 500, runnerError: 'execute_failed', text: '' }]);
  });

  test('waits for what the handler says that comes after its answer', async () => {
    it.runner.guest = ({ body }) => {
      const { request_id: requestId } = body.context;
      const say = (message: string) =>
        fetch(`${it.host.origin}/__alga/debug-events`, {
          method: 'POST',
          headers: { 'x-runner-auth': it.tokens.serviceToken, 'content-type': 'application/json' },
          body: JSON.stringify({
            events: [
              {
                ts: Date.now(),
                level: 'info',
                stream: 'log',
                extensionId: it.rows.registryId,
                requestId,
                message,
              },
            ],
          }),
        });
      const answered = () => it.seen.onRequest.some((record) => record.requestId === requestId);
      void expect
        .poll(answered, { interval: 5 })
        .toBe(true)
        .then(() => say('late'))
        .then(() => say('later'));
      return { body: 'said' };
    };
    const { stdout } = await call('GET', '/hello', '--json');
    expect(lines(stdout)).toMatchObject([{ logs: [{ message: 'late' }, { message: 'later' }] }]);
  });

  test.each([
    ['dana', 0, 200],
    ['newcomer', 1, 403],
    ['signed-out', 1, 401],
  ])('--as %s ends with %i and status %i', async (user, exit, status) => {
    it.runner.guest = () => ({ body: 'ok' });
    const { code, stdout } = await call('GET', '/hello', '--as', user, '--json');
    expect(code).toBe(exit);
    expect(lines(stdout)).toMatchObject([{ status }]);
  });

  test('takes the body from a file', async () => {
    const file = join(project, 'body.bin');
    await writeFile(file, Buffer.from([0, 255, 1]));
    await call('PUT', '/hello', '--data', `@${file}`);
    const sent = it.runner.seen[0]?.body.http;
    expect(Buffer.from(sent.body_b64, 'base64')).toEqual(Buffer.from([0, 255, 1]));
    expect(sent.headers['content-type']).toBe('application/octet-stream');
  });

  test.each([
    [['FETCH', '/hello'], 2, 'CLI_OPTION_INVALID'],
    [['GET', '/hello', '--data', 'x'], 2, 'CLI_OPTION_INVALID'],
    [['GET', '/hello', '--as', 'nobody'], 2, 'CLI_USER_UNKNOWN'],
    [['GET', '/hello', '--extension', 'other'], 2, 'CLI_EXTENSION_UNCLEAR'],
    [['POST', '/hello', '--data', '@/nowhere/file'], 2, 'CLI_DATA_UNREADABLE'],
    [['GET', '/hello', '--url', 'ftp://x'], 2, 'CLI_OPTION_INVALID'],
    [['GET', '/hello', '--url', 'http://127.0.0.1:1'], 3, 'HOST_NOT_THERE'],
  ])('%j is refused: %i %s', async (args, exit, code) => {
    const result = await call(...args, '--json');
    expect(result.code).toBe(exit);
    expect(lines(result.stdout)).toMatchObject([{ type: 'error', code }]);
    expect(it.runner.seen).toEqual([]);
  });

  test('finds the session of the folder above; without one it says how to start one', async () => {
    const below = await alga('call', 'GET', '/hello', '--project', join(project, 'src'));
    expect(below.code).toBe(0);
    const elsewhere = await alga('call', 'GET', '/hello', '--project', tmpdir());
    expect(elsewhere.code).toBe(3);
    expect(elsewhere.stderr).toContain('SESSION_NOT_RUNNING');
    expect(elsewhere.stderr).toContain('alga dev');
  });
});

describe('alga secrets', () => {
  const secrets = (...args: string[]) => alga('secrets', ...args, '--project', project);
  /** Runs with a value on the standard input. */
  const set = async (name: string, value: string): Promise<[number | null, string]> => {
    const args = [join(packageRoot(), 'bin', 'alga.mjs'), 'secrets', 'set', name, '--project', project];
    const child = spawn(process.execPath, args, { env: sessionEnvironment(project) });
    const said: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk));
    child.stdin.end(value);
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return [code, Buffer.concat(said).toString()];
  };
  const sent = async (): Promise<unknown> => {
    await call('GET', '/hello');
    const envelope = it.runner.seen.at(-1)?.body.secret_envelope;
    return envelope && JSON.parse(Buffer.from(envelope.ciphertext_b64, 'base64').toString());
  };

  test('set one from the standard input, which the next call has; list and remove it by its name', async () => {
    const [code, said] = await set('API_KEY', 'very secret\n');
    expect({ code, said }).toEqual({
      code: 0,
      said: 'API_KEY is set; the handler reads it with its next call.\n',
    });
    expect(await sent()).toEqual({ API_KEY: 'very secret' });
    const listed = await secrets('list', '--json');
    expect(lines(listed.stdout)).toMatchObject([{ type: 'secrets', names: ['API_KEY'], readable: true }]);
    expect((await secrets('list')).stdout).toBe('API_KEY\n');
    expect((await secrets('remove', 'API_KEY')).stdout).toBe('API_KEY is removed.\n');
    expect((await secrets('list')).stdout).toBe('');
  });

  test('what cannot be is refused in words', async () => {
    const unknown = await secrets('remove', 'NONE', '--json');
    expect([unknown.code, ...lines(unknown.stdout)]).toMatchObject([2, { code: 'CLI_SECRET_UNKNOWN' }]);
    const [code, said] = await set('EMPTY', '\n');
    expect([code, said]).toEqual([1, expect.stringContaining('A secret needs a value')]);
  });
});

describe('alga logs', () => {
  test('shows the latest requests, oldest first, with what their handlers said', async () => {
    talking('said while answering');
    await call('GET', '/hello');
    it.runner.guest = () => ({ status: 404, body: 'no' });
    await call('GET', '/items/7', '--as', 'tech');
    const { code, stdout } = await alga('logs', project, '--lines', '2', '--json');
    expect(code).toBe(0);
    expect(lines(stdout)).toMatchObject([
      { type: 'guestLog', level: 'warn', message: 'said while answering' },
      { type: 'request', method: 'GET', path: '/hello', status: 200, user: 'admin' },
      { type: 'request', method: 'GET', path: '/items/7', status: 404, user: 'tech' },
    ]);
    const text = (await alga('logs', '--url', `${it.host.origin}/msp/settings`, '-n', '1')).stdout;
    expect(text).toMatch(/^\d\d:\d\d:\d\d 404 GET \/items\/7 .*as tech/);
  });

  test('no line of a handler can drive the terminal', async () => {
    talking('red \u001b[31m title \u001b]0;owned\u0007 bidi \u202e end');
    await call('GET', '/hello');
    const { stdout } = await alga('logs', project, '-n', '1');
    expect(stdout).toContain('red  title  bidi  end');
  });

  test('--follow goes on, shows nothing twice, and ends with the session', async () => {
    const own = await startTestHost(server);
    const child = spawn(
      process.execPath,
      [join(packageRoot(), 'bin', 'alga.mjs'), 'logs', '--follow', '--json', '--url', own.host.origin],
      { env: sessionEnvironment(project), stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const shown: { type: string; path?: string; blocked?: string }[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => shown.push(JSON.parse(line)));
    const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
    const ask = (path: string) => fetch(`${own.host.origin}/api/ext/${own.rows.registryId}${path}`);
    await ask('/hello');
    await eventually(() => shown.length).toBe(1);
    await ask('/items/1');
    await fetch(`${own.host.origin}/__alga/csp/${own.rows.registryId}`, {
      method: 'POST',
      headers: { 'content-type': 'application/csp-report' },
      body: JSON.stringify({ 'csp-report': { 'effective-directive': 'img-src', 'blocked-uri': 'blob' } }),
    });
    await eventually(() => shown.length).toBe(3);
    expect(shown).toMatchObject([
      { type: 'request', path: '/hello' },
      { type: 'request', path: '/items/1' },
      { type: 'csp', blocked: 'blob' },
    ]);
    await own.stop();
    expect(await ended).toBe(0);
  });

  test('--follow leaves at a signal', async () => {
    const child = spawn(
      process.execPath,
      [join(packageRoot(), 'bin', 'alga.mjs'), 'logs', project, '--follow', '--json'],
      { env: sessionEnvironment(project), stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const ended = new Promise<unknown[]>((resolve) => child.on('exit', (...how) => resolve(how)));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
  });
});
