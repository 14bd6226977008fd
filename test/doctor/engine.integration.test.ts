import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { anyFreePort } from '../../src/core/ports.js';
import { examine, type Finding } from '../../src/doctor/index.js';
import { eventually } from '../loop/processes.js';
import { program } from '../support/programs.js';
import { type ScratchProject, scratchProject } from '../support/scratch.js';
import { temporaryHome } from '../support/session.js';
import { CONTAINER, type Engine, openEngine } from './faults/engine.js';
import { writerFor } from './faults/project-faults.js';
import { cleanEnv, found, mendAll } from './support.js';

const IMAGE = 'alga-psa/extension-runner:dev-local';
/** Can start a runner, under names that are read. */
const SETTINGS = 'REGISTRY_BASE_URL=http://h:3000\nBUNDLE_STORE_BASE=http://s:9000/alga\n';
const GOOD = `ALGA_AUTH_KEY=k\n${SETTINGS}`;
/** As the product's example file has it. */
const BAD = `RUNNER_ALGA_AUTH_KEY=k\n${SETTINGS}`;

/** Containers of runners in a real engine, and what keeps them from running. */
describe.skipIf(!program('dockerd') || !program('docker'))("the containers of a product's runner", () => {
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  let project: ScratchProject;
  let engine: Engine;
  let missing: string | undefined;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    const opened = await openEngine();
    if (typeof opened === 'string') {
      missing = opened;
      return;
    }
    engine = opened;
    home = await temporaryHome();
    project = await scratchProject('component', 'contained');
    env = { ...cleanEnv(home.home), ...engine.env };
    await engine.build(IMAGE);
  });
  beforeEach(({ skip }) => {
    if (missing !== undefined) skip(missing);
  });
  afterEach(async () => {
    await engine?.docker('rm', '--force', CONTAINER).catch(() => undefined);
  });
  afterAll(async () => {
    await engine?.close();
    await project?.remove();
    await home?.remove();
  });

  /** Makes the container as the compose file does, but for its network. */
  const make = async (verb: 'run' | 'create', settings: string, ...args: string[]): Promise<void> => {
    await project.write('.env.runner', settings);
    const port = ['--env', `PORT=${await anyFreePort()}`, '--network', 'host'];
    const file = ['--env-file', join(project.root, '.env.runner'), '--name', CONTAINER];
    const detach = verb === 'run' ? ['--detach'] : [];
    await engine.docker(verb, ...engine.create(IMAGE, [...detach, ...port, ...file, ...args]));
  };
  const remove = () => engine.docker('rm', '--force', CONTAINER);
  const state = (field: string) => engine.docker('inspect', '--format', `{{.State.${field}}}`, CONTAINER);
  const until = (field: string, value: string) =>
    eventually(
      () => state(field),
      (now) => expect(now).toBe(value),
    );
  const findings = async (): Promise<readonly Finding[]> =>
    (await examine({ projectRoot: project.root, env })).findings;
  const healthy = async () => expect(await found(project.root, env)).toEqual([]);
  const faulty = async (seen: RegExp, command: RegExp) => {
    const [finding, ...others] = await findings();
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ check: 'runner.container', seen: expect.stringMatching(seen) });
    expect(finding?.fix?.command).toMatch(command);
  };

  it('nothing, without a container and with one that runs', async () => {
    await healthy();
    await make('run', GOOD);
    await until('Status', 'running');
    await healthy();
  });

  it('runner.container and runner.env-file: settings that cannot start it', async () => {
    await make('run', BAD, '--label', 'com.docker.compose.service=extension-runner');
    await until('Status', 'exited');
    const all = await findings();
    expect(all.map(({ check }) => check).sort()).toEqual(['runner.container', 'runner.env-file']);
    const container = all.find(({ check }) => check === 'runner.container');
    expect(container?.seen).toMatch(
      new RegExp(`^${CONTAINER} is exited with code [1-9]\\d*: .*ALGA_AUTH_KEY`),
    );
    expect(container?.fix?.command).toBe('docker compose up --detach --force-recreate extension-runner');
    expect(await mendAll(project.root, env)).toEqual(['runner.env-file']);
    await remove();
    await make('run', await project.read('.env.runner'));
    await until('Status', 'running');
    await healthy();
  });

  it('runner.container: starts again and again', async () => {
    await make('run', GOOD, '--restart', 'always', '--env', 'REGISTRY_BASE_URL=');
    await until('Status', 'restarting');
    await faulty(/starts again and again \(restarts: \d+\): .*REGISTRY_BASE_URL/, /^docker restart /);
  });

  it('runner.container: more memory than it may have', async () => {
    await make('run', GOOD, '--memory', '20m', '--memory-swap', '20m');
    await until('Status', 'exited');
    await faulty(/is exited with code 137: it ran out of memory/, /^docker start /);
  });

  it('runner.container: paused, and stopped by hand', async () => {
    await make('run', GOOD);
    await engine.docker('pause', CONTAINER);
    await faulty(/is paused/, /^docker unpause /);
    await engine.docker('unpause', CONTAINER);
    await healthy();
    await engine.docker('kill', CONTAINER);
    await until('Status', 'exited');
    await faulty(/is exited with code 137/, /^docker start /);
    await engine.docker('start', CONTAINER);
    await healthy();
  });

  it('runner.container: made, but nothing to start in it', async () => {
    await make('create', GOOD, '--entrypoint', '/usr/local/bin/alga-ext-runner');
    await faulty(/was made, but never started/, /^docker start /);
    await expect(engine.docker('start', CONTAINER)).rejects.toThrow();
    await faulty(/alga-ext-runner.*no such file/, /^docker start /);
  });

  it('runner.container: says of itself that it is unhealthy', async () => {
    const check = ['--health-cmd', 'exit 1', '--health-interval', '200ms', '--health-retries', '1'];
    await make('run', GOOD, ...check);
    await until('Health.Status', 'unhealthy');
    await faulty(/runs, but says of itself that it is unhealthy/, /^docker restart /);
  });

  it('runner.image: older than its source, until it is built again', async () => {
    await make('run', GOOD);
    await writerFor(project.root)('ee/runner/Cargo.toml', '[package]\n');
    const [finding, ...others] = await findings();
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ check: 'runner.image', seen: expect.stringContaining(IMAGE) });
    await remove();
    await engine.build(IMAGE);
    await make('run', GOOD);
    await healthy();
  });
});
