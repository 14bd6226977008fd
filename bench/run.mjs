// `npm run bench`: ours and the peer, in one run on one machine. Writes results.json and the table.
//   --quick         fewer runs, and not how it grows with size and number
//   --check         compares with budget.json instead of writing; exit code 1 when something got slower
//   --write-budget  records this run as the new budget
import { cpus, totalmem } from 'node:os';
import { chromium } from 'playwright-core';
import { buildIfNeeded } from '../scripts/lib/build.mjs';
import { say } from '../scripts/lib/commands.mjs';
import { installIfNeeded } from '../scripts/lib/install.mjs';
import { findProgram } from '../scripts/lib/programs.mjs';
import { overBudget, writeBudget, writeResults } from './lib/report.mjs';
import { measureCalibration } from './measures/calibration.mjs';
import { measureCommand } from './measures/command.mjs';
import { measureGrowth } from './measures/growth.mjs';
import { measureLoop } from './measures/loop.mjs';
import { measurePeer, REPAIRS } from './measures/peer.mjs';
import { measureRunner } from './measures/runner.mjs';

const option = (name) => process.argv.includes(`--${name}`);
const quick = option('quick');

await installIfNeeded();
await buildIfNeeded();
const executablePath = findProgram('chromium');
if (!executablePath) say('without Chromium nothing is measured in the page (apt-get install chromium)');
const browser =
  executablePath && (await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] }));
try {
  const measures = await measureAll();
  const machine = {
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  };
  const results = { machine, measures, repairs: REPAIRS };
  if (option('check')) {
    const over = await overBudget(results);
    for (const line of over) say(line);
    say(
      over.length === 0
        ? 'every measure is within its budget'
        : `${over.length} measures are over their budget`,
    );
    process.exitCode = over.length === 0 ? 0 : 1;
  } else {
    await writeResults(results);
    say('wrote bench/results.json and bench/README.md');
    if (option('write-budget')) await writeBudget(results);
  }
} finally {
  await browser?.close();
}

async function measureAll() {
  say('calibrating');
  const calibration = await measureCalibration(quick ? 5 : 15);
  say('measuring the command');
  const command = await measureCommand(quick ? 3 : 9);
  say('measuring the loop');
  const loop = await measureLoop({ edits: quick ? 10 : 20, starts: quick ? 3 : 5, browser });
  say('measuring the runner');
  const runner = await measureRunner(
    quick
      ? { starts: 3, calls: 50, hashes: 5, rounds: 2, roundMs: 1000 }
      : { starts: 9, calls: 500, hashes: 40, rounds: 10, roundMs: 2000 },
  );
  // Behind the rest: many minutes of full load slow a virtual machine down for a while.
  if (!quick) say('measuring how it grows');
  const growth = quick ? {} : await measureGrowth({ edits: 5, browser });
  say('measuring the published CLI');
  const peer = await measurePeer({ runs: quick ? 1 : 3 });
  return { ...calibration, ...command, ...loop, ...runner, ...growth, ...peer };
}
