import type { Check } from './check.js';
import { GROUPS, type Group } from './check.js';
import { COMMON_ISSUES, type DocumentedFailure, PITFALLS } from './documented-failures.js';

const ABOUT: Readonly<Record<Group, string>> = {
  machine: 'What every program on this machine depends on.',
  project: 'The folder you work in, and what is built from it. Needs nothing that runs.',
  store: 'The object store and the one object that matters: the bundle of the active row.',
  registry: 'The rows by which page, gateway and runner find the extension.',
  runner: 'The program that serves the page and runs the handler.',
  host: 'What stands in for the Alga app: pages, gateway, internal services.',
};

/** The documentation of all checks, made from the checks themselves. Markdown. */
export function checkTable(checks: readonly Check[]): string {
  const groups = GROUPS.flatMap((group) => {
    const own = checks.filter((check) => check.group === group);
    const rows = own.flatMap(({ id, title, why }) => [`### ${id}`, '', `${title}. ${why}`, '']);
    return [`## ${group}`, '', ABOUT[group], '', ...rows];
  });
  return [...INTRODUCTION, ...groups, ...failures(), ...PROOF].join('\n');
}

/** What the product's documents describe, and what finds it. */
function failures(): string[] {
  const rows = (title: string, list: readonly DocumentedFailure[]): string[] => [
    `### ${title}`,
    '',
    '| failure | found by |',
    '| --- | --- |',
    ...list.map(({ sign, checks, instead }) => `| ${sign} | ${instead ?? checks.map(linkOf).join(', ')} |`),
    '',
  ];
  return [
    '## Documented failures',
    '',
    'What the documents of the product describe as common issues and traps, and the checks that find its causes. A',
    'test holds that each of these checks is there and finds a fault that was caused.',
    '',
    ...rows('Common issues', COMMON_ISSUES),
    ...rows('Traps', PITFALLS),
  ];
}

function linkOf(id: string): string {
  return `[${id}](#${id.replaceAll('.', '')})`;
}

const PROOF = [
  '## How the checks are proven',
  '',
  'Each check has a test that causes its fault for real and sees it found, alone: rows, objects, files, processes,',
  'policies of MinIO, settings of a running session, components of other compilers, another Node, a store with another',
  'key or in another time, containers in a real engine, a firewall, the limits of a namespace or a container. Where the',
  'extension could be affected, the fault is caused behind a running session, and afterwards a call goes from the',
  'gateway into the handler. Engine, firewall and limits need root and a machine that allows them; where it does not,',
  'their tests are left out.',
  '',
];

const INTRODUCTION = [
  '# alga doctor',
  '',
  '<!-- Made from src/doctor: after a change run `npx vitest run src/doctor/catalogue-table.test.ts -u`. -->',
  '',
  '`alga doctor` reads project, bundle, store, registry, runner and host, and names the one that disagrees with the',
  'others. It changes nothing unless it is told to. It attaches to what runs; what does not run is no fault.',
  '',
  '| option | what it does |',
  '| --- | --- |',
  '| `--fix` | mends: safe repairs at once, the others are asked for one by one (`--yes` answers) |',
  '| `--dry-run` | shows exactly which file, row or object would change, before and after |',
  '| `--undo` | takes the last repair back, from the journal in `.alga/doctor/` |',
  '| `--only <id...>`, `--list` | runs some checks only, lists them all |',
  '| `--start` | starts the stack for the time of the check, when it has data |',
  '| `--product <folder>` | looks at the settings of this checkout of the product, not of the one around the project |',
  '| `--json`, `--verbose` | one object with a stable schema; every check with its time and reason |',
  '| `--bundle-report <file>` | writes the report for a ticket, without secrets |',
  '',
  'Exit codes: 0 nothing is wrong, 1 problems were found, 2 something that should be there could not be looked at.',
  '',
  'Inside `alga dev` most of these checks run by themselves, every half minute and right after a page or a call has',
  'failed, but never while something is built. What is new is told on terminal and page; `d` runs all of them, `f` mends',
  'what can be mended without a question.',
  '',
  'Stacks of the kinds docker and external, which a later version will know, are not looked at: the doctor says so, and',
  'ends with 2. Of a checkout of the product around the project, or named with `--product`, its settings are read',
  '(`host.app-environment`, `runner.app-settings`, `runner.env-file`) and the containers of its runner, but not its',
  'database or running app.',
  '',
  'What `--json` prints is described by [doctor.schema.json](schemas/doctor.schema.json).',
  '',
  'Only the embedded stack on this machine is ever changed. A database that alga did not make, and anything on',
  'another machine, is refused.',
  '',
];
