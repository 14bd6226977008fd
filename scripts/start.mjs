// `npm start`: from a fresh clone to a running demo. Uses nothing but Node until the packages are there.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildIfNeeded } from './lib/build.mjs';
import { root, run, say } from './lib/commands.mjs';
import { installIfNeeded } from './lib/install.mjs';

const demo = join(root, '.alga', 'demo');

await installIfNeeded();
await buildIfNeeded();
if (!existsSync(join(demo, 'manifest.json'))) {
  say('creating the demo extension in .alga/demo');
  await run(
    process.execPath,
    [
      'bin/alga.mjs',
      'create',
      'extension',
      'demo',
      '--template',
      'full',
      '--publisher',
      'local-dev',
      '--dir',
      '.alga',
      '--yes',
      '--no-git',
    ],
    { quiet: true },
  );
}
say('edit .alga/demo/ui/src/App.tsx or .alga/demo/src/handler.ts and watch the page\n');

const child = spawn(
  process.execPath,
  [join(root, 'bin', 'alga.mjs'), 'dev', demo, ...process.argv.slice(2)],
  {
    stdio: 'inherit',
    cwd: root,
  },
);
// The terminal sends its signals to the whole group; this process only waits for the session to leave.
for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => undefined);
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
