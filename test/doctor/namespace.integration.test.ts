import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmdirSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/core/entry.js';
import { program } from '../support/programs.js';
import { type ScratchProject, scratchProject } from '../support/scratch.js';
import { temporaryHome } from '../support/session.js';
import { cleanEnv } from './support.js';

const UNSHARE = program('unshare') ?? '';
const PROGRAM = join(packageRoot(), 'test', 'doctor', 'program.mjs');

/** A namespace of its own for limits and mounts: what is changed there is changed for one program alone. */
const APART = ['--user', '--map-root-user', '--mount'];

function hasNamespaces(): boolean {
  try {
    execFileSync(UNSHARE, [...APART, 'mount', '-t', 'tmpfs', 'none', '/mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Where groups of processes with limits of their own can be made, if anywhere. */
const GROUPS = [
  { root: '/sys/fs/cgroup/memory', limit: 'memory.limit_in_bytes' },
  { root: '/sys/fs/cgroup', limit: 'memory.max' },
].find(({ root, limit }) => {
  const group = join(root, `alga-doctor-${process.pid}`);
  try {
    mkdirSync(group);
  } catch {
    return false;
  }
  try {
    return existsSync(join(group, limit));
  } finally {
    rmdirSync(group);
  }
});

interface Answer {
  readonly code: number;
  readonly checks: readonly string[];
  readonly seen: readonly string[];
}

/** Faults of a machine, for real: the whole command as a process of its own, in what is wrong around it. */
describe('faults of the machine around the command', () => {
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  let project: ScratchProject;
  let folder: string;

  beforeAll(async () => {
    home = await temporaryHome();
    project = await scratchProject('ui-static', 'machine');
    folder = await mkdtemp(join(tmpdir(), 'alga-machine-'));
  });
  afterAll(async () => {
    await project?.remove();
    await home?.remove();
    await rm(folder, { recursive: true, force: true });
  });

  const doctor = (before: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const [file = process.execPath, ...args] = [
        ...before,
        ...[process.execPath, PROGRAM, 'doctor', project.root, '--json'],
      ];
      execFile(file, args, { env: { ...cleanEnv(home.home), ...env } }, (error, stdout, stderr) => {
        if (stdout === '') return reject(new Error(stderr));
        const { findings } = JSON.parse(stdout) as { findings: { check: string; seen: string }[] };
        const code = typeof error?.code === 'number' ? error.code : 0;
        resolve({ code, checks: findings.map(({ check }) => check), seen: findings.map(({ seen }) => seen) });
      });
    });
  const apart = (prepare: string, env?: NodeJS.ProcessEnv) =>
    doctor([UNSHARE, ...APART, 'sh', '-ec', `${prepare}; exec "$@"`, 'sh'], env);

  describe.skipIf(!hasNamespaces())('in a namespace', () => {
    it('nothing, where nothing is wrong', async () => {
      expect(await apart('true')).toEqual({ code: 0, checks: [], seen: [] });
    });

    it('machine.file-watches: the limit of this user', async () => {
      const found = await apart('echo 1024 > /proc/sys/user/max_inotify_watches');
      expect(found).toMatchObject({ code: 0, checks: ['machine.file-watches'] });
      expect(found.seen[0]).toContain('1024');
    });

    it('machine.loopback: a hosts file that sends localhost elsewhere', async () => {
      const hosts = join(folder, 'hosts');
      await writeFile(hosts, '10.1.2.3 localhost\n');
      const found = await apart(`mount --bind ${hosts} /etc/hosts`);
      expect(found).toMatchObject({ code: 1, checks: ['machine.loopback'] });
      expect(found.seen[0]).toContain('10.1.2.3');
    });

    it('machine.disk: a small file system that is full', async () => {
      const small = join(folder, 'small');
      await mkdir(small);
      const found = await apart(`mount -t tmpfs -o size=1m small ${small}`, { TMPDIR: small });
      expect(found).toMatchObject({ code: 1, checks: ['machine.disk'] });
      expect(found.seen[0]).toContain(`1 MB are free in the temporary folder, ${small}`);
    });
  });

  it.skipIf(GROUPS === undefined)('machine.memory: the limit of a container', async () => {
    const group = await mkdtemp(join(GROUPS?.root ?? '', 'alga-doctor-'));
    try {
      await writeFile(join(group, GROUPS?.limit ?? ''), String(350 * 1_048_576));
      const inside = ['sh', '-ec', `echo $$ > ${group}/cgroup.procs; exec "$@"`, 'sh'];
      const found = await doctor(inside);
      expect(found).toMatchObject({ code: 0, checks: ['machine.memory'] });
      expect(Number.parseInt(found.seen[0] ?? '', 10)).toBeLessThan(400);
      await writeFile(join(group, GROUPS?.limit ?? ''), String(4_000 * 1_048_576));
      expect(await doctor(inside)).toMatchObject({ code: 0, checks: [] });
    } finally {
      await rmdir(group);
    }
  });

  it('machine.proxy: a proxy in the environment of the process', async () => {
    const found = await doctor([], { http_proxy: 'http://proxy.example:3128' });
    expect(found).toMatchObject({ code: 0, checks: ['machine.proxy'] });
    expect(await doctor([], { http_proxy: 'http://proxy.example:3128', no_proxy: '*' })).toMatchObject({
      checks: [],
    });
  });

  it('machine.ports: names the program that listens', async () => {
    const stranger = join(folder, 'stranger');
    const lines = [
      `#!${process.execPath}`,
      "process.title = 'stranger';",
      "const server = require('node:net').createServer().listen(0, '127.0.0.1');",
      "server.on('listening', () => console.log(server.address().port));",
    ];
    await writeFile(stranger, lines.join('\n'));
    await chmod(stranger, 0o755);
    const child = spawn(stranger, { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
      const port = chunk.toString().trim();
      const found = await doctor([], { ALGA_PORT: port });
      expect(found.checks).toEqual(['machine.ports']);
      expect(found.seen[0]).toBe(`port ${port} is taken by stranger (process ${child.pid})`);
    } finally {
      child.kill();
      await once(child, 'exit');
    }
  });
});
