import { relative, sep } from 'node:path';
import type { Diagnostic } from 'typescript/unstable/sync';
import { sourceFrame } from '../../../project/source-frame.js';
import { sourceText } from '../../source-text.js';
import type { TypeFault } from '../type-question.js';
import type { ShadowConfig } from './shadow-config.js';

/** A diagnostic of the native compiler as a fault, with its place in the project's own files. */
export function nativeFault(diagnostic: Diagnostic, shadow: ShadowConfig, projectRoot: string): TypeFault {
  const { fileName, pos, end, code: number } = diagnostic;
  const text = messageOf(diagnostic);
  const inProject = (file: string): string => relative(projectRoot, file).split(sep).join('/');
  const source = fileName === undefined ? undefined : sourceText(fileName);
  if (fileName === undefined || source === undefined || fileName === shadow.path) {
    return { kind: 'config', number, text, file: inProject(shadow.source) };
  }
  const before = source.slice(0, pos).split('\n');
  const line = before.length;
  const column = (before.at(-1)?.length ?? 0) + 1;
  return {
    kind: fileName.endsWith('.json') ? 'config' : 'mismatch',
    number,
    text,
    file: inProject(fileName),
    line,
    column,
    frame: sourceFrame(source, line, column, end - pos),
  };
}

/** The message with its explanations below it, each level by two spaces further in. */
function messageOf({ text, messageChain = [] }: Diagnostic, depth = 0): string {
  const rest = messageChain.map((part) => messageOf(part, depth + 1));
  return [`${'  '.repeat(depth)}${text}`, ...rest].join('\n');
}
