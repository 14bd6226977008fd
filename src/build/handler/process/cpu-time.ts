import { readFile } from 'node:fs/promises';
import { platform } from 'node:os';

/** Length of the unit in which Linux counts processor time; the same on all its platforms. */
const TICK_MS = 10;

/**
 * Processor time a process has used so far, in milliseconds, all its threads together. Undefined where the
 * system does not tell, and for a process that is gone.
 */
export async function cpuTimeOf(pid: number): Promise<number | undefined> {
  if (platform() !== 'linux') return undefined;
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
  if (stat === undefined) return undefined;
  // The second field is the program's name in parentheses and may itself contain any character.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
