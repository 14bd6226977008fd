import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { type Place, type QuietFault, writes } from './project-faults.js';

/** A program named `docker` that knows one container of a runner. */
async function docker(
  place: Place,
  state: object,
  image = '2020-01-01T00:00:00Z',
): Promise<{ env: NodeJS.ProcessEnv }> {
  const id = 'a'.repeat(64);
  const container = {
    ...{
      Name: '/alga_extension_runner',
      Created: image,
      Image: 'sha256:b',
      Config: { Image: 'runner:dev-local' },
    },
    State: state,
  };
  const script = `#!/bin/sh
case "$1" in
  ps) echo ${id} ;;
  inspect) echo '${JSON.stringify([container])}' ;;
  image) echo ${image} ;;
  logs) echo "Error: ALGA_AUTH_KEY is not set" >&2 ;;
esac
`;
  await place.write('bin/docker', script);
  const path = join(place.project.root, 'bin');
  await chmod(join(path, 'docker'), 0o755);
  return { env: { PATH: `${path}:${process.env.PATH}` } };
}

const ENDED = {
  ...{ Status: 'exited', Running: false, ExitCode: 1, Error: '', OOMKilled: false },
  StartedAt: '2020-01-01T00:00:00Z',
};
const RUNS = { ...ENDED, Status: 'running', Running: true, ExitCode: 0 };

const RUNNER_ENV = 'ALGA_AUTH_KEY=k\nREGISTRY_BASE_URL=http://h:3000\nBUNDLE_STORE_BASE=http://s:9000/alga\n';
const APP_ENV =
  'RUNNER_BACKEND=docker\nRUNNER_DOCKER_HOST=http://localhost:8085\nRUNNER_SERVICE_TOKEN=t\nALGA_AUTH_KEY=k\n' +
  'STORAGE_S3_BUCKET=alga\nSTORAGE_S3_ENDPOINT=http://localhost:9000\nSTORAGE_S3_ACCESS_KEY=a\nSTORAGE_S3_SECRET_KEY=s\n';

/** A checkout of the product around the project's files: the same folder is enough. */
async function checkout({ write }: Place, app: string, runner?: string): Promise<void> {
  await write('ee/runner/Cargo.toml', '[package]\n');
  await write('server/.env', app);
  if (runner !== undefined) await write('.env.runner', runner);
}

/** Faults of a checkout of the product around a project, and of the containers of its runner. */
export const productFaults: readonly QuietFault[] = [
  {
    check: 'runner.env-file',
    how: 'names that are never read',
    template: 'component',
    mends: true,
    cause: writes(
      '.env.runner',
      RUNNER_ENV.replace('ALGA', 'RUNNER_ALGA').replace('BUNDLE', 'RUNNER_BUNDLE'),
    ),
  },
  {
    check: 'runner.env-file',
    how: 'a path after the host',
    template: 'component',
    mends: true,
    cause: writes('.env.runner', `${RUNNER_ENV}STORAGE_API_BASE_URL=http://h:3000/api/internal/ext-runner\n`),
  },
  {
    check: 'runner.env-file',
    how: 'half strict',
    template: 'component',
    mends: true,
    cause: writes('.env.runner', `${RUNNER_ENV}EXT_STATIC_STRICT_VALIDATION=yes\n`),
  },
  {
    check: 'runner.app-settings',
    how: 'another token',
    template: 'component',
    mends: true,
    cause: (place) => checkout(place, APP_ENV, `${RUNNER_ENV}RUNNER_SERVICE_TOKEN=old\n`),
  },
  {
    check: 'runner.app-settings',
    how: 'another bucket',
    template: 'component',
    mends: true,
    cause: (place) => checkout(place, APP_ENV.replace('BUCKET=alga', 'BUCKET=other'), RUNNER_ENV),
  },
  {
    check: 'runner.app-settings',
    how: 'an empty token, which counts as one',
    template: 'component',
    mends: true,
    cause: (place) =>
      checkout(place, APP_ENV, `${RUNNER_ENV}RUNNER_STORAGE_API_TOKEN=\nRUNNER_SERVICE_TOKEN=t\n`),
  },
  {
    check: 'host.app-environment',
    how: 'the default backend',
    template: 'component',
    cause: (place) => checkout(place, APP_ENV.replace('RUNNER_BACKEND=docker\n', '')),
  },
  {
    check: 'host.app-environment',
    how: 'no address of the runner',
    template: 'component',
    cause: (place) => checkout(place, APP_ENV.replace('RUNNER_DOCKER_HOST=http://localhost:8085\n', '')),
  },
  {
    check: 'host.app-environment',
    how: 'no token',
    template: 'component',
    cause: (place) => checkout(place, APP_ENV.replace('RUNNER_SERVICE_TOKEN=t\n', '')),
  },
  {
    check: 'host.app-environment',
    how: 'no path style',
    template: 'component',
    cause: (place) => checkout(place, `${APP_ENV}STORAGE_S3_FORCE_PATH_STYLE=false\n`),
  },
  {
    check: 'host.app-environment',
    how: 'the older way of serving pages',
    template: 'component',
    cause: (place) => checkout(place, `${APP_ENV}EXT_UI_HOST_MODE=nextjs\n`),
  },
  {
    check: 'host.app-environment',
    how: 'another port than the one that is published',
    template: 'component',
    cause: (place) => checkout(place, `${APP_ENV}RUNNER_DOCKER_PORT=8095\n`),
  },
  {
    check: 'runner.env-file',
    how: 'an address without its scheme',
    template: 'component',
    cause: writes('.env.runner', RUNNER_ENV.replace('http://h:3000', 'h:3000')),
  },
  {
    check: 'runner.env-file',
    how: 'a store without its bucket',
    template: 'component',
    cause: writes(
      '.env.runner',
      `${RUNNER_ENV.replace('9000/alga', '9000')}S3_ACCESS_KEY=a\nS3_SECRET_KEY=s\n`,
    ),
  },
  {
    check: 'runner.env-file',
    how: 'one key of the store alone',
    template: 'component',
    cause: writes('.env.runner', `${RUNNER_ENV}S3_ACCESS_KEY=a\n`),
  },
  {
    check: 'runner.env-file',
    how: 'localhost, as seen by a container',
    template: 'component',
    cause: (place) => checkout(place, APP_ENV, RUNNER_ENV.replace('//h:', '//localhost:')),
  },
  {
    check: 'runner.container',
    feigned: true,
    how: 'it has ended',
    template: 'component',
    cause: (place) => docker(place, ENDED),
  },
  {
    check: 'runner.image',
    feigned: true,
    how: 'older than the source',
    template: 'component',
    cause: async (place) => {
      await place.write('ee/runner/Cargo.toml', '[package]\n');
      return docker(place, RUNS);
    },
  },
];
