import type { Finding, Report } from '../doctor/index.js';
import type { Checkup } from '../host/index.js';
import type { UnstampedEvent } from './events.js';

/** Whether the session mends a finding when it is told to: without a question, without losing anything. */
export function isMendable({ fix }: Finding): boolean {
  return fix !== undefined && ((fix.safe && fix.plan !== undefined) || fix.inSession !== undefined);
}

/** What is wrong, what should be, and the key or command that mends it. */
export function findingWarning(extension: string, finding: Finding): UnstampedEvent {
  const { check, seen, expected, fix } = finding;
  return {
    type: 'warning',
    extension,
    code: check,
    message: `${seen} (expected: ${expected})`,
    ...(fix ? { hint: hintOf(finding) } : {}),
  };
}

/** A finding as an error over the page, which says the same as the terminal. */
export function findingError(finding: Finding): {
  code: string;
  message: string;
  hint: string;
  cause: string;
} {
  const { check, seen, expected, why } = finding;
  return {
    code: check,
    message: `${seen} (expected: ${expected})`,
    hint: hintOf(finding),
    cause: why,
  };
}

/** What could not be looked at. */
export function unknownWarning(
  extension: string,
  { part, reason }: Report['unknown'][number],
): UnstampedEvent {
  return {
    type: 'warning',
    extension,
    code: 'unknown',
    message: `${part} could not be looked at: ${reason}`,
  };
}

/** The whole of a report for a page: no plans, which are functions. */
export function checkupOf({ findings, unknown, checks, ms }: Report): Checkup {
  return { findings: findings.map(pageFinding), unknown, checks: checks.length, ms };
}

function hintOf(finding: Finding): string {
  const { fix } = finding;
  if (fix === undefined) return 'See alga doctor.';
  return isMendable(finding) ? `Press f in alga dev: ${fix.summary}` : `${fix.summary}: ${fix.command}`;
}

function pageFinding(finding: Finding): Checkup['findings'][number] {
  const { check, severity, seen, expected, why, fix } = finding;
  const command = isMendable(finding) ? 'press f in alga dev' : fix?.command;
  const mends = fix && command ? { fix: { summary: fix.summary, command } } : {};
  return { check, severity, seen, expected, why, ...mends };
}
