import { reportError } from '../core/errors/alga-error.js';
import { changeText, type Finding, type Mended, mend, planOf, type View } from '../doctor/index.js';

/** What became of one finding that could be mended. */
export interface MendingNote {
  readonly check: string;
  readonly state: 'mended' | 'planned' | 'declined' | 'failed';
  readonly summary: string;
  readonly changes: readonly string[];
}

interface Manner {
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

/** Mends what can be mended, one finding after the other. A failure is noted and the next one tried. */
export async function mendFindings(
  view: View,
  findings: readonly Finding[],
  manner: Manner,
): Promise<MendingNote[]> {
  const notes: MendingNote[] = [];
  for (const finding of findings) {
    if (finding.fix?.plan !== undefined) notes.push(...(await mendOne(view, finding, manner)));
  }
  return notes;
}

async function mendOne(view: View, finding: Finding, manner: Manner): Promise<MendingNote[]> {
  const base = { check: finding.check, summary: finding.fix?.summary ?? '' };
  try {
    const plan = await planOf(finding);
    if (plan === undefined) return [];
    const changes = plan.changes.map(changeText);
    if (manner.dryRun) return [{ ...base, state: 'planned', changes }];
    if (finding.fix?.safe !== true && !manner.yes && !(await confirmed(plan, changes, manner))) {
      return [{ ...base, state: 'declined', changes }];
    }
    await mend(view, plan);
    return [{ ...base, state: 'mended', changes }];
  } catch (error) {
    const { message } = reportError(error);
    return [{ ...base, state: 'failed', changes: [message] }];
  }
}

/** Asks in the terminal; without one the answer is no. */
async function confirmed(plan: Mended, changes: readonly string[], manner: Manner): Promise<boolean> {
  if (manner.json || !process.stdin.isTTY || !process.stdout.isTTY) return false;
  const { confirm } = await import('@clack/prompts');
  const answer = await confirm({
    message: `${plan.check}: ${plan.summary}?\n${changes.join('\n')}`,
    initialValue: false,
  });
  return answer === true;
}
