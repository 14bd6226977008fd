import { dirname } from 'node:path';
import { type AlgaError, algaError } from '../../core/errors/alga-error.js';
import { choosePort } from '../../core/ports.js';
import type { ProcessExit } from '../../core/process.js';
import { findPostgres } from './postgres/binaries.js';
import { clusterMajor, DATABASE_NAME, DATABASE_USER, ensureCluster } from './postgres/cluster.js';
import { chooseLaunch, type Launch, publicHome, type RootLaunch } from './postgres/launch.js';
import { clearLeftover } from './postgres/leftover.js';
import { PortInUse, type ServerProcess, startServer } from './postgres/server.js';

export interface PostgresOptions {
  /** Folder named `data` inside a folder of its own, which holds the rest (library links). */
  readonly dataDir: string;
  readonly password: string;
  /** Ports to try first, in this order; or the only one, when others already know it. */
  readonly ports: { readonly preferred: readonly number[] } | { readonly only: number };
  readonly env: NodeJS.ProcessEnv;
  readonly log: (line: string) => void;
  readonly onProgress: (text: string) => void;
  /** Told the id of the server process as soon as it exists. */
  readonly onSpawn: (pid: number) => void;
  /** Uses an installed server even where the npm package is there. */
  readonly installedOnly?: boolean;
  /** Ways in which root may run it, for tests of each. */
  readonly rootLaunches?: readonly RootLaunch[];
  readonly publicRoot?: string;
}

/** A running PostgreSQL server. */
export interface Postgres {
  readonly port: number;
  readonly pid: number;
  readonly connectionString: string;
  /** Resolves when the process is gone, for whatever reason. */
  readonly exited: Promise<ProcessExit>;
  /** Lets clients finish for half a second, then ends them and the server; bounded. */
  stop(): Promise<ProcessExit>;
}

/** How often another program may be faster at taking the port that was free a moment ago. */
const PORT_ATTEMPTS = 5;

/**
 * Starts PostgreSQL on loopback, making its data first when there is none. The caller must own the
 * data (hold the lock of its folder): a server left over on it is stopped.
 * Throws STACK_NO_DATABASE_BINARIES, STACK_DATABASE_VERSION, STACK_ROOT_REFUSED, STACK_DATABASE_FAILED.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const home = dirname(options.dataDir);
  const launch = await prepareLaunch(options, home);
  const formerHomes = [home, publicHome(home, options.publicRoot)];
  const dataDir = await ensureCluster({ ...options, launch, formerHomes });
  await clearLeftover(dataDir);
  options.onProgress('starting PostgreSQL');
  const { server, port } = await startOnFreePort(options, launch, dataDir);
  const password = encodeURIComponent(options.password);
  return {
    port,
    pid: server.owned.pid,
    connectionString: `postgresql://${DATABASE_USER}:${password}@127.0.0.1:${port}/${DATABASE_NAME}`,
    exited: server.owned.exited,
    stop: () => server.stop(),
  };
}

async function prepareLaunch(options: PostgresOptions, home: string): Promise<Launch> {
  const major =
    (await clusterMajor(options.dataDir)) ??
    (await clusterMajor(`${publicHome(home, options.publicRoot)}/data`));
  const binaries = await findPostgres({
    env: options.env,
    dataDir: options.dataDir,
    linksDir: `${home}/lib`,
    ...(major === undefined ? {} : { major }),
    ...(options.installedOnly === undefined ? {} : { installedOnly: options.installedOnly }),
  });
  return chooseLaunch({ binaries, home, ...pick(options) });
}

function pick(options: PostgresOptions): { rootLaunches?: readonly RootLaunch[]; publicRoot?: string } {
  return {
    ...(options.rootLaunches === undefined ? {} : { rootLaunches: options.rootLaunches }),
    ...(options.publicRoot === undefined ? {} : { publicRoot: options.publicRoot }),
  };
}

async function startOnFreePort(
  options: PostgresOptions,
  launch: Launch,
  dataDir: string,
): Promise<{ server: ServerProcess; port: number }> {
  const lost = new Set<number>();
  for (;;) {
    const { ports } = options;
    const port = 'only' in ports ? ports.only : await choosePort({ preferred: ports.preferred, taken: lost });
    try {
      const { log, onSpawn } = options;
      return { server: await startServer({ launch, dataDir, port, log, onSpawn }), port };
    } catch (error) {
      if (!(error instanceof PortInUse)) throw error;
      if ('only' in ports || lost.size >= PORT_ATTEMPTS) throw portFailure(port, error);
      lost.add(port);
    }
  }
}

function portFailure(port: number, cause: PortInUse): AlgaError {
  const detail = `port ${port} is held by another program`;
  return algaError('STACK_DATABASE_FAILED', { step: 'start', detail, log: '' }, { cause });
}
