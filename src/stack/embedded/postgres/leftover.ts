import { readFile, rm } from 'node:fs/promises';
import { platform } from 'node:os';
import { join } from 'node:path';
import { identifyProcess, type StopStep, stopForeign } from '../../../core/process.js';

/** Stop of a server nobody owns any more: there are no clients left worth waiting for. */
const abandonedStop: readonly StopStep[] = [
  { signal: 'SIGINT', waitMs: 5_000 },
  { signal: 'SIGKILL', waitMs: 2_000 },
];

/**
 * Deals with the lock file a server leaves in its data folder when it was killed or when the power
 * went. Only the owner of the stack folder's lock may call this: then no server may be running on
 * the data, so one that still does is an orphan and is stopped. A lock whose process id now belongs
 * to some other program is removed, where the server itself would refuse to start.
 */
export async function clearLeftover(dataDir: string): Promise<void> {
  const file = join(dataDir, 'postmaster.pid');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return;
  const [pidText = ''] = text.split('\n');
  const pid = Math.abs(Number.parseInt(pidText, 10));
  const identity = Number.isInteger(pid) ? await identifyProcess(pid) : undefined;
  if (identity !== undefined && (await serves(pid, dataDir))) await stopForeign(identity, abandonedStop);
  await rm(file, { force: true });
}

/** Whether the process is a server on this very data folder. */
async function serves(pid: number, dataDir: string): Promise<boolean> {
  if (platform() === 'linux') {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return command.split('\0').includes(dataDir);
  }
  const { execFile } = await import('node:child_process');
  return new Promise((resolve) => {
    const [file, args] =
      platform() === 'win32'
        ? ['wmic', ['process', 'where', `processid=${pid}`, 'get', 'commandline']]
        : ['ps', ['-o', 'command=', '-p', String(pid)]];
    execFile(file, args, { timeout: 5_000, windowsHide: true }, (_error, stdout) => {
      resolve(stdout.includes(dataDir));
    });
  });
}
