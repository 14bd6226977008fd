import { cpuTimeOf } from '../process/cpu-time.js';

/** Time a handler may take to load. */
export const LOAD_LIMIT_MS = 2_000;
/** On a busy machine the limit counts processor time, but no handler is waited for longer than this. */
const LONGEST_WAIT_MS = 15_000;
/** Share of the limit that must have been spent computing; the rest goes to other programs on any machine. */
const COMPUTING_SHARE = 0.8;

/**
 * Calls `onExceeded` when a process works on one thing for longer than {@link LOAD_LIMIT_MS}. On a machine that
 * is busy with something else a process may wait that long without having done anything: where the system tells,
 * its processor time decides. Gives a function that calls the watch off.
 */
export function watchLoading(pid: number | undefined, onExceeded: () => void): () => void {
  const began = performance.now();
  const used = async (): Promise<number | undefined> => (pid === undefined ? undefined : cpuTimeOf(pid));
  const usedBefore = used();
  let off = false;
  const look = async (): Promise<void> => {
    const [before, now] = await Promise.all([usedBefore, used()]);
    if (off) return;
    const waited = performance.now() - began;
    const computed = before === undefined || now === undefined ? waited : now - before;
    const missing = LOAD_LIMIT_MS * COMPUTING_SHARE - computed;
    if (missing <= 0 || waited >= LONGEST_WAIT_MS) onExceeded();
    else timer = setTimeout(look, Math.min(Math.max(missing, 50), LONGEST_WAIT_MS - waited));
  };
  let timer = setTimeout(look, LOAD_LIMIT_MS);
  return () => {
    off = true;
    clearTimeout(timer);
  };
}
