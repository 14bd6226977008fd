import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Logger, PluginOption, UserConfig } from 'vite';
import { z } from 'zod';
import { textOf } from '../../core/errors/alga-error.js';
import type { UiFailure } from './failure.js';
import type { UiPlace } from './ui-question.js';
import { failureOf } from './vite-failure.js';

/** The project's own Vite settings, without those that decide where it is built to and how it is served. */
export interface ProjectConfig {
  readonly config: UserConfig;
  /** Files to add to what the live server may serve, as the author's configuration says. */
  readonly allowed: readonly string[];
  /** Absolute paths of the files that the settings come from. */
  readonly sources: readonly string[];
}

/** The project's Vite configuration cannot be used. */
export class ConfigFailure extends Error {
  constructor(readonly failure: UiFailure) {
    super(failure.text);
    this.name = 'ConfigFailure';
  }
}

const packageSchema = z.object({
  dependencies: z.record(z.string(), z.unknown()).catch({}),
  devDependencies: z.record(z.string(), z.unknown()).catch({}),
});

/**
 * Reads the project's Vite configuration, or makes one: with the React plugin when the project uses React.
 * Runs the author's code. Throws {@link ConfigFailure}.
 */
export async function readProjectConfig(
  place: UiPlace,
  command: 'build' | 'serve',
  customLogger: Logger,
): Promise<ProjectConfig> {
  if (place.kind !== 'vite') return { config: {}, allowed: [], sources: [] };
  if (place.viteConfig === undefined) {
    return { config: { plugins: await pluginsFor(place.projectRoot) }, allowed: [], sources: [] };
  }
  const { loadConfigFromFile } = await import('vite');
  const mode = command === 'build' ? 'production' : 'development';
  try {
    const loaded = await loadConfigFromFile(
      { command, mode },
      place.viteConfig,
      place.projectRoot,
      'silent',
      customLogger,
    );
    const config = loaded?.config ?? {};
    const sources = [place.viteConfig, ...(loaded?.dependencies ?? [])];
    return { config: kept(config, place), allowed: config.server?.fs?.allow ?? [], sources };
  } catch (error) {
    throw new ConfigFailure(configFailure(error, place.viteConfig, place.projectRoot));
  }
}

function configFailure(error: unknown, file: string, cwd: string): UiFailure {
  const failure = failureOf(error, cwd);
  if (failure.file !== undefined) return { ...failure, kind: 'config' };
  const text = stripVTControlCharacters(textOf(error)).split('\n')[0] ?? '';
  return { kind: 'config', text, file };
}

/**
 * Settings of the author's that hold here as well. Root, base, output and server are ours; a library build
 * and its output are left out when the page loads the source in its place.
 */
function kept(config: UserConfig, place: UiPlace): UserConfig {
  const { root: _root, base: _base, server: _server, preview: _preview, build, ...rest } = config;
  if (build === undefined) return rest;
  const { outDir: _outDir, emptyOutDir: _empty, watch: _watch, write: _write, ...buildRest } = build;
  if (place.replacements.length === 0 && buildRest.lib === undefined) return { ...rest, build: buildRest };
  const { lib: _lib, rollupOptions: _rollup, rolldownOptions: _rolldown, ...plain } = buildRest;
  return { ...rest, build: plain };
}

async function pluginsFor(projectRoot: string): Promise<PluginOption[]> {
  const text = await readFile(join(projectRoot, 'package.json'), 'utf8').catch(() => '{}');
  const parsed = packageSchema.safeParse(parsedJson(text));
  if (!parsed.success) return [];
  const { dependencies, devDependencies } = parsed.data;
  if (!('react' in dependencies) && !('react' in devDependencies)) return [];
  const { default: react } = await import('@vitejs/plugin-react');
  return [react()];
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
