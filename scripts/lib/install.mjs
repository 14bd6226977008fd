// Installs the packages when they are missing or the lockfile has changed.
import { npm, run, say } from './commands.mjs';
import { hashOf, isFresh, writeStamp } from './stamp.mjs';

const STAMP = 'node_modules/.alga-installed';

export async function installIfNeeded() {
  const hash = hashOf(['package.json', 'package-lock.json']);
  if (isFresh(STAMP, hash)) return;
  const began = performance.now();
  say('installing packages (once; about half a minute)');
  const [program, args] = npm(['install', '--no-audit', '--no-fund', '--loglevel=error']);
  await run(program, args);
  writeStamp(STAMP, hashOf(['package.json', 'package-lock.json']));
  say(`packages installed in ${Math.round((performance.now() - began) / 1000)} s`);
}
