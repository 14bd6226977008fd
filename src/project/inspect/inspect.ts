import { join } from 'node:path';
import { type ConfigSource, type ResolvedConfig, resolveConfig } from '../config/resolve.js';
import { readSecrets } from '../config/secrets.js';
import { isFile, shownPath } from '../files.js';
import { loadProject } from '../load.js';
import { findPackageManager, type PackageManager } from '../shape/package-manager.js';
import { sourceGraph } from '../source-graph.js';
import type { Diagnostic, ExtensionIdentity, Project } from '../types.js';
import { projectFindings } from './findings.js';
import { type PlannedStep, plannedSteps } from './steps.js';

/** Everything that is known of a project before anything of it is run. Paths are relative to `root`. */
export interface Inspection {
  readonly root: string;
  readonly manifest: string;
  readonly identity: ExtensionIdentity;
  readonly capabilities: readonly string[];
  readonly endpoints: readonly string[];
  readonly summary: string;
  readonly handler?: {
    readonly entry: string;
    readonly root: string;
    readonly why: string;
    /** Undefined when the built-in definition is used. */
    readonly wit?: string;
    readonly modules: readonly string[];
    readonly hostInterfaces: readonly string[];
    readonly packages: readonly string[];
  };
  readonly component?: string;
  readonly ui?: { readonly root: string; readonly kind: string; readonly why: string };
  readonly steps: readonly PlannedStep[];
  readonly packageManager: Pick<PackageManager, 'name' | 'why'>;
  readonly config: {
    readonly file?: string;
    readonly settings: Readonly<Record<string, { readonly value: unknown; readonly from: ConfigSource }>>;
    /** Names of the secrets, never their values. */
    readonly secrets: readonly string[];
  };
  readonly warnings: readonly Diagnostic[];
}

/** Looks a project over, without building it. Throws the errors of `loadProject` and `resolveConfig`. */
export async function inspectProject(
  dir: string,
  options: { env?: NodeJS.ProcessEnv; parity?: boolean | undefined } = {},
): Promise<Inspection> {
  const project = await loadProject(dir);
  const { root } = project;
  const flags = options.parity === undefined ? {} : { parity: options.parity };
  const config = await resolveConfig({
    projectRoot: root,
    flags,
    ...(options.env === undefined ? {} : { env: options.env }),
  });
  const secrets = await readSecrets(root);
  const manager = await findPackageManager(root, options.env);
  const shown = (path: string) => shownPath(root, path);
  const typescript = await isFile(join(project.handler?.root ?? root, 'tsconfig.json'));
  return {
    root,
    manifest: shown(project.manifestPath),
    identity: project.identity,
    capabilities: project.manifest.capabilities,
    endpoints: (project.manifest.api?.endpoints ?? []).map(({ method, path }) => `${method} ${path}`),
    summary: project.summary,
    ...(await handlerPart(project, shown)),
    ...(project.prebuiltComponent === undefined ? {} : { component: shown(project.prebuiltComponent) }),
    ...(project.ui === undefined
      ? {}
      : { ui: { root: shown(project.ui.root), kind: project.ui.kind, why: project.ui.why ?? '' } }),
    steps: plannedSteps(project, { features: config.features, typescript }),
    packageManager: { name: manager.name, why: manager.why },
    config: { ...configPart(config, shown), secrets: Object.keys(secrets?.values ?? {}) },
    warnings: [
      ...project.warnings,
      ...(await projectFindings(project, { features: config.features })),
      ...(secrets?.warnings ?? []),
    ],
  };
}

async function handlerPart(
  { handler }: Project,
  shown: (path: string) => string,
): Promise<Pick<Inspection, 'handler'>> {
  if (handler === undefined) return {};
  const graph = await sourceGraph(handler.entry);
  const bare = [...graph.bare.keys()].sort();
  return {
    handler: {
      entry: shown(handler.entry),
      root: shown(handler.root),
      why: handler.why ?? '',
      ...(handler.witPath === undefined ? {} : { wit: shown(handler.witPath) }),
      modules: [...graph.modules.keys()].map(shown).sort(),
      hostInterfaces: bare.filter((name) => name.startsWith('alga:extension/')),
      packages: bare.filter((name) => !name.startsWith('alga:extension/')),
    },
  };
}

function configPart(
  config: ResolvedConfig,
  shown: (path: string) => string,
): Omit<Inspection['config'], 'secrets'> {
  const { stack, tenant, port, open, features, sources, file } = config;
  return {
    ...(file === undefined ? {} : { file: shown(file.path) }),
    settings: {
      stack: { value: stack, from: sources.stack },
      tenant: { value: tenant ?? null, from: sources.tenant },
      port: { value: port, from: sources.port },
      open: { value: open, from: sources.open },
      parity: { value: features === 'parity', from: sources.parity },
    },
  };
}
