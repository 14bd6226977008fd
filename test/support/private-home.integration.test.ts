import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '../../src/core/entry.js';
import { cacheDir, stackDir } from '../../src/core/paths.js';
import { openStack } from '../../src/stack/index.js';
import { scratchProject } from './scratch.js';
import { runAlga } from './session.js';

const HOME = join(packageRoot(), '.alga', 'test-home');

/** What a developer has running or kept is nobody's to test with. */
it('a test without a home of its own has no stack, and the cache of all tests', async () => {
  expect([stackDir(), cacheDir()]).toEqual([join(HOME, 'stack'), join(HOME, 'cache')]);
  const { ALGA_HOME: _home, ...homeless } = process.env;
  for (const env of [process.env, homeless])
    await expect(openStack({ kind: 'embedded', env })).rejects.toMatchObject({
      code: expect.stringMatching(/^STACK_/),
    });
});

it('a session without one does not start', async () => {
  const project = await scratchProject('ui-static', 'homeless');
  try {
    const { code, stdout } = await runAlga(['dev', project.root, '--json'], HOME);
    expect({ code, stdout }).toMatchObject({
      code: expect.any(Number),
      stdout: expect.stringMatching(/STACK_/),
    });
    expect(code).not.toBe(0);
  } finally {
    await project.remove();
  }
});
