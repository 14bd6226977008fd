import type { CheckResult, Finding, Report } from '../doctor/index.js';
import type { Paint } from '../tui/text/paint.js';
import { durationText, safeLine } from '../tui/text/units.js';

interface TextOptions {
  readonly paint: Paint;
  readonly verbose: boolean;
}

/** A report as lines for people: one line a group, then what was found, worst first. */
export function reportLines(report: Report, { paint, verbose }: TextOptions): string[] {
  const groups = [...new Set(report.checks.map(({ group }) => group))];
  const overview = groups.flatMap((group) => {
    const checks = report.checks.filter((check) => check.group === group);
    const head = groupLine(group, checks, report.findings, paint);
    return verbose ? [head, ...checks.map((check) => `    ${checkLine(check, paint)}`)] : [head];
  });
  const findings = report.findings.flatMap((finding) => ['', ...findingLines(finding, paint)]);
  const unknown = report.unknown.map(
    ({ reason }) => `${paint('yellow', '?')} could not look: ${safeLine(reason)}`,
  );
  return [
    ...overview,
    ...findings,
    ...(unknown.length > 0 ? ['', ...unknown] : []),
    '',
    verdict(report, paint),
  ];
}

function groupLine(
  group: string,
  checks: readonly CheckResult[],
  findings: readonly Finding[],
  paint: Paint,
): string {
  const own = findings.filter((finding) => finding.group === group);
  const looked = checks.filter(({ outcome }) => outcome === 'healthy' || outcome === 'findings').length;
  const idle = checks.find(({ outcome }) => outcome === 'idle');
  const name = group.padEnd(9);
  if (own.some(({ severity }) => severity === 'problem')) {
    return `${paint('red', '✗')} ${name} ${count(own.length, 'finding')}`;
  }
  if (own.length > 0) return `${paint('yellow', '!')} ${name} ${count(own.length, 'finding')}`;
  if (checks.some(({ outcome }) => outcome === 'unknown'))
    return `${paint('yellow', '?')} ${name} could not be checked`;
  if (looked === 0)
    return `${paint('dim', '·')} ${name} ${paint('dim', safeLine(idle?.reason ?? 'not running'))}`;
  return `${paint('green', '✓')} ${name} ${paint('dim', `${looked} of ${checks.length} checks`)}`;
}

function checkLine({ id, title, outcome, reason, ms }: CheckResult, paint: Paint): string {
  const sign = { healthy: paint('green', '✓'), findings: paint('red', '✗'), idle: '·', unknown: '?' }[
    outcome
  ];
  const why = reason === undefined ? '' : ` (${safeLine(reason)})`;
  return `${sign} ${id.padEnd(28)} ${title} ${paint('dim', `${ms} ms${why}`)}`;
}

function findingLines(finding: Finding, paint: Paint): string[] {
  const { severity, check, title, seen, expected, why, fix, docs } = finding;
  const sign = severity === 'problem' ? paint('red', `✗ ${check}`) : paint('yellow', `! ${check}`);
  return [
    `${sign} not so: ${title}`,
    `    seen      ${safeLine(seen)}`,
    `    expected  ${safeLine(expected)}`,
    `    matters   ${why}`,
    ...(fix === undefined
      ? []
      : [
          `    fix       ${safeLine(fix.summary)}${fix.plan === undefined ? '' : ' (alga doctor --fix)'}`,
          `    command   ${paint('cyan', safeLine(fix.command))}`,
        ]),
    `    ${paint('dim', docs)}`,
  ];
}

function verdict(report: Report, paint: Paint): string {
  const problems = report.findings.filter(({ severity }) => severity === 'problem').length;
  const warnings = report.findings.length - problems;
  const time = durationText(report.ms);
  if (problems + warnings === 0 && report.unknown.length === 0)
    return paint('green', `Nothing is wrong (${time}).`);
  const parts = [
    ...(problems > 0 ? [count(problems, 'problem')] : []),
    ...(warnings > 0 ? [count(warnings, 'warning')] : []),
    ...(report.unknown.length > 0 ? [`${count(report.unknown.length, 'part')} could not be checked`] : []),
  ];
  return `${parts.join(', ')} (${time}).`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
