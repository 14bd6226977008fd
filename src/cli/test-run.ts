import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { entryPath } from '../core/entry.js';
import { findPackageManager, loadProject, resolveConfig } from '../project/index.js';
import { prepareTestRun, type TestRun } from '../testing/run.js';
import { painter, wantsColor } from '../tui/text/paint.js';
import { safeLine } from '../tui/text/units.js';

export interface TestsOptions {
  readonly folder: string;
  readonly filters: readonly string[];
  readonly watch: boolean;
  readonly parity?: boolean | undefined;
  readonly json: boolean;
}

/**
 * Builds the project's handler, so that its errors are told once and as `alga build` tells them, then
 * runs its tests with the project's own vitest. Exit code 1 when a test fails.
 */
export async function runTests(options: TestsOptions): Promise<void> {
  const { filters, watch, json } = options;
  const project = await loadProject(resolve(options.folder));
  const { features } = await resolveConfig({
    projectRoot: project.root,
    flags: { parity: options.parity },
  });
  const manager = await findPackageManager(project.root);
  const began = performance.now();
  const run = await prepareTestRun(project, { features, packageManager: manager.name });
  if (!json && run.hasHandler) {
    const paint = painter(wantsColor(process.stdout));
    const ms = Math.round(performance.now() - began);
    process.stdout.write(`${safeLine(project.summary)}\n${paint('dim', `handler built in ${ms} ms`)}\n`);
  }
  const code = await runVitest({ ...run, filters: [...filters], watch, json }, features);
  if (code !== 0) process.exitCode = 1;
}

/** Runs vitest in a process of its own, on this one's terminal. Gives its exit code. */
function runVitest(run: TestRun, features: 'default' | 'parity'): Promise<number> {
  const program = entryPath(import.meta.url, '../testing/vitest-program.js');
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, [program, JSON.stringify(run)], {
      cwd: run.root,
      stdio: 'inherit',
      env: { ...process.env, ALGA_PARITY: String(features === 'parity') },
    });
    // The terminal sends its signal to both; the tests decide when they are done.
    const wait = (): void => undefined;
    process.on('SIGINT', wait);
    const stop = (): void => void child.kill('SIGTERM');
    process.once('SIGTERM', stop);
    child.on('error', failed);
    child.on('close', (code) => {
      process.off('SIGINT', wait);
      process.off('SIGTERM', stop);
      done(code ?? 1);
    });
  });
}
