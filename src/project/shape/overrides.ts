import { dirname, join, resolve, sep } from 'node:path';
import { algaError } from '../../core/errors/alga-error.js';
import type { CheckedConfig } from '../config/schema.js';
import { isFile } from '../files.js';
import type { BuildCommand, UiShape } from '../types.js';

/** Where each part of the project is, when its author says so. */
export type ProjectOverrides = Pick<CheckedConfig, 'handler' | 'component' | 'ui'>;

/** Absolute path of a file that a setting names. Throws `CONFIG_PATH` when there is none. */
export async function namedFile(root: string, setting: string, path: string): Promise<string> {
  const absolute = resolve(root, path);
  if (!(await isFile(absolute))) throw algaError('CONFIG_PATH', { setting, path });
  return absolute;
}

/** The build command of a component in any language. */
export function configuredComponent(
  root: string,
  config: NonNullable<ProjectOverrides['component']>,
): { output: string; build: BuildCommand } {
  const output = resolve(root, config.output);
  const inputs = config.watch.map((path) => resolve(root, path));
  const outputs = [output, join(root, 'dist')];
  return { output, build: { command: words(config.build), cwd: root, inputs, outputs } };
}

/** The UI that a build command of the configuration makes. */
export function configuredUi(root: string, config: NonNullable<ProjectOverrides['ui']>): UiShape | undefined {
  if (config.build === undefined) return undefined;
  const output = resolve(root, config.output ?? 'dist/ui');
  const source = resolve(root, config.root ?? 'ui');
  const inputs = [...new Set([source, join(root, 'ui'), join(root, 'src')])];
  const build = { command: words(config.build), cwd: root, inputs, outputs: [output] };
  return { root: output, kind: 'prebuilt', build, why: 'build command of the configuration' };
}

/** The nearest folder with a package.json between a file and the project root. */
export async function packageFolder(root: string, file: string): Promise<string> {
  for (let at = dirname(file); at.startsWith(root + sep); at = dirname(at)) {
    if (await isFile(join(at, 'package.json'))) return at;
  }
  return root;
}

function words(command: string | readonly string[]): readonly string[] {
  return typeof command === 'string' ? command.trim().split(/\s+/) : command;
}
