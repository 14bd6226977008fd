import { spawn } from 'node:child_process';
import { chmod, chown, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { anyFreePort, isPortFree } from '../../src/core/ports.js';
import { signalGroup } from '../../src/core/process.js';
import { type Postgres, type PostgresOptions, startPostgres } from '../../src/stack/embedded/postgres.js';
import { NOBODY, programOutput } from './fixtures/other-user.js';

const PASSWORD = 'p@ss/w:rd';
const root = process.getuid?.() === 0;
const folders: string[] = [];
const running: Postgres[] = [];

async function folder(mode = 0o700): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'alga-pg-'));
  await chmod(path, mode);
  folders.push(path);
  return path;
}

async function start(home: string, more: Partial<PostgresOptions> = {}): Promise<Postgres> {
  const server = await startPostgres({
    dataDir: join(home, 'postgres', 'data'),
    password: PASSWORD,
    ports: { preferred: [await anyFreePort()] },
    env: process.env,
    log: () => undefined,
    logFile: '',
    onProgress: () => undefined,
    onSpawn: () => undefined,
    ...more,
  });
  running.push(server);
  return server;
}

async function query(connectionString: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
  await Promise.all(folders.splice(0).map((path) => rm(path, { recursive: true, force: true })));
});

describe('startPostgres', () => {
  it('makes the database, keeps it over a stop, and leaves neither process nor port', async () => {
    const home = await folder();
    const progress: string[] = [];
    const first = await start(home, { onProgress: (text) => progress.push(text) });
    expect(progress).toEqual(['creating the database (first start)', 'starting PostgreSQL']);
    expect(
      await query(first.connectionString, 'SELECT current_database() AS db, current_user AS name'),
    ).toEqual([{ db: 'server', name: 'postgres' }]);
    await query(
      first.connectionString,
      'CREATE EXTENSION pgcrypto; CREATE TABLE kept (x int); INSERT INTO kept VALUES (7)',
    );
    const exit = await first.stop();
    expect(exit).toEqual({ code: 0, signal: null });
    expect(await isPortFree(first.port)).toBe(true);

    const again: string[] = [];
    const second = await start(home, { onProgress: (text) => again.push(text) });
    expect(again).toEqual(['starting PostgreSQL']);
    expect(await query(second.connectionString, 'SELECT x FROM kept')).toEqual([{ x: 7 }]);
  });

  it('refuses a wrong password and is not reachable without one', async () => {
    const server = await start(await folder());
    const wrong = server.connectionString.replace(encodeURIComponent(PASSWORD), 'wrong');
    await expect(query(wrong, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
    const none = `postgresql://postgres@127.0.0.1:${server.port}/server`;
    await expect(query(none, 'SELECT 1')).rejects.toThrow(/password/);
  });

  it('stops within its bound although a client stays connected', async () => {
    const server = await start(await folder());
    const client = new Client({ connectionString: server.connectionString });
    const lost = new Promise<Error>((resolve) => client.on('error', resolve));
    await client.connect();
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    expect(await lost).toBeInstanceOf(Error);
  });

  it('takes the next port when the wished one is held, and fails when it must be that one', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const address = holder.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const home = await folder();
    try {
      expect((await start(home, { ports: { preferred: [port] } })).port).not.toBe(port);
      await running.pop()?.stop();
      await expect(start(home, { ports: { only: port } })).rejects.toMatchObject({
        code: 'STACK_DATABASE_FAILED',
        message: expect.stringContaining(`port ${port}`),
      });
    } finally {
      await new Promise((resolve) => holder.close(resolve));
    }
  });

  it('stops a server left over from a killed owner and starts anew on its data', async () => {
    const home = await folder();
    const orphan = await start(home);
    await query(orphan.connectionString, 'CREATE TABLE kept (x int)');
    const second = await start(home);
    await orphan.exited;
    expect(second.pid).not.toBe(orphan.pid);
    expect(await query(second.connectionString, 'SELECT count(*)::int AS n FROM kept')).toEqual([{ n: 0 }]);
  });

  it('starts after kill -9, and when the lock file names a process of some other program', async () => {
    const home = await folder();
    const first = await start(home);
    signalGroup(first.pid, 'SIGKILL');
    expect(await first.exited).toEqual({ code: null, signal: 'SIGKILL' });
    const lock = join(home, 'postgres', 'data', 'postmaster.pid');
    const text = await readFile(lock, 'utf8');
    await writeFile(lock, text.replace(String(first.pid), String(process.pid)));
    const second = await start(home);
    expect(await query(second.connectionString, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('starts over when the first start was cut off in the middle', async () => {
    const home = await folder();
    const cut = new Error('cut');
    await expect(
      start(home, {
        onProgress: (text) => {
          if (text.startsWith('starting')) throw cut;
        },
      }),
    ).rejects.toBe(cut);
    await rm(join(home, 'postgres', 'data', 'PG_VERSION'));
    await rm(join(home, 'postgres', 'data'), { recursive: true });
    await writeFile(join(home, 'postgres', 'password.new'), 'old');
    const server = await start(home);
    expect(await query(server.connectionString, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('says which version made data that no server here can read', async () => {
    const home = await folder();
    const server = await start(home);
    await server.stop();
    await writeFile(join(home, 'postgres', 'data', 'PG_VERSION'), '9\n');
    await expect(start(home)).rejects.toMatchObject({
      code: 'STACK_DATABASE_VERSION',
      message: expect.stringContaining('PostgreSQL 9'),
      hint: expect.stringContaining('alga stack reset'),
    });
  });

  it('names the log line when the server cannot start', async () => {
    const home = await folder();
    await (await start(home)).stop();
    await rm(join(home, 'postgres', 'data', 'global'), { recursive: true });
    await expect(start(home)).rejects.toMatchObject({
      code: 'STACK_DATABASE_FAILED',
      message: expect.stringMatching(/pg_control|database system/),
    });
  });
});

describe.runIf(root)('as root', () => {
  it.each(['nobody', 'namespace', 'copy'] as const)('runs the server by way of %s', async (launch) => {
    const home = await folder(launch === 'nobody' ? 0o755 : 0o700);
    const publicRoot = await folder(0o755);
    const server = await start(home, { rootLaunches: [launch], publicRoot });
    expect(await query(server.connectionString, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('keeps the data when the way changes', async () => {
    const home = await folder(0o755);
    const publicRoot = await folder(0o755);
    for (const [index, launch] of (['namespace', 'nobody', 'copy', 'namespace'] as const).entries()) {
      const server = await start(home, { rootLaunches: [launch], publicRoot });
      if (index === 0) await query(server.connectionString, 'CREATE TABLE kept (x int)');
      expect(await query(server.connectionString, 'SELECT count(*)::int AS n FROM kept'), launch).toEqual([
        { n: 0 },
      ]);
      await server.stop();
    }
  });

  it('says why when no way works', async () => {
    const home = await folder();
    await expect(start(home, { rootLaunches: ['nobody'] })).rejects.toMatchObject({
      code: 'STACK_ROOT_REFUSED',
      message: expect.stringContaining('cannot reach'),
    });
  });

  it('runs for a normal user, whose files it leaves private', async () => {
    const home = await folder();
    await chown(home, NOBODY, NOBODY);
    const output = await programOutput('postgres-once.mjs', [home], NOBODY);
    expect(JSON.parse(output)).toEqual({ database: 'server', user: NOBODY });
    const data = await stat(join(home, 'postgres', 'data'));
    expect([data.uid, data.mode & 0o777]).toEqual([NOBODY, 0o700]);
  });
});

it.skipIf(!(await hasInstalledServer()))(
  'uses an installed server where the npm package is missing',
  async () => {
    const server = await start(await folder(), { installedOnly: true });
    const [row] = await query(server.connectionString, 'SHOW server_version_num');
    expect(Number(row?.server_version_num)).toBeGreaterThan(120_000);
  },
);

function hasInstalledServer(): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn('postgres', ['--version'], { stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}
