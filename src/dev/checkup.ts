import type { Emit } from './event-stream.js';

/**
 * Has the doctor look at a project while its session runs, and tells what it finds as warnings: what
 * is there, what should be, and the command that mends it.
 */
export async function checkUp(
  emit: Emit,
  target: { extension: string; projectRoot: string; env: NodeJS.ProcessEnv },
): Promise<void> {
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
  const count = report.findings.length;
  const verdict = count === 0 ? 'found nothing wrong' : `found ${count} ${count === 1 ? 'thing' : 'things'}`;
  emit({
    type: 'note',
    extension,
    message: `doctor ${verdict} in ${report.checks.length} checks (${report.ms} ms)`,
  });
}
