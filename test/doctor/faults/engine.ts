import { execFile, spawn } from 'node:child_process';
import { lstat, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { packageRoot } from '../../../src/core/entry.js';
import { program } from '../../support/programs.js';

const run = promisify(execFile);

/** What the product's compose file calls the container of its runner. */
export const CONTAINER = 'alga_extension_runner';

/** A container engine of a test's own: nobody else's containers are seen by it, or touched. */
export interface Engine {
  /** What leads Docker's command to this engine. */
  readonly env: { readonly DOCKER_HOST: string };
  docker(...args: string[]): Promise<string>;
  /** Makes an image by this name anew, of the runner of this checkout. */
  build(image: string): Promise<void>;
  /** What follows `docker run` or `docker create` for a container of the image that runs the runner. */
  create(image: string, args: readonly string[]): string[];
  close(): Promise<void>;
}

/**
 * Starts Docker's engine with folders of its own, without networks. Gives why there is none on a machine that does
 * not allow it: no root, no engine, a container around us.
 */
export async function openEngine(): Promise<Engine | string> {
  if (process.getuid?.() !== 0) return 'only root can start an engine';
  const folder = await mkdtemp(join(tmpdir(), 'alga-engine-'));
  const socket = `unix://${join(folder, 'docker.sock')}`;
  const daemon = startDaemon(folder, socket);
  const close = async (): Promise<void> => {
    daemon.child.kill('SIGTERM');
    await daemon.ended;
    await rm(folder, { recursive: true, force: true });
  };
  const failure = await daemon.up;
  if (failure !== undefined) {
    await close();
    return `the engine does not start: ${failure}`;
  }
  const env = { DOCKER_HOST: socket };
  const options = { env: { ...process.env, ...env } };
  const root = join(folder, 'root');
  await mkdir(root);
  const given = await mounts();
  return {
    env,
    docker: async (...args) => (await run('docker', args, options)).stdout.trim(),
    build: async (image) => {
      await run('sh', ['-ec', 'tar -C "$1" -c . | docker import - "$2"', 'sh', root, image], options);
    },
    create: (image, args) => [...args, ...given, image, process.execPath, RUNNER],
    close,
  };
}

/** `up`: undefined once it listens, or its last words. */
function startDaemon(folder: string, socket: string) {
  const at = (name: string): string => join(folder, name);
  // What it mounts goes away with it.
  const child = spawn(
    program('unshare') ?? '',
    [
      ...['--mount', 'dockerd'],
      ...['--host', socket, '--data-root', at('data'), '--exec-root', at('exec'), '--pidfile', at('pid')],
      ...['--storage-driver', 'vfs', '--bridge', 'none', '--iptables=false', '--ip6tables=false'],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let last = '';
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', ({ message }) => {
      last = message;
      resolve();
    });
  });
  const up = new Promise<string | undefined>((resolve) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      last = line;
      if (line.includes('API listen on')) resolve(undefined);
    });
    void ended.then(() => resolve(last));
  });
  return { child, ended, up };
}

const RUNNER = join(packageRoot(), 'dist/runner/src/main.js');

/** The image holds nothing: system, Node and the runner are those of this machine, read-only. */
async function mounts(): Promise<string[]> {
  const system = ['/usr', '/lib', '/lib64', '/bin', dirname(dirname(process.execPath))];
  const own = [packageRoot(), await realpath(join(packageRoot(), 'node_modules'))];
  const there = await Promise.all(
    [...new Set([...system, ...own])].map(async (path) =>
      (await lstat(path).catch(() => undefined)) === undefined ? [] : ['--volume', `${path}:${path}:ro`],
    ),
  );
  return there.flat();
}
