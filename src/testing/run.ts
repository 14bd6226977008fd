import { createRequire } from 'node:module';
import { join } from 'node:path';
import { z } from 'zod';
import { packageRoot } from '../core/entry.js';
import { algaError } from '../core/errors/alga-error.js';
import { readTextIfThere } from '../project/files.js';
import { addCommand, type PackageManagerName } from '../project/shape/package-manager.js';
import type { Project } from '../project/types.js';
import { builtComponent } from './component.js';

/** What the program that runs vitest is told; one JSON argument. */
export const testRunSchema = z.object({
  root: z.string(),
  /** Absolute path of the project's own vitest. */
  vitest: z.string(),
  /** False: the project's vite.config is for its page and says nothing of tests. */
  usesConfig: z.boolean(),
  /** Files that the tests do not import, but whose change makes them out of date. */
  inputs: z.array(z.string()),
  filters: z.array(z.string()),
  watch: z.boolean(),
  json: z.boolean(),
});

export type TestRun = z.input<typeof testRunSchema>;

const packageSchema = z.looseObject({ devDependencies: z.record(z.string(), z.string()).default({}) });

/** Everything about a test run that the project decides. */
export interface PreparedRun extends Pick<TestRun, 'root' | 'vitest' | 'usesConfig' | 'inputs'> {
  readonly hasHandler: boolean;
}

const CONFIG_ENDINGS = ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs'];

/**
 * Builds the project's handler, when it has one, and finds its vitest. Throws the errors of the build
 * and `TEST_VITEST_MISSING`.
 */
export async function prepareTestRun(
  project: Project,
  options: { features: 'default' | 'parity'; packageManager: PackageManagerName },
): Promise<PreparedRun> {
  const { root, handler, prebuiltComponent } = project;
  const vitest = vitestOf(root);
  if (vitest === undefined) {
    throw algaError('TEST_VITEST_MISSING', { root, command: await installCommand(options.packageManager) });
  }
  const hasHandler = handler !== undefined || prebuiltComponent !== undefined;
  const inputs = hasHandler ? (await builtComponent(project, options.features)).inputs : [];
  return { root, vitest, usesConfig: await hasTestConfig(root), inputs: [...inputs], hasHandler };
}

function vitestOf(root: string): string | undefined {
  try {
    return createRequire(join(root, 'package.json')).resolve('vitest/node');
  } catch {
    return undefined;
  }
}

/** Adds the version of vitest that this tool is tested with. */
async function installCommand(manager: PackageManagerName): Promise<string> {
  const own = packageSchema.parse(
    JSON.parse((await readTextIfThere(join(packageRoot(), 'package.json'))) ?? '{}'),
  );
  return addCommand(manager, [`vitest@${own.devDependencies.vitest ?? 'latest'}`], true);
}

/** Whether the project configures vitest, in a file of its own or in its vite.config. */
async function hasTestConfig(root: string): Promise<boolean> {
  for (const ending of CONFIG_ENDINGS) {
    if ((await readTextIfThere(join(root, `vitest.config.${ending}`))) !== undefined) return true;
    if (/\btest\s*:/.test((await readTextIfThere(join(root, `vite.config.${ending}`))) ?? '')) return true;
  }
  return false;
}
