import { join } from 'node:path';
import { isFile, namesIn, readTextIfThere, shownPath } from '../files.js';
import { lineAndColumn } from '../source-frame.js';
import type { Diagnostic } from '../types.js';

/** The WIT file of a project, and whether it can be used. */
export interface FoundWit {
  readonly path: string;
  /** Set when today's tools refuse the file; the built-in definition is used in its place. */
  readonly refused?: string;
  readonly warnings: readonly Diagnostic[];
}

const FOLDERS = ['wit', 'src/component/wit', 'src/wit', 'component/wit'];
const NAMES = ['extension-runner.wit', 'ext.wit'];

/** Finds the WIT file of a handler's package and recognises the outdated form of the published template. */
export async function findWit(handlerRoot: string, projectRoot: string): Promise<FoundWit | undefined> {
  for (const folder of FOLDERS) {
    const dir = join(handlerRoot, folder);
    const present = (await namesIn(dir)).filter((name) => name.endsWith('.wit'));
    const name =
      NAMES.find((known) => present.includes(known)) ?? (present.length === 1 ? present[0] : undefined);
    if (name === undefined) continue;
    const path = join(dir, name);
    if (!(await isFile(path))) continue;
    const text = (await readTextIfThere(path)) ?? '';
    const outdated = outdatedWit(text);
    if (outdated === undefined) return { path, warnings: [] };
    const file = shownPath(projectRoot, path);
    const warning: Diagnostic = {
      code: 'WIT_OUTDATED',
      message: `${file} is in an old form of the WIT language that today's tools refuse (${outdated.reason}); the built-in definition is used in its place.`,
      hint: `Delete ${file}: the built-in definition is the current one and has every host interface.`,
      file,
      ...lineAndColumn(text, outdated.offset),
    };
    return { path, refused: outdated.reason, warnings: [warning] };
  }
  return undefined;
}

/** Forms of older WIT grammars; the published component template has all three. */
export function outdatedWit(text: string): { reason: string; offset: number } | undefined {
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, (comment) => comment.replace(/[^\n]/g, ' '));
  let depth = 0;
  for (const match of code.matchAll(/[{}]|(?:^|(?<=[\s;{}]))(?:record|enum|variant|flags)(?=\s)/g)) {
    if (match[0] === '{') depth++;
    else if (match[0] === '}') depth--;
    else if (depth === 0) return { reason: 'types outside an interface', offset: match.index };
  }
  const unit = /result<\s*\(\s*\)/.exec(code);
  if (unit !== null) return { reason: 'result<()>', offset: unit.index };
  const inline = /\bimport\s+[\w-]+\s*:\s*interface\s+[\w-]+\s*;/.exec(code);
  if (inline !== null) return { reason: 'import of a named interface', offset: inline.index };
  return undefined;
}
