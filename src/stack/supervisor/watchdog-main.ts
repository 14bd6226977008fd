import { createInterface } from 'node:readline';
import { identifyProcess, type ProcessIdentity, stopForeign } from '../../core/process.js';

/**
 * The watchdog: told over its input which processes the supervisor owns (`+<pid>` and `-<pid>`, a line
 * each), it does nothing until that input ends. Then the supervisor has died, by whatever death, and
 * what it still owned is stopped. It loads next to nothing, for there is one of it all the time.
 */
const ORDER = /^([+-])(\d{1,10})$/;

/** SIGINT makes a database disconnect its clients and close its files at once. */
const abandonedStop = [
  { signal: 'SIGINT', waitMs: 3_000 },
  { signal: 'SIGKILL', waitMs: 2_000 },
] as const;

async function main(): Promise<void> {
  // A terminal that goes away or a Ctrl-C means the supervisor, not this.
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.on(signal, () => undefined);
  const owned = new Map<number, ProcessIdentity>();
  for await (const line of createInterface({ input: process.stdin })) {
    const [, sign, digits] = ORDER.exec(line) ?? [];
    const pid = Number(digits);
    const identity = sign === '+' ? await identifyProcess(pid) : undefined;
    if (identity === undefined) owned.delete(pid);
    else owned.set(pid, identity);
  }
  await Promise.all([...owned.values()].map((identity) => stopForeign(identity, abandonedStop)));
}

main().then(
  () => process.exit(0),
  () => process.exit(1),
);
