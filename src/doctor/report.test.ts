import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../core/entry.js';
import type { Check, Finding, Observation } from './check.js';
import { examine } from './examine.js';
import { exitCodeOf, type Report, reportData, reportJsonSchema, reportSchema } from './report.js';
import { Unseen } from './unseen.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alga-report-'));
});
afterEach(() => rm(folder, { recursive: true }));

function check(id: string, run: Check['run']): Check {
  return { id, title: `Title of ${id}`, group: 'machine', why: 'It matters.', run };
}

const problem: Observation = { severity: 'problem', seen: 'this', expected: 'that' };
const warning: Observation = { ...problem, severity: 'warning' };
const failing = check('machine.failing', async () => {
  throw new Unseen('part', 'failed', 'it does not answer');
});
const idle = check('machine.idle', async () => {
  throw new Unseen('part', 'idle', 'it does not run');
});
const gives = (name: string, ...found: Observation[]) => check(`machine.${name}`, async () => found);

const examined = (...checks: Check[]): Promise<Report> =>
  examine({ projectRoot: folder, env: {}, checks, limitMs: 60 });

describe('the exit code', () => {
  it.each<[string, Check[], 0 | 1 | 2]>([
    ['nothing', [gives('well')], 0],
    ['a warning', [gives('warned', warning)], 0],
    ['what does not run', [idle, gives('well')], 0],
    ['a problem', [gives('bad', warning, problem)], 1],
    ['what could not be looked at', [failing, gives('well')], 2],
    ['a problem beside what could not be looked at', [failing, gives('bad', problem)], 1],
  ])('%s', async (_what, checks, code) => {
    expect(exitCodeOf(await examined(...checks))).toBe(code);
  });
});

describe('the time of a check', () => {
  const hanging = check('machine.hanging', () => new Promise(() => undefined));

  it('has an end, which is told, and the others do not wait for it', async () => {
    const began = performance.now();
    const report = await examined(hanging, gives('well'), gives('bad', problem));
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(report.checks.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual([
      'machine.hanging unknown',
      'machine.well healthy',
      'machine.bad findings',
    ]);
    expect(report.unknown).toEqual([
      { part: 'machine.hanging', reason: 'machine.hanging: no answer within 0.06 s' },
    ]);
  });

  it('is signalled to the check itself', async () => {
    let told: unknown;
    const patient = check('machine.patient', async (_view, signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      told = signal.reason;
      return [];
    });
    await examined(patient);
    expect(told).toBeInstanceOf(Error);
  });

  it('ends at once when the caller has enough', async () => {
    const leaving = new AbortController();
    const looking = examine({
      ...{ projectRoot: folder, env: {}, checks: [hanging], limitMs: 60_000 },
      signal: leaving.signal,
    });
    leaving.abort(new Error('enough'));
    expect((await looking).unknown).toEqual([{ part: 'machine.hanging', reason: 'enough' }]);
  });
});

describe('the data of a report', () => {
  it('fits its schema in every field, and has no others', async () => {
    const fix: NonNullable<Finding['fix']> = {
      ...{ summary: 's', command: 'c', safe: true },
      plan: async () => [],
      inSession: 'rebuild',
    };
    const report = await examined(gives('bad', { ...problem, fix }, warning), idle, failing);
    const data: unknown = JSON.parse(JSON.stringify(reportData(report)));
    expect(reportSchema.parse(data)).toEqual(data);
    expect(data).toMatchObject({
      schema: 1,
      healthy: false,
      findings: [
        { check: 'machine.bad', docs: 'docs/doctor.md#machinebad', fix: { safe: true, automatic: true } },
        { severity: 'warning' },
      ],
      unknown: [{ part: 'part' }],
      checks: [
        { outcome: 'findings' },
        { outcome: 'idle', reason: 'it does not run' },
        { outcome: 'unknown' },
      ],
    });
    expect(data).not.toHaveProperty('findings.0.fix.inSession');
  });

  it('is described by the JSON Schema that is shipped', async () => {
    const file = join(packageRoot(), 'docs/schemas/doctor.schema.json');
    const shipped: unknown = JSON.parse(await readFile(file, 'utf8'));
    expect(shipped, 'write into it what reportJsonSchema() gives').toEqual(reportJsonSchema());
  });
});
