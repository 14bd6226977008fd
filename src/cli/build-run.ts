import { resolve } from 'node:path';
import { reportError } from '../core/errors/alga-error.js';
import { loadProject, resolveConfig } from '../project/index.js';
import { projectFindings } from '../project/inspect/index.js';
import type { Diagnostic, Project } from '../project/types.js';
import { painter, wantsColor } from '../tui/text/paint.js';
import { safeLine } from '../tui/text/units.js';
import { type BuildReport, ProjectBuild } from './build-outputs.js';
import { watchBuild } from './build-watch.js';
import { failureLines } from './failure.js';
import { diagnosticLines } from './render/findings.js';
import { jsonLine } from './render/json.js';

export interface BuildOptions {
  readonly folder: string;
  readonly parity?: boolean | undefined;
  readonly release: boolean;
  readonly watch: boolean;
  readonly json: boolean;
}

/**
 * Builds a project into its `dist` folder and prints what was made and what to mind; with `watch`
 * again after each change. Throws the coded error of the first part that fails, unless it watches.
 */
export async function runBuild(options: BuildOptions): Promise<void> {
  const folder = resolve(options.folder);
  const first = await loadProject(folder);
  const { features } = await resolveConfig({
    projectRoot: first.root,
    flags: { parity: options.parity },
  });
  const output = buildOutput(options.json);
  const builds = new ProjectBuild({ features, release: options.release }, output);
  const buildOnce = async (signal: AbortSignal): Promise<Project> => {
    const project = await loadProject(folder);
    output.begin(project);
    output.onWarnings([...project.warnings, ...(await projectFindings(project, { features }))]);
    await builds.build(project, signal);
    return project;
  };
  await builds.start();
  try {
    if (!options.watch) {
      await buildOnce(new AbortController().signal);
      return;
    }
    await watchBuild({
      root: first.root,
      inputs: () => builds.inputs,
      onWatching: output.watching,
      onError: output.failed,
      build: async (signal) => {
        try {
          return await buildOnce(signal);
        } catch (error) {
          if (!signal.aborted) output.failed(error);
          return await loadProject(folder).catch(() => undefined);
        }
      },
    });
  } finally {
    await builds.stop();
  }
}

interface BuildOutput extends BuildReport {
  begin(project: Project): void;
  failed(error: unknown): void;
  watching(): void;
}

/** Lines for people, or one JSON object a line. A warning is told once in one build. */
function buildOutput(json: boolean): BuildOutput {
  const paint = painter(wantsColor(process.stdout));
  const print = (lines: readonly string[], object?: object): void => {
    const text = json ? object && [jsonLine({ at: new Date().toISOString(), ...object })] : lines;
    for (const line of text ?? []) process.stdout.write(`${line}\n`);
  };
  let told = new Set<string>();
  return {
    begin: (project) => {
      told = new Set();
      print([safeLine(project.summary)]);
    },
    onBuilt: (result) => print([`${result.path}  ${safeLine(result.detail)}  ${result.ms} ms`], result),
    onWarnings: (warnings: readonly Diagnostic[]) => {
      for (const warning of warnings) {
        const key = JSON.stringify(warning);
        if (told.has(key)) continue;
        told.add(key);
        print(diagnosticLines(warning, paint), { type: 'warning', ...warning });
      }
    },
    failed: (error) => {
      const report = reportError(error);
      print(failureLines(report), { type: 'error', ...report });
    },
    watching: () => print([paint('dim', 'Watching for changes.')], { type: 'watching' }),
  };
}
