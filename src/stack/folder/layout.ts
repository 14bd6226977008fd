import { createHash } from 'node:crypto';
import { platform } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { type PathEnvironment, runtimeDir, stackDir } from '../../core/paths.js';

/** Where everything of one stack lies. */
export interface StackLayout {
  readonly root: string;
  readonly postgresData: string;
  /** Data of the built-in object store, and of MinIO: their files are not interchangeable. */
  readonly objectsData: string;
  readonly minioData: string;
  readonly credentials: string;
  readonly ports: string;
  /** Children that were started, for the next start to clean up after a crash. */
  readonly journal: string;
  /** Held by the one supervisor (or reset) of this folder. */
  readonly lock: string;
  /** How to reach the running supervisor. */
  readonly address: string;
  readonly logs: string;
}

/** The layout of the stack below `root`. */
export function stackLayout(root: string): StackLayout {
  return {
    root,
    postgresData: join(root, 'postgres', 'data'),
    objectsData: join(root, 'objects'),
    minioData: join(root, 'minio'),
    credentials: join(root, 'credentials.json'),
    ports: join(root, 'ports.json'),
    journal: join(root, 'journal.json'),
    lock: join(root, 'supervisor.lock'),
    address: join(root, 'supervisor.json'),
    logs: join(root, 'logs'),
  };
}

/** The environment with its `ALGA_HOME` made absolute: the supervisor works in another folder than we. */
export function absoluteEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return env.ALGA_HOME ? { ...env, ALGA_HOME: resolve(env.ALGA_HOME) } : env;
}

/** Layout of the stack folder an environment names. */
export function layoutFor(env: PathEnvironment): StackLayout {
  return stackLayout(stackDir(env));
}

const SOCKET_NAME = 'supervisor.sock';
/** The smallest limit of any system is 104 bytes. */
const MAX_SOCKET_PATH = 100;

/** Folder of the supervisor's socket, or undefined where sockets are not files. */
export function socketFolder(env: PathEnvironment): string | undefined {
  if (platform() === 'win32') return undefined;
  const folder = runtimeDir(env);
  const tooLong = Buffer.byteLength(join(folder, SOCKET_NAME)) > MAX_SOCKET_PATH;
  return tooLong ? join('/tmp', basename(folder)) : folder;
}

/** Path at which the supervisor listens: a unix socket, or a named pipe on Windows. */
export function socketPath(env: PathEnvironment): string {
  const folder = socketFolder(env);
  if (folder !== undefined) return join(folder, SOCKET_NAME);
  return `\\\\.\\pipe\\alga-${createHash('sha256').update(stackDir(env)).digest('hex').slice(0, 24)}`;
}
