import { fileURLToPath } from 'node:url';

/**
 * Path of a thread's program beside the calling module. Threads need compiled JavaScript, so a module
 * that runs from its TypeScript source (unit tests) is given the program's twin under `dist/`.
 */
export function workerFile(moduleUrl: string, relative: string): string {
  const file = fileURLToPath(new URL(relative, moduleUrl));
  return moduleUrl.endsWith('.ts') ? file.replace('/runner/src/', '/dist/runner/src/') : file;
}
