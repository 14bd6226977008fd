import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../core/entry.js';

/** Version of this package, from its package.json. */
export function packageVersion(): string {
  const text = readFileSync(join(packageRoot(), 'package.json'), 'utf8');
  const { version }: { version?: unknown } = JSON.parse(text);
  return String(version);
}
