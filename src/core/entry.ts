import { fileURLToPath } from 'node:url';

/**
 * File path of a program that runs in a process or thread of its own, given relative to the calling
 * module: `entryPath(import.meta.url, './worker.js')`. Child processes need compiled JavaScript, so
 * a module that runs from its TypeScript source (unit tests) is answered with its twin under `dist/`.
 */
export function entryPath(moduleUrl: string, relative: string): string {
  const path = fileURLToPath(new URL(relative, moduleUrl));
  if (!moduleUrl.endsWith('.ts') && !moduleUrl.endsWith('.tsx')) return path;
  const root = packageRoot();
  return path.replace(root, `${root}dist/`);
}

/** Absolute path of the package, with a trailing slash, whether running from `src/` or `dist/src/`. */
export function packageRoot(): string {
  const up = import.meta.url.endsWith('.ts') ? '../../' : '../../../';
  return fileURLToPath(new URL(up, import.meta.url));
}
