import { createHash } from 'node:crypto';
import { homedir, platform, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** Environment variables that move the tool's folders; `ALGA_HOME` moves all of them (tests use it). */
export interface PathEnvironment {
  readonly ALGA_HOME?: string | undefined;
  readonly XDG_CACHE_HOME?: string | undefined;
  readonly XDG_STATE_HOME?: string | undefined;
  readonly LOCALAPPDATA?: string | undefined;
}

/** Per-user cache: things that can be made again (component templates, built components). */
export function cacheDir(env: PathEnvironment = process.env): string {
  if (env.ALGA_HOME) return join(env.ALGA_HOME, 'cache');
  if (platform() === 'darwin') return join(homedir(), 'Library', 'Caches', 'alga');
  if (platform() === 'win32') return join(env.LOCALAPPDATA ?? homedir(), 'alga', 'cache');
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'alga');
}

/** Per-user folder of the embedded stack: database files, objects, journal, logs. */
export function stackDir(env: PathEnvironment = process.env): string {
  if (env.ALGA_HOME) return join(env.ALGA_HOME, 'stack');
  if (platform() === 'win32') return join(env.LOCALAPPDATA ?? homedir(), 'alga', 'stack');
  return join(env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'alga', 'stack');
}

/**
 * Short folder for sockets, unique per user and stack folder: a unix socket path may not be longer
 * than about 107 bytes, and a home folder can be.
 */
export function runtimeDir(env: PathEnvironment = process.env): string {
  const digest = createHash('sha256').update(stackDir(env)).digest('hex').slice(0, 12);
  return join(tmpdir(), `alga-${userInfo().uid}-${digest}`);
}

/** State of one project: logs, last built outputs. Git-ignored. */
export function projectStateDir(projectRoot: string): string {
  return join(projectRoot, '.alga');
}
