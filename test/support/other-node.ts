import { execFile } from 'node:child_process';
import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../src/core/entry.js';

const run = promisify(execFile);

/** The program of another version of Node, as the npm registry has it for this system; kept between runs. */
export async function otherNode(version: string): Promise<string> {
  const folder = join(packageRoot(), 'node_modules', '.cache', 'alga-test', `node-${version}`);
  const name = `node-${process.platform}-${process.arch}`;
  const binary = join(folder, 'node_modules', name, 'bin', 'node');
  const there = await access(binary).then(
    () => true,
    () => false,
  );
  if (!there) {
    await mkdir(folder, { recursive: true });
    const flags = ['--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
    await run('npm', ['install', ...flags, '--prefix', folder, `${name}@${version}`]);
  }
  return binary;
}
