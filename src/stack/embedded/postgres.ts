import { dirname } from 'node:path';
import { algaError } from '../../core/errors/alga-error.js';
import { connectionString } from './postgres/address.js';
import { findPostgres } from './postgres/binaries.js';
import { clusterMajor, ensureCluster } from './postgres/cluster.js';
import { chooseLaunch, type Launch, publicHome, type RootLaunch } from './postgres/launch.js';
import { clearLeftover } from './postgres/leftover.js';
import { type ServerProcess, startServer } from './postgres/server.js';
import { PortInUse, type ServiceProcess, type ServiceStart, startOnPort } from './service-process.js';

export interface PostgresOptions extends ServiceStart {
  /** Folder named `data` inside a folder of its own, which holds the rest (library links). */
  readonly dataDir: string;
  readonly password: string;
  /** Uses an installed server even where the npm package is there. */
  readonly installedOnly?: boolean;
  /** Ways in which root may run it, for tests of each. */
  readonly rootLaunches?: readonly RootLaunch[];
  readonly publicRoot?: string;
}

/** A running PostgreSQL server. Its stop lets clients finish for half a second, then ends them. */
export interface Postgres extends ServiceProcess {
  readonly connectionString: string;
}

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
  const { log, logFile, onSpawn } = options;
  const start = (port: number): Promise<ServerProcess> =>
    startServer({ launch, dataDir, port, log, logFile, onSpawn });
  const server = await startOnPort(options.ports, start).catch((error) => portFailure(error, logFile));
  return {
    port: server.port,
    pid: server.owned.pid,
    connectionString: connectionString(server.port, options.password),
    exited: server.owned.exited,
    stop: () => server.owned.stop(),
  };
}

/** Folders outside the stack folder that hold data of `dataDir`; they go when the data goes. */
export function outsideFolders(dataDir: string): string[] {
  return [publicHome(dirname(dataDir))];
}

function portFailure(error: unknown, log: string): never {
  if (!(error instanceof PortInUse)) throw error;
  throw algaError('STACK_DATABASE_FAILED', { step: 'start', detail: error.message, log }, { cause: error });
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
