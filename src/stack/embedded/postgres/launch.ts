import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chown, cp, lstat, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { platform } from 'node:os';
import { dirname, join } from 'node:path';
import { algaError } from '../../../core/errors/alga-error.js';
import { type PostgresBinaries, programPath } from './binaries.js';
import { linkLibraries } from './libraries.js';

/** How root gets a server that refuses to run as root to run. Tried in this order. */
export type RootLaunch = 'nobody' | 'namespace' | 'copy';

/** How the server's programs are started, and where its files lie. */
export interface Launch {
  readonly binaries: PostgresBinaries;
  /** Folder that holds the data folder; not always the wished one, see `copy`. */
  readonly home: string;
  /** Who must own the data folder, when it is not whoever runs alga. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  command(program: string, args: readonly string[]): LaunchCommand;
}

export interface LaunchCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly options: { readonly uid?: number; readonly gid?: number; readonly env: NodeJS.ProcessEnv };
}

export interface LaunchWish {
  readonly binaries: PostgresBinaries;
  readonly home: string;
  readonly rootLaunches?: readonly RootLaunch[];
  /** Folder every user can reach, for `copy`. */
  readonly publicRoot?: string;
}

/** The user called nobody; one with an entry in the user database, without which the server refuses. */
const NOBODY = 65_534;
const USER_NAMESPACE = ['--user', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`];

/**
 * Chooses how to run the server. A normal user simply runs it. For root, who may not, in this order:
 * 1. `nobody`: as that user, when it can reach the programs and the data's place;
 * 2. `namespace`: in a user namespace that shows root as nobody, which reaches everything root does;
 * 3. `copy`: as nobody, with programs and data in a folder that user can reach.
 * Throws STACK_ROOT_REFUSED when none works.
 */
export async function chooseLaunch(wish: LaunchWish): Promise<Launch> {
  if (process.getuid?.() !== 0) return direct(wish.binaries, wish.home);
  const reasons: string[] = [];
  if (platform() !== 'linux') throw algaError('STACK_ROOT_REFUSED', { reason: 'only done on Linux' });
  for (const kind of wish.rootLaunches ?? (['nobody', 'namespace', 'copy'] as const)) {
    const launch = await rootLaunch(kind, wish).catch((error: unknown) => String(error));
    if (typeof launch !== 'string') return launch;
    reasons.push(`${kind}: ${launch}`);
  }
  throw algaError('STACK_ROOT_REFUSED', { reason: reasons.join('; ') });
}

async function rootLaunch(kind: RootLaunch, wish: LaunchWish): Promise<Launch | string> {
  if (kind === 'copy') return copied(wish);
  if (kind === 'nobody') {
    if (!(await reachesAsOther(wish.home))) return `that user cannot reach ${wish.home}`;
    return runs(asNobody(wish.binaries, wish.home));
  }
  return runs({
    binaries: wish.binaries,
    home: wish.home,
    // Seen from outside the namespace the server is root, so its files are.
    owner: { uid: 0, gid: 0 },
    command: (program, args) => ({
      file: 'unshare',
      args: [...USER_NAMESPACE, '--', programPath(wish.binaries.binDir, program), ...args],
      options: { env: serverEnvironment(wish.binaries) },
    }),
  });
}

function direct(binaries: PostgresBinaries, home: string): Launch {
  return {
    binaries,
    home,
    command: (program, args) => ({
      file: programPath(binaries.binDir, program),
      args,
      options: { env: serverEnvironment(binaries) },
    }),
  };
}

function asNobody(binaries: PostgresBinaries, home: string): Launch {
  return {
    binaries,
    home,
    owner: { uid: NOBODY, gid: NOBODY },
    command: (program, args) => ({
      file: programPath(binaries.binDir, program),
      args,
      options: { uid: NOBODY, gid: NOBODY, env: serverEnvironment(binaries) },
    }),
  };
}

async function copied(wish: LaunchWish): Promise<Launch | string> {
  const home = publicHome(wish.home, wish.publicRoot);
  if (!(await reachesAsOther(dirname(dirname(home))))) return `${dirname(home)} cannot be reached`;
  await mkdir(home, { recursive: true, mode: 0o711 });
  const { bundleDir } = wish.binaries;
  if (bundleDir === undefined) return runs(asNobody(wish.binaries, home));
  const native = join(home, `programs-${wish.binaries.major}`, 'native');
  if ((await stat(native).catch(() => undefined)) === undefined) {
    await rm(`${native}.new`, { recursive: true, force: true });
    await cp(bundleDir, `${native}.new`, { recursive: true });
    await rename(`${native}.new`, native);
  }
  const env = await linkLibraries(native, join(home, 'lib'));
  const binaries = { ...wish.binaries, binDir: join(native, 'bin'), bundleDir: native, env };
  return runs(asNobody(binaries, home));
}

/** The folder outside the stack folder that the last resort uses; removed with the data. */
export function publicHome(home: string, publicRoot = '/var/lib/alga'): string {
  return join(publicRoot, createHash('sha256').update(home).digest('hex').slice(0, 16));
}

/** The whole environment of the server: nothing of the user's own settings can reach it. */
function serverEnvironment(binaries: PostgresBinaries): NodeJS.ProcessEnv {
  const { PATH, SystemRoot, TEMP, TMP } = process.env;
  // A fixed time zone also saves the search for the system's one when the cluster is made.
  return { PATH, SystemRoot, TEMP, TMP, LC_ALL: 'C', TZ: 'UTC', ...binaries.env };
}

function runs(launch: Launch): Promise<Launch | string> {
  const { file, args, options } = launch.command('postgres', ['--version']);
  return new Promise((resolve) => {
    execFile(file, [...args], { ...options, cwd: '/', timeout: 5_000 }, (error, _stdout, stderr) => {
      resolve(error === null ? launch : stderr.trim() || error.message);
    });
  });
}

/** True when a user with no rights of its own can walk to the folder. */
async function reachesAsOther(folder: string): Promise<boolean> {
  for (let path = folder; ; path = dirname(path)) {
    const entry = await stat(path).catch(() => undefined);
    if (entry === undefined || (entry.mode & 0o001) === 0) return false;
    if (path === dirname(path)) return true;
  }
}

/** Gives a tree to its owner where it belongs to somebody else (an earlier run was launched otherwise). */
export async function giveTo(owner: NonNullable<Launch['owner']>, path: string): Promise<void> {
  const entry = await lstat(path);
  if (entry.uid === owner.uid && entry.gid === owner.gid) return;
  if (entry.isDirectory()) {
    for (const name of await readdir(path)) await giveTo(owner, join(path, name));
  }
  if (!entry.isSymbolicLink()) await chown(path, owner.uid, owner.gid);
}
