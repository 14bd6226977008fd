import { basename, dirname, extname, join } from 'node:path';
import { readTextIfThere } from '../files.js';
import type { Project } from '../types.js';
import { handlerModule } from './endpoint.js';

/** A module to be written beside the handler's. */
export interface Sibling {
  readonly file: string;
  readonly typescript: boolean;
  /** As the handler imports it. */
  readonly specifier: string;
}

/** Where a module of this name stands and how the handler's module names it: as it names its others. */
export async function siblingOfHandler(project: Project, name: string): Promise<Sibling> {
  const handler = await handlerModule(project);
  const typescript = /\.[cm]?tsx?$/.test(handler);
  const file = join(dirname(handler), `${name}${typescript ? '.ts' : '.js'}`);
  const ending = typescript ? await endingOf(project, handler) : '.js';
  return { file, typescript, specifier: `./${basename(file, extname(file))}${ending}` };
}

async function endingOf(project: Project, handler: string): Promise<string> {
  const text = (await readTextIfThere(handler)) ?? '';
  const relative = /\bfrom\s*['"]\.{1,2}\/[^'"]*?(\.[cm]?[jt]s)?['"]/.exec(text);
  if (relative !== null) return relative[1] ?? '';
  const settings = (await readTextIfThere(join(project.root, 'tsconfig.json'))) ?? '';
  return /"allowImportingTsExtensions"\s*:\s*true/.test(settings) ? '.ts' : '.js';
}
