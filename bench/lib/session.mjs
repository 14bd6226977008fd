import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root } from '../../scripts/lib/commands.mjs';

/** A running `alga dev --json` whose events can be awaited. */
export function startSession(folders, home) {
  const began = performance.now();
  const child = spawn(process.execPath, [join(root, 'bin/alga.mjs'), 'dev', ...folders, '--json'], {
    env: { ...process.env, ALGA_HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const events = [];
  const waiters = new Set();
  createInterface({ input: child.stdout }).on('line', (line) => {
    events.push(JSON.parse(line));
    for (const wake of waiters) wake();
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const next = (fits, from = 0) =>
    new Promise((resolve, reject) => {
      const look = () => {
        const found = events.slice(from).find(fits);
        if (!found) return;
        waiters.delete(look);
        resolve(found);
      };
      waiters.add(look);
      ended.then((code) =>
        reject(new Error(`alga dev ended with ${code}: ${JSON.stringify(events.at(-1))}`)),
      );
      look();
    });
  return {
    child,
    began,
    events,
    next,
    mark: () => events.length,
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}
