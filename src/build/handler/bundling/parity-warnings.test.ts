import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parityWarnings } from './parity-warnings.js';
import { bundleHandler } from './source-bundle.js';

async function warningsFor(source: string) {
  const root = await mkdtemp(join(tmpdir(), 'alga-parity-'));
  await mkdir(join(root, 'src'));
  await writeFile(join(root, 'src', 'handler.ts'), source);
  const handler = { entry: join(root, 'src', 'handler.ts'), root };
  const input = { projectRoot: root, handler, features: 'parity' as const };
  const bundle = await bundleHandler(input, new AbortController().signal);
  await rm(root, { recursive: true });
  return parityWarnings(bundle);
}

it('warns of clock, random numbers and timers, at their first place', async () => {
  const warnings = await warningsFor(`
    const stamp = (): string => new Date().toISOString();
    export const handler = () => [stamp(), Date.now(), Math.random(), crypto.randomUUID()];
    export const later = () => setTimeout(() => undefined, performance.now());
  `);
  expect(warnings).toMatchObject([
    {
      code: 'HANDLER_CLOCK_FROZEN',
      file: 'src/handler.ts',
      line: 2,
      message: expect.stringContaining('2 times'),
    },
    { code: 'HANDLER_RANDOM_FIXED', line: 3 },
    { code: 'HANDLER_CALL_TRAPS', line: 4 },
  ]);
});

it('says nothing about dates that are given', async () => {
  expect(
    await warningsFor('export const handler = (r) => new Date(r.at).getTime() + my.setTimeout(1);'),
  ).toEqual([]);
});
