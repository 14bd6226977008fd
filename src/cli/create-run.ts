import { relative } from 'node:path';
import { algaError } from '../core/errors/alga-error.js';
import { type CreatedProject, createProject, type ProjectKind, TEMPLATES } from '../project/create/index.js';
import { type Paint, painter, wantsColor } from '../tui/text/paint.js';
import { jsonLine } from './render/json.js';

export interface CreateRun {
  readonly kind: ProjectKind | undefined;
  readonly name: string | undefined;
  readonly template?: string | undefined;
  readonly publisher?: string | undefined;
  readonly tenant?: string | undefined;
  readonly targetDir: string;
  readonly list: boolean;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly git: boolean;
  readonly json: boolean;
}

/** Runs `alga create`: lists templates, or asks for what is missing and makes the project. */
export async function runCreate(options: CreateRun): Promise<void> {
  const paint = painter(wantsColor(process.stdout));
  if (options.list) {
    print(options.json ? [jsonLine({ templates: TEMPLATES })] : templateLines(paint));
    return;
  }
  const answers = await answersFor(options);
  if (answers === undefined) {
    process.exitCode = 1;
    return;
  }
  const created = await createProject({ ...options, ...answers });
  print(options.json ? [jsonLine(created)] : createdLines(created, paint));
}

interface Answers {
  readonly kind: ProjectKind;
  readonly template: string | undefined;
  readonly name: string;
  readonly publisher: string | undefined;
}

/** Everything that is needed, asked for when there is somebody to ask; undefined when they cancelled. */
async function answersFor(options: CreateRun): Promise<Answers | undefined> {
  const { kind, name, template, publisher } = options;
  const canAsk = process.stdin.isTTY === true && process.stdout.isTTY === true;
  if (
    canAsk &&
    !options.yes &&
    !options.json &&
    (name === undefined || (template === undefined && kind === undefined))
  ) {
    const { askForProject } = await import('./create-questions.js');
    return await askForProject({ kind, name, template, publisher });
  }
  if (name === undefined) throw algaError('CREATE_NAME_MISSING', {});
  const templateKind = TEMPLATES.find((known) => known.name === template || known.alias === template)?.kind;
  return { kind: kind ?? templateKind ?? 'extension', template, name, publisher };
}

function templateLines(paint: Paint): string[] {
  return TEMPLATES.map(
    ({ name, kind, about }) => `${paint('bold', name.padEnd(10))} ${kind.padEnd(10)} ${about}`,
  );
}

function createdLines(created: CreatedProject, paint: Paint): string[] {
  const folder = relative(process.cwd(), created.root) || '.';
  const verb = created.written ? 'Created' : 'Would create';
  return [
    `${verb} ${paint('bold', created.name)} (${created.publisher}) in ${folder} from the template ${created.template}:`,
    ...created.files.map((file) => `  ${file}`),
    ...(created.git ? ['  .git/'] : []),
    ...(created.written ? ['', 'Next:', ...created.next.map((line) => `  ${paint('cyan', line)}`)] : []),
  ];
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
