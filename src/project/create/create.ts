import { dirname, join, relative, resolve } from 'node:path';
import { findPackageManager } from '../shape/package-manager.js';
import { checkNames, checkTenant, type ProjectNames } from './names.js';
import { type PlannedFile, planFiles } from './plan.js';
import { DEFAULT_TEMPLATE, type ProjectKind, templateFolder } from './templates.js';
import { checkTarget, initGit, writeFiles } from './write.js';

export interface CreateOptions {
  readonly kind: ProjectKind;
  /** Name of a template or path of a folder; the kind's default when absent. */
  readonly template?: string | undefined;
  /** Reverse domain name or a single word; also the new folder's name. */
  readonly name: string;
  readonly publisher?: string | undefined;
  /** Tenant to publish to, written to the project's configuration. */
  readonly tenant?: string | undefined;
  /** Folder in which the new folder is made. */
  readonly targetDir: string;
  readonly dryRun?: boolean | undefined;
  readonly git?: boolean | undefined;
}

/** What was made, or would be. */
export interface CreatedProject {
  readonly root: string;
  readonly name: string;
  readonly publisher: string;
  readonly template: string;
  /** Relative paths, sorted. */
  readonly files: readonly string[];
  readonly written: boolean;
  /** Whether a git repository was made. */
  readonly git: boolean;
  /** Command lines that lead to the running extension. */
  readonly next: readonly string[];
}

/**
 * Makes a new project from a template. Everything is checked before the first file is written, and
 * nothing outside the new folder or over an existing file is. Throws `CREATE_*`.
 */
export async function createProject(options: CreateOptions): Promise<CreatedProject> {
  const names = checkNames(options);
  const tenant = checkTenant(options.tenant);
  const template = options.template ?? DEFAULT_TEMPLATE[options.kind];
  const folder = await templateFolder(template, process.cwd());
  const root = join(resolve(options.targetDir), names.folder);
  await checkTarget(root);
  const files = withTenant(await planFiles(folder, placeholders(names)), tenant);
  const written = options.dryRun !== true;
  let git = false;
  if (written) {
    await writeFiles(root, files);
    git = options.git !== false && (await initGit(root));
  }
  return {
    root,
    name: names.name,
    publisher: names.publisher,
    template,
    files: files.map(({ path }) => path).sort(),
    written,
    git,
    next: await nextSteps(root, files),
  };
}

function placeholders({ name, publisher, displayName }: ProjectNames): Record<string, string> {
  return { name, publisher, displayName, version: '0.1.0', packageName: name };
}

function withTenant(files: readonly PlannedFile[], tenant: string | undefined): readonly PlannedFile[] {
  if (tenant === undefined) return files;
  const content = Buffer.from(`${JSON.stringify({ tenant }, null, 2)}\n`);
  return [...files.filter(({ path }) => path !== 'alga.config.json'), { path: 'alga.config.json', content }];
}

async function nextSteps(root: string, files: readonly PlannedFile[]): Promise<string[]> {
  const { name } = await findPackageManager(dirname(root));
  const folder = relative(process.cwd(), root);
  const needsInstall = files.some(({ path }) => path === 'package.json');
  return [
    ...(folder === '' ? [] : [`cd ${/\s/.test(folder) ? JSON.stringify(folder) : folder}`]),
    ...(needsInstall ? [`${name} install`] : []),
    name === 'npm' ? 'npx alga dev' : `${name} exec alga dev`,
  ];
}
