import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { relative, sep } from 'node:path';

/** Changes when the same inputs may give another output, because this room builds differently. */
const FORMAT = 'alga-ui-1';

/**
 * Hash over names and contents of a UI's inputs. A missing file counts as such, so that its removal shows.
 * Equal hashes mean that a build would give the same files.
 */
export async function hashUiInputs(projectRoot: string, inputs: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(FORMAT);
  const named = inputs.map((input) => ({ input, name: relative(projectRoot, input).split(sep).join('/') }));
  for (const { input, name } of named.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const content = await readFile(input).catch(() => undefined);
    hash.update(`\n${name}\n${content === undefined ? 'absent' : `${content.length}\n`}`);
    if (content !== undefined) hash.update(content);
  }
  return hash.digest('hex');
}
