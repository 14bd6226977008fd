import { type AddRequest, addToProject } from '../project/add/index.js';
import { painter, wantsColor } from '../tui/text/paint.js';
import { safeLine } from '../tui/text/units.js';
import { jsonLine } from './render/json.js';

/** Runs `alga add`: changes the project and says what is left to do. */
export async function runAdd(options: {
  folder: string;
  request: AddRequest;
  dryRun: boolean;
  json: boolean;
}): Promise<void> {
  const result = await addToProject(options.folder, options.request, { dryRun: options.dryRun });
  if (options.json) {
    process.stdout.write(`${jsonLine(result)}\n`);
    return;
  }
  const paint = painter(wantsColor(process.stdout));
  const lines = [
    ...result.files.map(
      ({ path, kind }) => `${paint('green', kind === 'new' ? '+' : '~')} ${safeLine(path)}`,
    ),
    ...result.notes,
    ...(result.written ? [] : [paint('dim', 'Nothing was written (--dry-run).')]),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
