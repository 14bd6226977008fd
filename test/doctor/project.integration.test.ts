import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CHECKS, examine, exitCodeOf } from '../../src/doctor/index.js';
import { openStack } from '../../src/stack/index.js';
import { type ScratchProject, scratchProject } from '../support/scratch.js';
import { temporaryHome } from '../support/session.js';
import { machineFaults } from './faults/machine-faults.js';
import { productFaults } from './faults/product-faults.js';
import { projectFaults, writerFor } from './faults/project-faults.js';
import { registryFaults } from './faults/registry-faults.js';
import { serviceFaults } from './faults/service-faults.js';
import { storeFaults } from './faults/store-faults.js';
import { cleanEnv, found, mendAll } from './support.js';

/**
 * Caused for real in tests of their own: in a namespace, on MinIO, on a store in another time, in an engine, behind a
 * firewall, on another Node, in a session that gets into them by itself.
 */
const REAL = [
  ...['machine.node', 'runner.container', 'runner.image', 'host.live'],
  ...['machine.file-watches', 'machine.loopback', 'machine.memory'],
  ...['store.credentials', 'store.clock', 'store.public-access'],
  ...['host.gateway', 'host.page', 'host.reachable'],
];

/** What looks at files that are shipped looks elsewhere when nothing runs; all other files are seen behind a session. */
const SHIPPED = /^project\.(?:ui-|component|artifacts)|^machine\.leftovers/;
const ownFaults = projectFaults.filter(({ check }) => SHIPPED.test(check));

/** Faults of project and machine: nothing runs, nothing is built. */
describe('faults that need nothing running', () => {
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  let env: NodeJS.ProcessEnv;
  let project: ScratchProject | undefined;

  beforeAll(async () => {
    home = await temporaryHome();
    env = cleanEnv(home.home);
  });
  afterEach(async () => project?.remove());
  afterAll(async () => home.remove());

  const make = async (template: string): Promise<ScratchProject> => {
    project = await scratchProject(template, 'check');
    return project;
  };

  it('proves every check with a fault that is caused for real', () => {
    const caused = [
      ...[projectFaults, productFaults, machineFaults].flat(),
      ...[storeFaults, registryFaults, serviceFaults].flat(),
    ];
    const known = new Set(CHECKS.map(({ id }) => id));
    const real = caused.filter((fault) => fault.feigned !== true).map(({ check }) => check);
    const proven = new Set([...real, ...REAL]);
    expect([...known].filter((id) => !proven.has(id))).toEqual([]);
    expect([...caused.map(({ check }) => check), ...REAL].filter((id) => !known.has(id))).toEqual([]);
  });

  it.each(['component', 'full', 'ui-react', 'ui-static'])('the template %s is healthy', async (template) => {
    const { root } = await make(template);
    const report = await examine({ projectRoot: root, env });
    expect(report.findings).toEqual([]);
    expect(report.unknown).toEqual([]);
    expect(exitCodeOf(report)).toBe(0);
  });

  it.each([...ownFaults, ...productFaults, ...machineFaults])(
    '$check $how',
    async ({ check, template, cause, mends }) => {
      const made = await make(template);
      const before = `${made.root}-before`;
      await cp(made.root, before, { recursive: true, verbatimSymlinks: true });
      const caused = (await cause({ project: made, write: writerFor(made.root) })) as
        | { env?: NodeJS.ProcessEnv; undo?: () => unknown }
        | undefined;
      const around = { ...env, ...caused?.env };
      try {
        expect(await found(made.root, around)).toEqual([check]);
        if (mends) expect(await mendAll(made.root, around)).toEqual([check]);
      } finally {
        await caused?.undo?.();
      }
      if (!mends) {
        // A person mends it: files, settings and machine are as they were.
        await rm(made.root, { recursive: true });
        await cp(before, made.root, { recursive: true, verbatimSymlinks: true });
      }
      await rm(before, { recursive: true });
      expect(await found(made.root, mends ? around : env)).toEqual([]);
    },
  );

  it('takes a proxy that leaves loopback alone for no fault', async () => {
    const { root } = await make('ui-static');
    const proxied = { ...env, HTTP_PROXY: 'http://proxy:3128', NO_PROXY: 'localhost,127.0.0.1' };
    expect(await found(root, proxied)).toEqual([]);
  });

  it.each(['external', 'docker'])('says that it cannot look at a stack of kind %s', async (kind) => {
    const { root } = await make('ui-static');
    const report = await examine({ projectRoot: root, env: { ...env, ALGA_STACK: kind } });
    expect(report.findings).toEqual([]);
    expect(report.unknown).toEqual([
      {
        part: 'kind of stack',
        reason: `a stack of kind ${kind} cannot be looked at in this version: store, registry, runner and host are not checked`,
      },
    ]);
    expect(exitCodeOf(report)).toBe(2);
  });

  it('tells what files of the product say, of any kind of stack and wherever they lie', async () => {
    const { root } = await make('component');
    const checkout = join(root, 'elsewhere');
    const write = writerFor(checkout);
    await write('server/.env', 'RUNNER_SERVICE_TOKEN=t\nRUNNER_DOCKER_HOST=http://localhost:8085\n');
    await write('.env.runner', 'RUNNER_ALGA_AUTH_KEY=k\nRUNNER_SERVICE_TOKEN=other\n');
    const external = { ...env, ALGA_STACK: 'external' };
    expect(await found(root, env)).toEqual([]);
    const report = await examine({ projectRoot: root, product: checkout, env: external });
    expect(report.findings.map(({ check }) => check).sort()).toEqual([
      ...['host.app-environment', 'runner.app-settings', 'runner.env-file'],
    ]);
    expect(report.unknown.map(({ part }) => part)).toEqual(['kind of stack']);
    const nowhere = await examine({ projectRoot: root, product: join(checkout, 'none'), env });
    expect(nowhere.unknown).toEqual([
      { part: 'product', reason: `there is no folder ${join(checkout, 'none')}` },
    ]);
    expect(exitCodeOf(nowhere)).toBe(2);
  });

  it('takes a database for no fault that the first session has yet to fill', async () => {
    const { root } = await make('component');
    const stack = await openStack({ kind: 'embedded', env });
    try {
      expect(await found(root, env)).toEqual([]);
    } finally {
      await stack.close();
    }
  });

  it('says that it could not look where there is no project', async () => {
    const report = await examine({ projectRoot: home.home, env });
    expect(report.findings).toEqual([]);
    expect(report.unknown.map(({ part }) => part)).toEqual(['project']);
    expect(exitCodeOf(report)).toBe(2);
  });
});
