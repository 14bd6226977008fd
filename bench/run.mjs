// `npm run bench`: ours and the peer, in one run on one machine. Writes results.json and the table.
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { buildIfNeeded } from '../scripts/lib/build.mjs';
import { root, say } from '../scripts/lib/commands.mjs';
import { installIfNeeded } from '../scripts/lib/install.mjs';
import { measureLoop } from './measures/loop.mjs';
import { measurePeer, REPAIRS } from './measures/peer.mjs';
import { measureRunner } from './measures/runner.mjs';

const quick = process.argv.includes('--quick');

await installIfNeeded();
await buildIfNeeded();
say('measuring the loop');
const loop = await measureLoop({ edits: quick ? 5 : 25, starts: quick ? 2 : 7 });
say('measuring the runner');
const runner = await measureRunner(
  quick
    ? { starts: 3, calls: 50, hashes: 5, rounds: 2, roundMs: 1000 }
    : { starts: 9, calls: 500, hashes: 40, rounds: 10, roundMs: 2000 },
);
say('measuring the published CLI');
const peer = await measurePeer({ runs: quick ? 1 : 3 });
const measures = { ...loop, ...runner, ...peer };
const machine = { cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30), node: process.version };
await writeFile(
  join(root, 'bench', 'results.json'),
  `${JSON.stringify({ machine, measures, repairs: REPAIRS }, null, 2)}\n`,
);
await writeTable(machine, measures);
say('wrote bench/results.json and bench/README.md');

/** Replaces the table between the two markers of bench/README.md. */
async function writeTable(machine, measures) {
  const file = join(root, 'bench', 'README.md');
  const text = await readFile(file, 'utf8');
  const rows = Object.entries(measures).map(([name, value]) =>
    'median' in value
      ? `| ${name} | ${value.median} | ${value.p95} | ${value.min} | ${value.max} | ${value.n} |`
      : `| ${name} | ${value.count} | | | | ${value.n} |`,
  );
  const table = [
    `Machine: ${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${machine.node}. Milliseconds unless the measure says otherwise.`,
    '',
    '| measure | median | p95 | min | max | n |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
  const [before, rest] = text.split('<!-- table -->');
  const [, after] = rest.split('<!-- /table -->');
  await writeFile(file, `${before}<!-- table -->\n\n${table}\n\n<!-- /table -->${after}`);
}
