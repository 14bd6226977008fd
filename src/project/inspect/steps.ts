import { shownPath } from '../files.js';
import type { BuildCommand, Project } from '../types.js';

/** What one step of the pipeline does for this project, and why in this way. */
export interface PlannedStep {
  readonly step: 'validate' | 'types' | 'component' | 'ui' | 'pack';
  readonly does: string;
  readonly why: string;
}

/** The steps that a publish of the project runs. */
export function plannedSteps(
  project: Project,
  options: { features: 'default' | 'parity'; typescript: boolean },
): PlannedStep[] {
  const shown = (path: string) => shownPath(project.root, path);
  return [
    {
      step: 'validate',
      does: `check ${shown(project.manifestPath)}`,
      why: 'the product refuses what breaks its rules',
    },
    ...(options.typescript
      ? [{ step: 'types' as const, does: 'check types with TypeScript', why: 'there is a tsconfig.json' }]
      : []),
    ...componentStep(project, options.features, shown),
    ...uiStep(project, shown),
    { step: 'pack', does: packed(project), why: 'what the runner reads' },
  ];
}

type Shown = (path: string) => string;

function componentStep(project: Project, features: 'default' | 'parity', shown: Shown): PlannedStep[] {
  const { handler, prebuiltComponent, componentBuild } = project;
  if (handler !== undefined) {
    const wit = handler.witPath === undefined ? 'the built-in WIT' : shown(handler.witPath);
    const engine = features === 'parity' ? 'clock, random and console off' : 'clock, random and console on';
    const does = `bundle ${shown(handler.entry)} and make a component of it with ${wit} (world runner, ${engine})`;
    return [{ step: 'component', does, why: handler.why ?? 'found by its place' }];
  }
  if (componentBuild !== undefined) {
    const does = `${commandText(componentBuild, shown)}, then take ${shown(prebuiltComponent ?? '')}`;
    return [{ step: 'component', does, why: 'build command of the configuration' }];
  }
  if (prebuiltComponent === undefined) return [];
  const does = `take ${shown(prebuiltComponent)} as it is`;
  return [{ step: 'component', does, why: 'no handler source was found' }];
}

function uiStep({ ui }: Project, shown: Shown): PlannedStep[] {
  if (ui === undefined) return [];
  const root = shown(ui.root);
  const why = ui.why ?? 'found by its place';
  if (ui.build !== undefined)
    return [{ step: 'ui', does: `${commandText(ui.build, shown)}, then take ${root}/`, why }];
  if (ui.kind !== 'vite') return [{ step: 'ui', does: `take ${root}/ as it is`, why }];
  const config = ui.viteConfig === undefined ? '' : ` with ${shown(ui.viteConfig)}`;
  const from = (ui.replacements ?? []).flatMap(({ url, source }) =>
    source === undefined ? [] : [`${url} from ${shown(source)}`],
  );
  return [{ step: 'ui', does: [`build ${root}/index.html by Vite${config}`, ...from].join(', '), why }];
}

function packed({ handler, prebuiltComponent, ui }: Project): string {
  const parts = [
    'manifest.json',
    ...(handler === undefined && prebuiltComponent === undefined ? [] : ['dist/main.wasm']),
    ...(ui === undefined ? [] : ['ui/']),
  ];
  return `put ${parts.join(', ')} into bundle.tar.zst`;
}

function commandText(build: BuildCommand, shown: Shown): string {
  const folder = shown(build.cwd);
  return `run "${build.command.join(' ')}"${folder === '.' ? '' : ` in ${folder}`}`;
}
