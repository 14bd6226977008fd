import { createHash } from 'node:crypto';
import { platform } from 'node:os';
import { join } from 'node:path';
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

/** Layout of the stack folder an environment names. */
export function layoutFor(env: PathEnvironment): StackLayout {
  return stackLayout(stackDir(env));
}

/** Folder of the supervisor's socket, or undefined where sockets are not files. */
export function socketFolder(env: PathEnvironment): string | undefined {
  return platform() === 'win32' ? undefined : runtimeDir(env);
}

/** Path at which the supervisor listens: a unix socket, or a named pipe on Windows. */
export function socketPath(env: PathEnvironment): string {
  const folder = socketFolder(env);
  if (folder !== undefined) return join(folder, 'supervisor.sock');
  return `\\\\.\\pipe\\alga-${createHash('sha256').update(stackDir(env)).digest('hex').slice(0, 24)}`;
}
