import type { Finding } from '../doctor/index.js';
import type { Checkup } from '../host/index.js';
import type { Emit } from './event-stream.js';

/**
 * Has the doctor look at a project while its session runs, and tells what it finds as warnings: what
 * is there, what should be, and the command that mends it. Gives the whole of it for the page.
 */
export async function checkUp(
  emit: Emit,
  target: { extension: string; projectRoot: string; env: NodeJS.ProcessEnv },
): Promise<Checkup> {
  const { extension, projectRoot, env } = target;
  // The doctor knows every room; loading it is for those who call it.
  const { examine } = await import('../doctor/index.js');
  const report = await examine({ projectRoot, env });
  for (const { check, seen, expected, fix } of report.findings) {
    emit({
      type: 'warning',
      extension,
      code: check,
      message: `${seen} ${expected}`,
      ...(fix ? { hint: fix.command } : {}),
    });
  }
  for (const { part, reason } of report.unknown) {
    emit({
      type: 'warning',
      extension,
      code: 'unknown',
      message: `${part} could not be looked at: ${reason}`,
    });
  }
  const { findings, unknown, checks, ms } = report;
  const count = findings.length;
  const verdict = count === 0 ? 'found nothing wrong' : `found ${count} ${count === 1 ? 'thing' : 'things'}`;
  emit({
    type: 'note',
    extension,
    message: `doctor ${verdict} in ${checks.length} checks (${ms} ms)`,
  });
  return { findings: findings.map(pageFinding), unknown, checks: checks.length, ms };
}

/** What a page is shown of a finding: no plans, which are functions. */
function pageFinding({ check, severity, seen, expected, why, fix }: Finding): Checkup['findings'][number] {
  const mends = fix && { fix: { summary: fix.summary, command: fix.command } };
  return { check, severity, seen, expected, why, ...mends };
}
