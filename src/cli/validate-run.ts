import { validateProject } from '../project/inspect/index.js';
import { configJsonSchema, manifestJsonSchema } from '../project/json-schema.js';
import { painter, wantsColor } from '../tui/text/paint.js';
import { diagnosticLines, problemLines } from './render/findings.js';
import { jsonLine } from './render/json.js';

export interface ValidateRun {
  readonly folder: string;
  readonly parity: boolean;
  readonly strict: boolean;
  readonly schema?: 'manifest' | 'config' | undefined;
  readonly json: boolean;
}

/** Runs `alga validate`. Exit code 1 when the product would refuse the manifest, or `strict` finds warnings. */
export async function runValidate(options: ValidateRun): Promise<void> {
  if (options.schema !== undefined) {
    const schema = options.schema === 'manifest' ? manifestJsonSchema() : configJsonSchema();
    process.stdout.write(`${JSON.stringify(schema, null, 2)}\n`);
    return;
  }
  const validation = await validateProject(options.folder, {
    features: options.parity ? 'parity' : 'default',
  });
  const { ok, problems, warnings, manifest } = validation;
  if (!ok || (options.strict && warnings.length > 0)) process.exitCode = 1;
  if (options.json) {
    process.stdout.write(`${jsonLine(validation)}\n`);
    return;
  }
  const paint = painter(wantsColor(process.stdout));
  const verdict = ok
    ? `${paint('green', '✓')} ${manifest} is valid${warnings.length === 0 ? '' : `, with ${count(warnings.length, 'warning')}`}`
    : `${paint('red', '✗')} ${manifest} has ${count(problems.length, 'problem')}`;
  const lines = [
    ...problems.flatMap((problem) => problemLines(problem, paint)),
    ...warnings.flatMap((warning) => diagnosticLines(warning, paint)),
    verdict,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
