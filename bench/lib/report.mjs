import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../scripts/lib/commands.mjs';

const RESULTS = join(root, 'bench', 'results.json');
const BUDGET = join(root, 'bench', 'budget.json');
const README = join(root, 'bench', 'README.md');

/** How much slower than recorded a measure may get before `--check` fails: short runs differ by up to two thirds. */
const SLACK = 2;
const CALIBRATION = 'calibration: start of an empty Node process';

export async function writeResults(results) {
  await writeFile(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
  await writeTable(results);
}

/** Replaces the table between the two markers of bench/README.md. */
async function writeTable({ machine, measures }) {
  const text = await readFile(README, 'utf8');
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
  await writeFile(README, `${before}<!-- table -->\n\n${table}\n\n<!-- /table -->${after}`);
}

/** Records what this run took, as multiples of the calibration step of the same run. */
export async function writeBudget({ measures }) {
  const unit = measures[CALIBRATION].median;
  const rows = timesOf(measures).map(([name, { median }]) => [
    name,
    Math.ceil((median / unit) * SLACK * 100) / 100,
  ]);
  const budget = { calibration: CALIBRATION, atMost: Object.fromEntries(rows) };
  await writeFile(BUDGET, `${JSON.stringify(budget, null, 2)}\n`);
}

/** One line for each measure whose median is above its budget. */
export async function overBudget({ measures }) {
  const { calibration, atMost } = JSON.parse(await readFile(BUDGET, 'utf8'));
  const unit = measures[calibration].median;
  return Object.entries(atMost).flatMap(([name, limit]) => {
    const measured = measures[name]?.median;
    if (measured === undefined) return [];
    const ratio = measured / unit;
    if (ratio <= limit) return [];
    return [`${name}: ${ratio.toFixed(2)} times the calibration step, at most ${limit} allowed`];
  });
}

/** Times of our own; rates and sizes have no budget, the peer's times are not ours to bound. */
function timesOf(measures) {
  return Object.entries(measures).filter(
    ([name, value]) => 'median' in value && !/^(calibration|peer):|per second|MiB/.test(name),
  );
}
