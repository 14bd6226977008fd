import { z } from 'zod';
import { type Finding, GROUPS, type Group } from './check.js';

/**
 * What became of a check. `idle`: what it looks at does not run; `unknown`: it should be there and
 * could not be looked at.
 */
export type Outcome = 'healthy' | 'findings' | 'idle' | 'unknown';

export interface CheckResult {
  readonly id: string;
  readonly title: string;
  readonly group: Group;
  readonly outcome: Outcome;
  /** Why nothing was seen, for `idle` and `unknown`. */
  readonly reason?: string;
  readonly ms: number;
}

/** Everything one examination has found. */
export interface Report {
  readonly folder: string;
  readonly checks: readonly CheckResult[];
  /** Worst first, then in the order of the groups. */
  readonly findings: readonly Finding[];
  /** What could not be looked at, each part once. */
  readonly unknown: readonly { readonly part: string; readonly reason: string }[];
  readonly ms: number;
}

/** Exit code of the command: 0 healthy, 1 problems found, 2 something could not be checked. */
export function exitCodeOf(report: Report): 0 | 1 | 2 {
  if (report.findings.some(({ severity }) => severity === 'problem')) return 1;
  return report.unknown.length > 0 ? 2 : 0;
}

const findingSchema = z.strictObject({
  check: z.string().describe('Id of the check, `<group>.<noun>`; stays the same.'),
  title: z.string().describe('What is true when all is well.'),
  group: z.enum(GROUPS),
  why: z.string().describe('What the author notices of the fault.'),
  docs: z.string().describe('Where the check is described: file and anchor.'),
  severity: z.enum(['problem', 'warning']),
  seen: z.string(),
  expected: z.string(),
  fix: z
    .strictObject({
      summary: z.string(),
      command: z.string().describe('What a person would type or press.'),
      safe: z.boolean().describe('Nothing anybody made can get lost by it: done without a question.'),
      automatic: z.boolean().describe('`alga doctor --fix` can do it.'),
    })
    .optional(),
});

/** What became of one finding that could be mended, in the output of `--fix` and `--dry-run`. */
const mendingSchema = z.strictObject({
  check: z.string(),
  state: z.enum(['mended', 'planned', 'declined', 'failed']),
  summary: z.string(),
  changes: z.array(z.string()).describe('File, row, object or bucket, before and after.'),
});

/** What `alga doctor --json` prints. Fields are added only with another number in `schema`. */
export const reportSchema = z.strictObject({
  schema: z.literal(1),
  folder: z.string(),
  healthy: z.boolean().describe('No problem, and everything that should be there could be looked at.'),
  findings: z.array(findingSchema).describe('Worst first.'),
  unknown: z
    .array(z.strictObject({ part: z.string(), reason: z.string() }))
    .describe('What should be there and could not be looked at.'),
  checks: z.array(
    z.strictObject({
      id: z.string(),
      title: z.string(),
      group: z.enum(GROUPS),
      outcome: z.enum(['healthy', 'findings', 'idle', 'unknown']),
      reason: z.string().optional().describe('Why nothing was seen, for `idle` and `unknown`.'),
      ms: z.number(),
    }),
  ),
  ms: z.number(),
  mended: z.array(mendingSchema).optional().describe('With `--fix` or `--dry-run`.'),
});

export type ReportData = z.infer<typeof reportSchema>;

/** JSON Schema of what `alga doctor --json` prints. */
export function reportJsonSchema(): object {
  return { ...z.toJSONSchema(reportSchema), title: 'Report of alga doctor' };
}

/** A report as plain data: the stable schema of `--json`. */
export function reportData(report: Report): ReportData {
  return {
    schema: 1,
    folder: report.folder,
    healthy: exitCodeOf(report) === 0,
    findings: report.findings.map(findingData),
    unknown: [...report.unknown],
    checks: [...report.checks],
    ms: report.ms,
  };
}

function findingData({ fix, ...finding }: Finding): ReportData['findings'][number] {
  const { check, title, group, why, docs, severity, seen, expected } = finding;
  const data = { check, title, group, why, docs, severity, seen, expected };
  if (fix === undefined) return data;
  const { summary, command, safe, plan } = fix;
  return { ...data, fix: { summary, command, safe, automatic: plan !== undefined } };
}
