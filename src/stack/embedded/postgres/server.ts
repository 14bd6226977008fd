import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { algaError } from '../../../core/errors/alga-error.js';
import { describeExit, type OwnedChild, ownChild, type StopStep, within } from '../../../core/process.js';
import { PortInUse } from '../service-process.js';
import type { Launch } from './launch.js';

/**
 * SIGTERM lets connected clients finish; SIGINT then disconnects them. Not SIGINT at once: a client
 * library that is just closing its pool would see an error nobody listens for.
 */
const serverStop: readonly StopStep[] = [
  { signal: 'SIGTERM', waitMs: 500 },
  { signal: 'SIGINT', waitMs: 5_000 },
  { signal: 'SIGKILL', waitMs: 2_000 },
];

/** Long enough for the recovery after a power cut on a slow disk. */
const START_LIMIT_MS = 60_000;

/** A running server process. */
export interface ServerProcess {
  readonly owned: OwnedChild;
  readonly port: number;
}

/**
 * Starts the server on a port of 127.0.0.1 and resolves when it accepts connections. It has no unix
 * socket: its path would have a length limit, and the password guards the port as well.
 * Throws PortInUse or STACK_DATABASE_FAILED.
 */
export async function startServer(options: {
  readonly launch: Launch;
  readonly dataDir: string;
  readonly port: number;
  readonly log: (line: string) => void;
  readonly logFile: string;
  /** Told the process before it is ready, so that it is never without an owner. */
  readonly onSpawn: (pid: number) => void;
}): Promise<ServerProcess> {
  const { launch, port } = options;
  const command = launch.command('postgres', serverArguments(options.dataDir, port, launch.binaries.major));
  const child = spawn(command.file, [...command.args], {
    ...command.options,
    cwd: '/',
    detached: true,
    windowsHide: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const owned = await ownChild(child, serverStop).catch((cause: unknown) => {
    throw algaError(
      'STACK_DATABASE_FAILED',
      { step: 'start', detail: String(cause), log: options.logFile },
      { cause },
    );
  });
  options.onSpawn(owned.pid);
  const lines = createInterface({ input: child.stderr });
  const outcome = await within(readiness(lines, owned, options.log), START_LIMIT_MS);
  if (outcome === 'ready') return { owned, port };
  await owned.stop();
  if (outcome === 'port') throw new PortInUse(port);
  const detail = outcome?.fault ?? `not ready after ${START_LIMIT_MS / 1000} s`;
  throw algaError('STACK_DATABASE_FAILED', { step: 'start', detail, log: options.logFile });
}

/**
 * Settings for one developer's machine: small, and as safe as the defaults. What was committed
 * survives kill -9 and a power cut, because a session has told its author that it is live.
 */
function serverArguments(dataDir: string, port: number, major: number): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    shared_buffers: '32MB',
    wal_level: 'minimal',
    max_wal_senders: '0',
    max_wal_size: '64MB',
    jit: 'off',
    max_logical_replication_workers: '0',
    log_checkpoints: 'off',
    log_line_prefix: '[%p] ',
    // Statements can hold secrets, and the log is a file.
    log_min_error_statement: 'panic',
    ...(major >= 18 ? { io_method: 'sync' } : {}),
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['-D', dataDir, '-p', String(port), ...flags];
}

/** Follows the log until it says ready or the process ends; goes on passing lines to `log` after. */
function readiness(
  lines: ReturnType<typeof createInterface>,
  owned: OwnedChild,
  log: (line: string) => void,
): Promise<'ready' | 'port' | { fault: string }> {
  return new Promise((resolve) => {
    let fault: string | undefined;
    let last = '';
    let portInUse = false;
    lines.on('line', (line) => {
      log(line);
      if (line.trim() !== '') last = line;
      if (line.includes('database system is ready to accept connections')) resolve('ready');
      if (/could not bind .*: (Address already in use|Permission denied)/.test(line)) portInUse = true;
      if (/\b(FATAL|PANIC):/.test(line)) fault ??= line.replace(/^.*?\b(?=(FATAL|PANIC):)/, '');
    });
    lines.once('close', async () => {
      const exit = await owned.exited;
      resolve(portInUse ? 'port' : { fault: fault ?? (last || describeExit(exit)) });
    });
  });
}
