import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { algaError } from '../core/errors/alga-error.js';
import {
  CHECKS,
  changeText,
  type ExamineOptions,
  examineView,
  exitCodeOf,
  type Finding,
  type Report,
  reportData,
  undoLast,
  View,
} from '../doctor/index.js';
import { painter, wantsColor } from '../tui/text/paint.js';
import { type MendingNote, mendFindings } from './doctor-mend.js';
import { redacted } from './doctor-redaction.js';
import { reportLines } from './doctor-text.js';
import { jsonLine } from './render/json.js';

export interface DoctorRun {
  readonly folder: string;
  readonly fix: boolean;
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly undo: boolean;
  readonly list: boolean;
  readonly start: boolean;
  readonly only?: readonly string[] | undefined;
  readonly bundleReport?: string | undefined;
  readonly product?: string | undefined;
  readonly json: boolean;
  readonly verbose: boolean;
}

/** Runs `alga doctor`. Exit code 0 healthy, 1 problems found, 2 something could not be checked. */
export async function runDoctor(run: DoctorRun): Promise<void> {
  if (run.list) return list(run.json);
  const { only, start } = run;
  requireKnown(only ?? []);
  const options: ExamineOptions = {
    projectRoot: resolve(run.folder),
    start,
    ...(only === undefined ? {} : { only }),
    ...(run.product === undefined ? {} : { product: resolve(run.product) }),
  };
  if (run.undo) return undo(options, run.json);
  const { report, notes } = await examineAndMend(run, options);
  if (run.bundleReport !== undefined) {
    const text = JSON.stringify(redacted({ ...reportData(report), mended: notes }), null, 2);
    await writeFile(run.bundleReport, `${text}\n`, { mode: 0o600 });
  }
  process.exitCode = exitCodeOf(report);
  if (run.json)
    return print([jsonLine({ ...reportData(report), ...(notes.length === 0 ? {} : { mended: notes }) })]);
  const paint = painter(wantsColor(process.stdout));
  print([...notes.flatMap(noteLines), ...reportLines(report, { paint, verbose: run.verbose })]);
}

/**
 * Mending may bring to light what the fault had hidden, so it is looked at again after each round. What was
 * declined is not asked for a second time.
 */
const MAX_ROUNDS = 4;

async function examineAndMend(
  run: DoctorRun,
  options: ExamineOptions,
): Promise<{ report: Report; notes: MendingNote[] }> {
  const notes: MendingNote[] = [];
  for (let round = 0; ; round += 1) {
    const { projectRoot, product } = options;
    const view = new View({ projectRoot, product, env: process.env, start: run.start });
    try {
      const report = await examineView(view, options);
      const wanted = (run.fix || run.dryRun) && round < MAX_ROUNDS;
      const open = report.findings.filter((finding) => !isDeclined(finding, notes));
      const done = wanted ? await mendFindings(view, open, run) : [];
      notes.push(...done);
      if (!done.some(({ state }) => state === 'mended')) return { report, notes };
    } finally {
      await view.close();
    }
  }
}

function isDeclined({ check, fix }: Finding, notes: readonly MendingNote[]): boolean {
  return notes.some(
    (note) => note.state === 'declined' && note.check === check && note.summary === fix?.summary,
  );
}

function requireKnown(ids: readonly string[]): void {
  const known = CHECKS.map(({ id }) => id);
  const unknown = ids.find((id) => !known.includes(id));
  if (unknown === undefined) return;
  const near = known.filter((id) => id.split('.')[1] === unknown.split('.').at(-1)).join(' or ');
  throw algaError('DOCTOR_CHECK_UNKNOWN', { id: unknown, near });
}

async function undo(options: ExamineOptions, json: boolean): Promise<void> {
  const { projectRoot, start = false } = options;
  const undone = await undoLast({ projectRoot, env: process.env, start });
  const changes = undone.changes.map(changeText);
  print(
    json
      ? [jsonLine({ type: 'undone', ...undone, changes })]
      : [undone.summary, ...changes.map((text) => `  ${text}`)],
  );
}

function list(json: boolean): void {
  const data = (): string => jsonLine(CHECKS.map(({ id, title, group, why }) => ({ id, title, group, why })));
  print(json ? [data()] : CHECKS.map(({ id, title }) => `${id.padEnd(28)} ${title}`));
}

function noteLines({ check, state, summary, changes }: MendingNote): string[] {
  return [`${state}: ${check} - ${summary}`, ...changes.map((text) => `  ${text}`)];
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
