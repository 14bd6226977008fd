import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ProjectChanges } from './project-changes.js';

let folder: string;
let changes: ProjectChanges;
/** Names and kinds of what was told. */
let told: string[];
let failures: unknown[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alga-changes-'));
  await Promise.all(['a.ts', 'b.ts', 'readme.md'].map((name) => writeFile(join(folder, name), 'first')));
  told = [];
  failures = [];
  changes = new ProjectChanges({
    directory: folder,
    meaningOf: (path) => new Set(path.endsWith('.ts') ? ['handler'] : []),
    onSign: () => undefined,
    onChange: ({ files, kinds }) => told.push(`${files.join()}: ${[...kinds].join()}`),
    onError: (error) => failures.push(error),
  });
  await changes.start();
  await changes.learn([join(folder, 'a.ts'), join(folder, 'b.ts')], Number.POSITIVE_INFINITY);
});
afterEach(async () => {
  await changes.stop();
  await rm(folder, { recursive: true });
  expect(failures).toEqual([]);
});

const save = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);
const isTold = (lines: readonly string[]) => expect.poll(() => told, { interval: 5 }).toEqual(lines);

it('tells of what is new once, and of nothing that is as it was or does not matter', async () => {
  await save('a.ts', 'first');
  await save('readme.md', 'second');
  await save('b.ts', 'second');
  await isTold(['b.ts: handler']);
  await save('a.ts', 'second');
  await isTold(['b.ts: handler', 'a.ts: handler']);
});

it('never tells of a file that is emptied to be written again', async () => {
  await save('a.ts', '');
  await save('a.ts', 'second');
  await isTold(['a.ts: handler']);
  await save('b.ts', 'second');
  await isTold(['a.ts: handler', 'b.ts: handler']);
});

it('tells of a file that stays empty, and of one that is gone', async () => {
  await save('a.ts', '');
  await isTold(['a.ts: handler']);
  await rm(join(folder, 'b.ts'));
  await isTold(['a.ts: handler', 'b.ts: handler']);
});
