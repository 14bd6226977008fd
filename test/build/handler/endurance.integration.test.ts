import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHandlerBuilder } from '../../../src/build/handler/index.js';
import { packageRoot } from '../../../src/core/entry.js';
import { otherNode } from '../../support/other-node.js';
import { answering, type HandlerProject, handlerProject } from './projects.js';

const run = promisify(execFile);
const never = new AbortController().signal;
const OTHER_NODE = '22.20.0';
const BUILDS = 1_000;
/** From here on caches and standby processes are as large as they get. */
const SETTLED = 400;
const GROWTH_MIB = 64;

let project: HandlerProject;
beforeEach(async () => {
  project = await handlerProject(answering('hello'));
});
afterEach(() => project.remove());

/** Builds in a process of its own with the compiled builder; gives version and hash of the component. */
async function builtBy(node: string): Promise<{ version: string; hash: string }> {
  const builder = pathToFileURL(join(packageRoot(), 'dist/src/build/handler/index.js')).href;
  const other = await handlerProject(answering('hello'));
  const script = `
    const { createHandlerBuilder } = await import(${JSON.stringify(builder)});
    const { createHash } = await import('node:crypto');
    const builder = createHandlerBuilder({ cacheDir: ${JSON.stringify(other.cacheDir)} });
    const { component, lane } = await builder.build(${JSON.stringify(other.input())}, new AbortController().signal);
    await builder.stop();
    const hash = createHash('sha256').update(component).digest('hex');
    console.log(JSON.stringify({ version: process.versions.node, hash, lane }));`;
  try {
    const { stdout } = await run(node, ['--input-type=module', '--eval', script]);
    return JSON.parse(stdout) as { version: string; hash: string };
  } finally {
    await other.remove();
  }
}

describe('the builder in the long run', () => {
  it('gives the same bytes on another version of Node', async () => {
    const other = await builtBy(await otherNode(OTHER_NODE));
    expect(other).toMatchObject({ version: OTHER_NODE, lane: 'snapshot' });
    const builder = createHandlerBuilder({ cacheDir: project.cacheDir });
    const here = await builder.build(project.input(), never);
    await builder.stop();
    expect(createHash('sha256').update(here.component).digest('hex')).toBe(other.hash);
  });

  it('takes no more memory after a thousand builds', { timeout: 280_000 }, async () => {
    const builder = createHandlerBuilder({ cacheDir: project.cacheDir, lanes: ['snapshot'] });
    const used: number[] = [];
    try {
      for (let n = 0; n < BUILDS; n++) {
        await project.write('src/handler.ts', answering(`edit ${n}`));
        const built = await builder.buildImage(project.input(), never);
        expect(built.fromCache).toBe(false);
        if (n >= SETTLED && n % 10 === 0) used.push(await memoryOfTree(process.pid));
      }
    } finally {
      await builder.stop();
    }
    const half = used.length / 2;
    expect(median(used.slice(half)) - median(used.slice(0, half))).toBeLessThan(GROWTH_MIB);
  });
});

/** Resident memory of a process and its children in MiB. */
async function memoryOfTree(pid: number): Promise<number> {
  const { stdout } = await run('ps', ['-eo', 'pid=,ppid=,rss=']);
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const tree = new Set([pid]);
  for (const [child, parent] of rows) if (child && parent && tree.has(parent)) tree.add(child);
  return rows.reduce((sum, [each, , kib]) => sum + (each && tree.has(each) ? (kib ?? 0) : 0), 0) / 1024;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
