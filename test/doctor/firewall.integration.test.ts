import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ReadyEvent } from '../../src/dev/events.js';
import { program } from '../support/programs.js';
import { type ScratchProject, scratchProject } from '../support/scratch.js';
import { type RunningSession, runAlga, startSession, temporaryHome } from '../support/session.js';

const run = promisify(execFile);
const TOOLS = ['unshare', 'nsenter', 'ip', 'iptables'] as const;

/** A network of its own, in which programs of this Node are started while `process.execPath` is `node`. */
interface Network {
  readonly node: string;
  /** Runs a program in it. */
  inside(...command: string[]): Promise<unknown>;
  close(): Promise<void>;
}

/** Undefined where none may be made, or its packets cannot be filtered. */
async function openNetwork(): Promise<Network | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'alga-network-'));
  const holder = spawn(
    program('unshare') ?? '',
    ['--net', 'sh', '-c', 'ip link set lo up && echo up && exec sleep infinity'],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  const enter = ['--net', '--target', String(holder.pid)];
  const network: Network = {
    node: join(folder, 'node'),
    inside: (...command) => run('nsenter', [...enter, ...command]),
    close: async () => {
      if (holder.kill()) await once(holder, 'exit');
      await rm(folder, { recursive: true });
    },
  };
  await writeFile(network.node, `#!/bin/sh\nexec nsenter ${enter.join(' ')} ${process.execPath} "$@"\n`);
  await chmod(network.node, 0o755);
  const up = await Promise.race([once(holder.stdout, 'data'), once(holder, 'exit').then(() => undefined)]);
  const filters = up && (await network.inside('iptables', '-L').catch(() => undefined));
  if (filters !== undefined) return network;
  await network.close();
  return undefined;
}

/** Programs that filter what goes over the wire leave pages alone, and cut what stays open. */
describe.skipIf(TOOLS.some((tool) => !program(tool)))('a firewall that knows no WebSockets', () => {
  const node = process.execPath;
  let network: Network | undefined;
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  let project: ScratchProject;
  let session: RunningSession;
  let ready: ReadyEvent;

  beforeAll(async () => {
    network = await openNetwork();
    if (network === undefined) return;
    home = await temporaryHome();
    project = await scratchProject('full', 'walled');
    process.execPath = network.node;
    session = startSession([project.root], { home: home.home });
    ready = await session.next('ready');
    await session.next('live', ({ lane }) => lane === 'published');
  });
  afterAll(async () => {
    await session?.leave();
    process.execPath = node;
    await project?.remove();
    await home?.remove();
    await network?.close();
  });

  beforeEach(({ skip }) => {
    if (network === undefined) skip('no network of its own can be made here, or no firewall in it');
  });

  const doctor = async () => {
    const { code, stdout } = await runAlga(['doctor', project.root, '--json'], home.home);
    const { findings, unknown } = JSON.parse(stdout) as {
      findings: { check: string; seen: string }[];
      unknown: unknown[];
    };
    return { code, checks: findings.map(({ check }) => check), seen: findings[0]?.seen, unknown };
  };
  const HEALTHY = { code: 0, checks: [], unknown: [] };
  const CALL = 'fetch(process.argv[1]).then(({ ok }) => process.exit(ok ? 0 : 1))';
  const REFUSES = ['REJECT', '--reject-with', 'tcp-reset'];

  it('host.live: one that refuses them, one that swallows them', async () => {
    const upgrade = ['--match', 'string', '--algo', 'bm', '--string', 'Upgrade: websocket'];
    const rule = ['INPUT', '--protocol', 'tcp', ...upgrade, '--jump'];
    const behind = async (target: readonly string[]) => {
      await network?.inside('iptables', '--append', ...rule, ...target);
      const report = await doctor();
      await network?.inside('iptables', '--delete', ...rule, ...target);
      return report;
    };
    const faulty = (seen: RegExp) => ({
      ...{ code: 1, checks: ['host.live'], unknown: [] },
      seen: expect.stringMatching(seen),
    });
    expect(await doctor()).toMatchObject(HEALTHY);
    expect(await behind(REFUSES)).toMatchObject(faulty(/pages cannot connect: .*(?:ECONNRESET|hang up)/));
    expect(await behind(['DROP'])).toMatchObject(faulty(/pages are not greeted within 4 s/));
    expect(await doctor()).toMatchObject(HEALTHY);
    await network?.inside(node, '--eval', CALL, `${ready.urls.gateway}/api/status`);
  });
});
