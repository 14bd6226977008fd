import { Cron } from 'croner';

/** When a cron expression of five fields is due next after a moment; undefined for never, or for one that is no cron. */
export function nextRun(cron: string, timezone: string, after: Date): Date | undefined {
  try {
    return new Cron(cron, { timezone, mode: '5-part' }).nextRun(after) ?? undefined;
  } catch {
    // Values are not range-checked when a schedule is made, as in the product: 99 99 * * * never runs.
    return undefined;
  }
}
