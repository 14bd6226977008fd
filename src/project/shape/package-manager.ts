import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { isDirectory, isFile } from '../files.js';
import { readPackage } from './package-file.js';

export type PackageManagerName = 'npm' | 'pnpm' | 'yarn' | 'bun';

/** The package manager of a project and how its commands are written. */
export interface PackageManager {
  readonly name: PackageManagerName;
  /** Folder where dependencies are installed: the workspace root when there is one. */
  readonly root: string;
  /** What told: `pnpm-lock.yaml`, `packageManager of package.json`, or undefined for the default. */
  readonly why: string | undefined;
}

const LOCK_FILES: readonly (readonly [string, PackageManagerName])[] = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['pnpm-workspace.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
  ['package-lock.json', 'npm'],
  ['npm-shrinkwrap.json', 'npm'],
];

/**
 * Finds the package manager a folder is managed by: the nearest `packageManager` field or lock file
 * upward, not above the repository or home folder; else the one this process was started by; else npm.
 */
export async function findPackageManager(
  dir: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<PackageManager> {
  for (let at = dir; ; at = dirname(at)) {
    const declared = (await readPackage(at).catch(() => undefined))?.packageManager?.split('@')[0];
    if (isName(declared)) return { name: declared, root: at, why: 'packageManager of package.json' };
    for (const [file, name] of LOCK_FILES) {
      if (await isFile(join(at, file))) return { name, root: at, why: file };
    }
    if (at === dirname(at) || at === homedir() || (await isDirectory(join(at, '.git')))) break;
  }
  const started = env.npm_config_user_agent?.split('/')[0];
  return { name: isName(started) ? started : 'npm', root: dir, why: undefined };
}

/** The command line that runs a package script. */
export function runScript(manager: PackageManagerName, script: string): string[] {
  return [manager, 'run', script];
}

/** The command that adds packages. */
export function addCommand(manager: PackageManagerName, packages: readonly string[], dev = false): string {
  const verb = manager === 'npm' ? 'install' : 'add';
  return [manager, verb, ...(dev ? ['-D'] : []), ...packages].join(' ');
}

function isName(text: string | undefined): text is PackageManagerName {
  return text === 'npm' || text === 'pnpm' || text === 'yarn' || text === 'bun';
}
