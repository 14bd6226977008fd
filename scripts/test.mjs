// `npm test`: everything, in one command. Arguments are passed to vitest (for example a file name).
import { join } from 'node:path';
import { build } from './lib/build.mjs';
import { root, run, say } from './lib/commands.mjs';
import { installIfNeeded } from './lib/install.mjs';
import { missingPrograms } from './lib/programs.mjs';

const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const bin = (name) => join(root, 'node_modules', '.bin', name);
const only = process.argv.slice(2);

/** The product, what of it runs in browsers, and the tests. */
const TYPED = ['tsconfig.json', 'src/host/page/tsconfig.json', 'test/tsconfig.json'];

await installIfNeeded();
announceSkips();
await build();
if (only.length === 0) {
  await timed('lint', () => run(bin('biome'), ['check', '.'], { quiet: true }));
  await import('./lib/classic-typescript.mjs');
  await timed('import rules', () =>
    run(
      bin('depcruise'),
      ['--config', '.dependency-cruiser.cjs', '--output-type', 'err', 'src', 'runner/src'],
      { quiet: true },
    ),
  );
  await timed('unused code', () => run(bin('knip'), [], { quiet: true }));
  await timed('types', () => Promise.all(TYPED.map(checkTypes)));
}
await run(process.execPath, [vitest, 'run', ...only]);

function checkTypes(project) {
  return run(bin('tsc'), ['--noEmit', '-p', project], { quiet: true });
}

async function timed(name, work) {
  const began = performance.now();
  await work();
  say(`${name}: ok (${((performance.now() - began) / 1000).toFixed(1)} s)`);
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
