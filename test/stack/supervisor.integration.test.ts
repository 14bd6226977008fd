import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  chown,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/core/entry.js';
import { runtimeDir } from '../../src/core/paths.js';
import { isPortFree } from '../../src/core/ports.js';
import { identifySelf } from '../../src/core/process.js';
import { launchStackAhead } from '../../src/stack/ahead.js';
import { openStack, resetStack, stackStatus, stopStack } from '../../src/stack/index.js';
import { openTestStack, type TestStack, temporaryHome } from '../support/stack.js';
import { NOBODY } from './fixtures/other-user.js';
import { portOf, processTree, query, SessionProcess, storeClient, survivors } from './fixtures/sessions.js';

const root = process.getuid?.() === 0;
let home: Pick<TestStack, 'home' | 'env' | 'close'>;
const sessions: SessionProcess[] = [];

beforeEach(async () => {
  home = await temporaryHome();
});
afterEach(async () => {
  await Promise.all(sessions.splice(0).map((session) => session.kill()));
  await home.close();
  expect(await stat(runtimeDir(home.env)).catch(() => 'gone')).toBe('gone');
});

function session(uid?: number): SessionProcess {
  const started = new SessionProcess(home.env, uid);
  sessions.push(started);
  return started;
}

const stackFile = (...names: string[]): string => join(home.home, 'stack', ...names);

/** The supervisor and everything below it. */
async function stackProcesses(): Promise<number[]> {
  const { pid } = await stackStatus({ env: home.env });
  if (pid === undefined) throw new Error('no supervisor runs');
  const tree = await processTree(pid);
  // Supervisor, watchdog, store, database with at least its checkpointer.
  expect(tree.length).toBeGreaterThanOrEqual(5);
  return tree;
}

async function pidOf(service: 'database' | 'store'): Promise<number> {
  const { services } = await stackStatus({ env: home.env });
  const pid = services.find(({ name }) => name === service)?.pid;
  if (pid === undefined) throw new Error(`${service} does not run`);
  return pid;
}

/** E7: nothing of the stack is left. */
async function expectGone(processes: readonly number[], addresses: readonly string[]): Promise<void> {
  await expect.poll(() => survivors(processes), { timeout: 10_000 }).toEqual([]);
  for (const address of addresses) expect(await isPortFree(portOf(address)), address).toBe(true);
  expect(await stackStatus({ env: home.env })).toMatchObject({ running: false, sessions: [] });
  const left = (await readdir(stackFile())).filter((name) => name.startsWith('supervisor'));
  expect(left).toEqual([]);
  expect(await stat(runtimeDir(home.env)).catch(() => 'gone')).toBe('gone');
}

describe('a stack', () => {
  it('is a database and a bucket, private to its user, on loopback only', async () => {
    const progress: string[] = [];
    const stack = await openStack({
      kind: 'embedded',
      env: home.env,
      onProgress: (text) => progress.push(text),
    });
    expect(progress).toContain('creating the database (first start)');
    const { connectionString } = stack.database;
    expect(await query(connectionString, 'SELECT current_database() AS db')).toEqual([{ db: 'server' }]);
    const s3 = storeClient(stack.store);
    expect(await s3.bucketExists('extensions')).toBe(true);
    expect(stack.store).toMatchObject({ bucket: 'extensions', region: 'us-east-1' });
    const secrets = [stack.store.secretKey, new URL(connectionString).password];
    const processes = await stackProcesses();
    for (const pid of processes) {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      for (const secret of secrets) expect(command, 'E2: a secret in a command line').not.toContain(secret);
    }
    for (const name of await readdir(stackFile('logs'))) {
      const text = await readFile(stackFile('logs', name), 'utf8');
      for (const secret of secrets) expect(text, `E2: a secret in ${name}`).not.toContain(secret);
    }
    expect((await stat(stackFile('credentials.json'))).mode & 0o777).toBe(0o600);
    expect((await stat(stackFile('supervisor.json'))).mode & 0o777).toBe(0o600);
    expect((await stat(runtimeDir(home.env))).mode & 0o777).toBe(0o700);
    for (const address of outsideAddresses()) {
      for (const port of [portOf(connectionString), portOf(stack.store.endpoint)]) {
        expect(await answers(address, port), `D9: ${address}:${port}`).toBe(false);
      }
    }
    await stack.close();
    await expectGone(processes, [connectionString, stack.store.endpoint]);
  });

  it('keeps data, secrets and ports from one start to the next', async () => {
    const first = await openStack({ kind: 'embedded', env: home.env });
    await query(first.database.connectionString, 'CREATE TABLE kept (x int)');
    await storeClient(first.store).putObject('extensions', 'kept', 'object');
    await first.close();
    const second = await openStack({ kind: 'embedded', env: home.env });
    expect([second.database, second.store]).toEqual([first.database, first.store]);
    expect(await query(second.database.connectionString, 'SELECT * FROM kept')).toEqual([]);
    expect((await storeClient(second.store).statObject('extensions', 'kept')).size).toBe(6);
    await second.close();
  });

  it('gives up a remembered port that somebody else holds, on either address family', async () => {
    const first = await openStack({ kind: 'embedded', env: home.env });
    await first.close();
    const holder = createServer();
    const port = portOf(first.store.endpoint);
    await new Promise<void>((resolve) => holder.listen(port, '::1', resolve));
    try {
      const second = await openStack({ kind: 'embedded', env: home.env });
      expect(portOf(second.store.endpoint)).not.toBe(port);
      expect(second.database).toEqual(first.database);
      await second.close();
    } finally {
      await new Promise((resolve) => holder.close(resolve));
    }
  });

  it('may be named by a relative path and have a long one', async () => {
    const long = join(home.home, ...Array.from({ length: 6 }, () => 'a-folder-with-a-long-name'));
    const env = { ...home.env, ALGA_HOME: relative(process.cwd(), long) };
    const stack = await openStack({ kind: 'embedded', env });
    expect(await query(stack.database.connectionString, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(await stackStatus({ env: { ...env, ALGA_HOME: long } })).toMatchObject({ running: true });
    await stack.close();
  });

  it('of another kind says that it is not there yet', async () => {
    for (const kind of ['docker', 'external'] as const) {
      await expect(openStack({ kind, env: home.env })).rejects.toMatchObject({
        code: 'STACK_KIND_UNAVAILABLE',
        hint: expect.stringContaining('--stack embedded'),
      });
    }
  });
});

describe('a stack for tests', () => {
  it('takes everything away with it', async () => {
    const opened = await openTestStack();
    const { connectionString } = opened.stack.database;
    expect(await query(connectionString, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await opened.close();
    expect(await isPortFree(portOf(connectionString))).toBe(true);
    expect(await stat(opened.home).catch(() => 'gone')).toBe('gone');
  });
});

describe('several sessions', () => {
  it('share one stack, which ends with the last of them', async () => {
    const [first, second] = [session(), session()];
    const [a, b] = [await first.opened(), await second.opened()];
    expect(a).toEqual(b);
    const processes = await stackProcesses();
    expect([...(await stackStatus({ env: home.env })).sessions].sort()).toEqual(
      [first.child.pid, second.child.pid].sort(),
    );
    await first.close();
    expect(await query(b.connectionString, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await second.close();
    await expectGone(processes, [a.connectionString, a.store.endpoint]);
  });

  it('that begin at the same moment start one stack', async () => {
    const many = Array.from({ length: 5 }, () => session());
    const opened = await Promise.all(many.map((one) => one.opened()));
    for (const other of opened) expect(other).toEqual(opened[0]);
    expect((await stackStatus({ env: home.env })).sessions).toHaveLength(5);
    await stackProcesses();
  });

  it('may come in the very moment the last one leaves', async () => {
    let last = await openStack({ kind: 'embedded', env: home.env });
    const { database } = last;
    for (let round = 0; round < 8; round++) {
      const [next] = await Promise.all([openStack({ kind: 'embedded', env: home.env }), last.close()]);
      expect(next.database).toEqual(database);
      expect(await query(next.database.connectionString, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      last = next;
    }
    await last.close();
  });

  it('lose nothing when one of them is killed, and leave nothing when all are', async () => {
    const [first, second] = [session(), session()];
    await first.opened();
    const { connectionString, store } = await second.opened();
    const processes = await stackProcesses();
    await first.kill();
    await expect
      .poll(async () => (await stackStatus({ env: home.env })).sessions)
      .toEqual([second.child.pid]);
    expect(await query(connectionString, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await second.kill();
    await expectGone(processes, [connectionString, store.endpoint]);
  });

  it('a session killed while the stack starts leaves nothing', async () => {
    const only = session();
    await only.until('progress', ({ type }) => type === 'progress');
    const processes = await processTree((await stackStatus({ env: home.env })).pid ?? 0);
    await only.kill();
    await expectGone(processes, []);
  });
});

describe('a stack that is started ahead', () => {
  /** Starts a stack ahead in a process of its own, which then does nothing. */
  const startAhead = (): ChildProcess => {
    const door = JSON.stringify(pathToFileURL(join(packageRoot(), 'dist/src/stack/ahead.js')).href);
    const script = `
      const { launchStackAhead } = await import(${door});
      await launchStackAhead(process.env);
      process.stdin.resume();
    `;
    return spawn(process.execPath, ['--input-type=module', '-e', script], {
      env: home.env,
      stdio: ['pipe', 'ignore', 'inherit'],
    });
  };
  const starts = async (): Promise<number> => {
    const log = await readFile(stackFile('logs', 'supervisor.log'), 'utf8').catch(() => '');
    return log.split('listens').length - 1;
  };

  it('is the one that the session takes', async () => {
    await launchStackAhead(home.env);
    const stack = await openStack({ kind: 'embedded', env: home.env });
    expect(await query(stack.database.connectionString, 'SELECT 1 AS x')).toEqual([{ x: 1 }]);
    expect(await starts()).toBe(1);
    const processes = await stackProcesses();
    await launchStackAhead(home.env);
    const other = await openStack({ kind: 'embedded', env: home.env });
    expect([other.database, await starts()]).toEqual([stack.database, 1]);
    await stack.close();
    await other.close();
    await expectGone(processes, [stack.database.connectionString]);
  });

  it.each([
    ['leaves', (starter: ChildProcess) => starter.stdin?.end()],
    ['is killed', (starter: ChildProcess) => starter.kill('SIGKILL')],
  ])('ends when its starter %s and no session came', async (_, end) => {
    const starter = startAhead();
    await expect.poll(starts, { timeout: 20_000 }).toBe(1);
    const { pid } = await stackStatus({ env: home.env });
    const processes = await processTree(pid ?? 0);
    end(starter);
    await expectGone([starter.pid ?? 0, ...processes], []);
  });

  it('stays when its starter is gone and a session came', async () => {
    const starter = startAhead();
    await expect.poll(starts, { timeout: 20_000 }).toBe(1);
    const one = session();
    const { connectionString } = await one.opened();
    starter.kill('SIGKILL');
    await once(starter, 'exit');
    expect(await query(connectionString, 'SELECT 1 AS x')).toEqual([{ x: 1 }]);
    expect(await starts()).toBe(1);
  });
});

describe('a service that dies', () => {
  it.each(['database', 'store'] as const)('is started again on its port: %s', async (service) => {
    const one = session();
    const { connectionString, store } = await one.opened();
    await query(connectionString, 'CREATE TABLE kept (x int)');
    await storeClient(store).putObject('extensions', 'kept', 'object');
    process.kill(await pidOf(service), 'SIGKILL');
    expect(await one.service(service, 'down')).toMatchObject({ cause: 'was ended by SIGKILL' });
    await one.service(service, 'up');
    expect(await query(connectionString, 'SELECT * FROM kept')).toEqual([]);
    expect((await storeClient(store).statObject('extensions', 'kept')).size).toBe(6);
    expect(one.events.some(({ type }) => type === 'lost')).toBe(false);
  });

  it('again and again is given up, and the sessions are told', async () => {
    const one = session();
    await one.opened();
    const database = await pidOf('database');
    // In one go: taken away file by file it would notice, and end by itself.
    const folder = stackFile('postgres', 'data', 'global');
    await rename(folder, `${folder}-gone`);
    process.kill(database, 'SIGKILL');
    await one.service('database', 'lost');
    const lost = await one.until('lost', ({ type }) => type === 'lost');
    expect(lost).toMatchObject({
      code: 'STACK_SERVICE_GAVE_UP',
      message: expect.stringContaining('database'),
    });
  });
});

describe('a supervisor that is killed', () => {
  it('leaves no service behind; its sessions are told and get the stack back as it was', async () => {
    const [first, second] = [session(), session()];
    const { connectionString, store } = await first.opened();
    await second.opened();
    await query(connectionString, 'CREATE TABLE kept (x int)');
    const processes = await stackProcesses();
    process.kill(processes[0] ?? 0, 'SIGKILL');
    for (const one of [first, second]) {
      const lost = await one.until('lost', ({ type }) => type === 'lost');
      expect(lost).toMatchObject({ code: 'STACK_SUPERVISOR_LOST' });
      await one.service('supervisor', 'up');
    }
    expect(await survivors(processes)).toEqual([]);
    expect(await query(connectionString, 'SELECT * FROM kept')).toEqual([]);
    expect(await storeClient(store).bucketExists('extensions')).toBe(true);
    expect((await stackStatus({ env: home.env })).sessions).toHaveLength(2);
  });

  it('takes its services with it also when no session is left', async () => {
    const one = session();
    const { connectionString, store } = await one.opened();
    const processes = await stackProcesses();
    one.child.kill('SIGSTOP');
    process.kill(processes[0] ?? 0, 'SIGKILL');
    await expect.poll(() => survivors(processes), { timeout: 10_000 }).toEqual([]);
    for (const address of [connectionString, store.endpoint])
      expect(await isPortFree(portOf(address))).toBe(true);
    await one.kill();
  });

  it('together with its watchdog is cleaned up after by the next start', async () => {
    const one = session();
    const before = await one.opened();
    const processes = await stackProcesses();
    const database = await pidOf('database');
    one.child.kill('SIGSTOP');
    const watchdog = await watchdogOf(processes);
    process.kill(watchdog, 'SIGSTOP');
    process.kill(processes[0] ?? 0, 'SIGKILL');
    process.kill(watchdog, 'SIGKILL');
    await expect.poll(() => survivors([processes[0] ?? 0, watchdog])).toEqual([]);
    expect(await survivors([database])).toEqual([database]);
    const stack = await openStack({ kind: 'embedded', env: home.env });
    expect(await survivors(processes)).toEqual([]);
    expect(stack.database.connectionString).toBe(before.connectionString);
    await one.kill();
    await stack.close();
  });

  it('has its watchdog replaced when that one is killed', async () => {
    const one = session();
    await one.opened();
    const before = await stackProcesses();
    const first = await watchdogOf(before);
    process.kill(first, 'SIGKILL');
    await expect.poll(async () => watchdogOf(await stackProcesses()).catch(() => first)).not.toBe(first);
    const processes = await stackProcesses();
    one.child.kill('SIGSTOP');
    process.kill(processes[0] ?? 0, 'SIGKILL');
    await expect.poll(() => survivors(processes), { timeout: 10_000 }).toEqual([]);
    await one.kill();
  });
});

describe('a lock nobody holds any more', () => {
  it.each([
    ['of a process that is gone', { pid: 2 ** 22 + 1, startedAt: 'x', nonce: 'n' }],
    ['whose process id now is another one', { pid: process.pid, startedAt: 'x', nonce: 'n' }],
    ['that was cut off while it was written', 'torn'],
  ])('%s does not block the start', async (_, content) => {
    await writeFile(stackFile('supervisor.lock'), JSON.stringify(content));
    await writeFile(stackFile('supervisor.json'), JSON.stringify({ pid: 1, socket: '/nowhere', token: 'x' }));
    const many = Array.from({ length: 3 }, () => session());
    const opened = await Promise.all(many.map((one) => one.opened()));
    for (const other of opened) expect(other).toEqual(opened[0]);
  });

  it('while a living one is respected and named', async () => {
    await writeFile(stackFile('supervisor.lock'), JSON.stringify({ ...(await identifySelf()), nonce: 'n' }));
    await expect(resetStack({ env: home.env })).rejects.toMatchObject({
      code: 'STACK_IN_USE',
      message: expect.stringContaining(String(process.pid)),
    });
    await rm(stackFile('supervisor.lock'));
  });
});

describe('management', () => {
  it('shows a stack that does not run without starting it', async () => {
    await rm(stackFile(), { recursive: true });
    expect(await stackStatus({ env: home.env })).toEqual({
      folder: stackFile(),
      hasData: false,
      running: false,
      sessions: [],
      services: [
        { name: 'database', state: 'down', port: undefined },
        { name: 'store', state: 'down', port: undefined },
      ],
    });
    expect(await stopStack({ env: home.env })).toBe(false);
    await resetStack({ env: home.env });
    expect(await readdir(home.home)).toEqual([]);
  });

  it('stops and resets only what nobody uses, unless forced to stop', async () => {
    const one = session();
    const { connectionString, store } = await one.opened();
    const processes = await stackProcesses();
    const inUse = { code: 'STACK_IN_USE', message: expect.stringContaining(String(one.child.pid)) };
    await expect(stopStack({ env: home.env })).rejects.toMatchObject(inUse);
    await expect(resetStack({ env: home.env })).rejects.toMatchObject(inUse);
    expect(await query(connectionString, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(await stopStack({ env: home.env, force: true })).toBe(true);
    const lost = await one.until('lost', ({ type }) => type === 'lost');
    expect(lost).toMatchObject({ code: 'STACK_STOPPED' });
    await expectGone(processes, [connectionString, store.endpoint]);
  });

  it('makes everything new by a reset', async () => {
    const first = await openStack({ kind: 'embedded', env: home.env });
    await query(first.database.connectionString, 'CREATE TABLE gone (x int)');
    await first.close();
    expect(await stackStatus({ env: home.env })).toMatchObject({ hasData: true });
    await writeFile(stackFile('of-another-part'), '');
    await resetStack({ env: home.env });
    expect(await readdir(stackFile())).toEqual(['logs']);
    expect(await stackStatus({ env: home.env })).toMatchObject({ hasData: false });
    const second = await openStack({ kind: 'embedded', env: home.env });
    expect(second.store.secretKey).not.toBe(first.store.secretKey);
    await expect(query(second.database.connectionString, 'SELECT * FROM gone')).rejects.toThrow(
      /does not exist/,
    );
    await second.close();
  });
});

describe('a start that fails', () => {
  it('says why to everyone who waits, and leaves nothing', async () => {
    const warm = await openStack({ kind: 'embedded', env: home.env });
    await warm.close();
    await writeFile(stackFile('postgres', 'data', 'PG_VERSION'), '9\n');
    const results = await Promise.allSettled(
      [1, 2].map(() => openStack({ kind: 'embedded', env: home.env })),
    );
    for (const result of results) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'STACK_DATABASE_VERSION' } });
    }
    await expectGone([], [warm.database.connectionString, warm.store.endpoint]);
  });

  it('says so when the disk refuses', async () => {
    await writeFile(join(home.home, 'file'), '');
    const env = { ...home.env, ALGA_HOME: join(home.home, 'file') };
    await expect(openStack({ kind: 'embedded', env })).rejects.toMatchObject({
      code: 'STACK_SUPERVISOR_FAILED',
      message: expect.stringMatching(/ENOTDIR|EEXIST/),
    });
  });

  it('refuses a stack folder that is a link', async () => {
    await mkdir(join(home.home, 'elsewhere'));
    await rm(stackFile(), { recursive: true });
    await symlink(join(home.home, 'elsewhere'), stackFile());
    await expect(openStack({ kind: 'embedded', env: home.env })).rejects.toMatchObject({
      code: 'STACK_FOLDER_UNSAFE',
    });
    await rm(stackFile());
  });

  it.runIf(root)('refuses a folder that belongs to somebody else', async () => {
    await chown(stackFile(), NOBODY, NOBODY);
    await expect(openStack({ kind: 'embedded', env: home.env })).rejects.toMatchObject({
      code: 'STACK_FOLDER_UNSAFE',
      message: expect.stringContaining(String(NOBODY)),
    });
  });
});

describe.runIf(root)('a normal user', () => {
  it('has a stack of its own, with all of its processes', async () => {
    await chmod(home.home, 0o700);
    for (const path of [home.home, stackFile(), stackFile('ports.json')]) await chown(path, NOBODY, NOBODY);
    const one = session(NOBODY);
    const { connectionString, store, user } = await one.opened();
    expect(user).toBe(NOBODY);
    expect(await query(connectionString, 'SELECT current_user AS name')).toEqual([{ name: 'postgres' }]);
    expect(await storeClient(store).bucketExists('extensions')).toBe(true);
    const address = JSON.parse(await readFile(stackFile('supervisor.json'), 'utf8'));
    const processes = await processTree(address.pid);
    for (const pid of processes) expect((await stat(`/proc/${pid}`)).uid).toBe(NOBODY);
    expect((await stat(stackFile())).mode & 0o777).toBe(0o700);
    await one.close();
    await expect.poll(() => survivors(processes), { timeout: 10_000 }).toEqual([]);
  });
});

async function watchdogOf(processes: readonly number[]): Promise<number> {
  for (const pid of processes) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.includes('watchdog-main.js')) return pid;
  }
  throw new Error('no watchdog runs');
}

function outsideAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((entries) =>
    (entries ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4')
      .map(({ address }) => address),
  );
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 500 });
    const finish = (result: boolean): void => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => finish(true));
    socket.once('timeout', () => finish(false));
    socket.once('error', () => finish(false));
  });
}
