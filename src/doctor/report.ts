import type { Finding, Group } from './check.js';

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

/** A report as plain data: the stable schema of `--json`. */
export function reportData(report: Report): object {
  return {
    schema: 1,
    folder: report.folder,
    healthy: exitCodeOf(report) === 0,
    findings: report.findings.map(({ fix, ...finding }) => ({
      ...finding,
      ...(fix === undefined
        ? {}
        : {
            fix: {
              summary: fix.summary,
              command: fix.command,
              safe: fix.safe,
              automatic: fix.plan !== undefined,
            },
          }),
    })),
    unknown: report.unknown,
    checks: report.checks,
    ms: report.ms,
  };
}
