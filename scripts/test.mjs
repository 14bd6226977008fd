// `npm test`: everything, in one command. Arguments are passed to vitest (for example a file name).
import { join } from 'node:path';
import { build } from './lib/build.mjs';
import { root, run, say } from './lib/commands.mjs';
import { installIfNeeded } from './lib/install.mjs';
import { missingPrograms } from './lib/programs.mjs';

const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const bin = (name) => join(root, 'node_modules', '.bin', name);
const only = process.argv.slice(2);

/** What is looked at without running it, the longest first. */
const CHECKS = [
  ['types', 'tsc', '--noEmit', '-p', 'tsconfig.json'],
  ['types of the tests', 'tsc', '--noEmit', '-p', 'test/tsconfig.json'],
  ['types of the page', 'tsc', '--noEmit', '-p', 'src/host/page/tsconfig.json'],
  [
    'import rules',
    ...['depcruise', '--config', '.dependency-cruiser.cjs', '--output-type', 'err', 'src', 'runner/src'],
  ],
  ['unused code', 'knip'],
  ['lint', 'biome', 'check', '.'],
];

await installIfNeeded();
announceSkips();
await build();
if (only.length === 0) await check();
await run(process.execPath, [vitest, 'run', ...only]);

/** Two at a time: each is one processor's work. */
async function check() {
  await import('./lib/classic-typescript.mjs');
  const left = [...CHECKS];
  const next = async () => {
    for (let found = left.shift(); found; found = left.shift()) {
      const [what, program, ...args] = found;
      const began = performance.now();
      await run(bin(program), args, { quiet: true });
      say(`${what}: ok (${((performance.now() - began) / 1000).toFixed(1)} s)`);
    }
  };
  await Promise.all([next(), next()]);
}

/** One line for each system program that tests need and this machine lacks; a failure in strict mode. */
function announceSkips() {
  const missing = missingPrograms();
  for (const { program, skips, install } of missing) {
    say(`skipped: ${skips} (needs ${program}; ${install})`);
  }
  if (missing.length > 0 && process.env.ALGA_TEST_STRICT === '1') {
    say('ALGA_TEST_STRICT=1: a missing program is a failure');
    process.exit(1);
  }
}
