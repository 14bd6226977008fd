import { readdir, readFile } from 'node:fs/promises';
import { Unseen } from '../unseen.js';
import { ownerOfPort } from './port-owner.js';

/** What only a runner of a session has in its environment. */
const MARK = 'RUNNER_PARENT_IPC';

/**
 * The environment the runner behind an address was started with. The port belongs to the session, which
 * passes connections on to the runner, its child. Values may be secrets: they are compared, never shown.
 * Throws `Unseen` where the system does not show it.
 */
export async function runnerEnvironment(url: string): Promise<ReadonlyMap<string, string>> {
  const owner = await ownerOfPort(Number(new URL(url).port));
  if (owner === undefined) throw hidden('this system does not show whose process it is');
  for (const pid of [owner, ...(await childrenOf(owner))]) {
    const environment = await environmentOf(pid);
    if (environment.has(MARK)) return environment;
  }
  throw hidden('it was not started by alga');
}

function hidden(why: string): Unseen {
  return new Unseen('runner settings', 'idle', `the runner's settings cannot be seen: ${why}`);
}

async function childrenOf(parent: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      // The name in parentheses may hold anything; state and parent come after the last one.
      const [, ppid] = status.slice(status.lastIndexOf(')') + 2).split(' ');
      return Number(ppid) === parent ? [pid] : [];
    }),
  );
  return found.flat();
}

async function environmentOf(pid: number): Promise<Map<string, string>> {
  const text = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  return new Map(
    text.split('\0').flatMap((entry) => {
      const at = entry.indexOf('=');
      return at < 1 ? [] : [[entry.slice(0, at), entry.slice(at + 1)] as const];
    }),
  );
}
