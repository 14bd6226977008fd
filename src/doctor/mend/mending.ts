import { algaError } from '../../core/errors/alga-error.js';
import type { Finding } from '../check.js';
import { View, type ViewOptions } from '../view.js';
import type { Change } from './change.js';
import { doChange } from './hands.js';
import { Journal } from './journal.js';

/** What mending one finding would change, or has changed. */
export interface Mended {
  readonly check: string;
  readonly summary: string;
  readonly changes: readonly Change[];
}

/** The plan for a finding; undefined when alga cannot mend it, or finds nothing to do. */
export async function planOf(finding: Finding): Promise<Mended | undefined> {
  const changes = (await finding.fix?.plan?.()) ?? [];
  if (finding.fix === undefined || changes.length === 0) return undefined;
  return { check: finding.check, summary: finding.fix.summary, changes };
}

/** Does a plan, change by change, and writes each down. Throws what keeps a change from being done. */
export async function mend(view: View, plan: Mended): Promise<void> {
  const journal = await new Journal(await view.root()).begin(plan.check);
  for (const change of plan.changes) await journal.done(await doChange(view, change));
}

/**
 * Takes the last mending back. Nothing is overwritten that has changed since. Throws
 * DOCTOR_NOTHING_TO_UNDO.
 */
export async function undoLast(options: ViewOptions): Promise<Mended> {
  const view = new View(options);
  try {
    const root = await view.root();
    const journal = new Journal(root);
    const last = await journal.last();
    if (last === undefined) throw algaError('DOCTOR_NOTHING_TO_UNDO', { project: root });
    const changes = await journal.reversed(last.entry);
    for (const change of changes) await doChange(view, change);
    await journal.markUndone(last.file, last.entry);
    return { check: last.entry.check, summary: `undid the mending of ${last.entry.at}`, changes };
  } finally {
    await view.close();
  }
}
