import { createInterface } from 'node:readline';
import { z } from 'zod';
import { identifyProcess, type ProcessIdentity, stopForeign } from '../../core/process.js';

/**
 * The watchdog: told over its input which processes the supervisor owns, it does nothing until that
 * input ends. Then the supervisor has died, by whatever death, and what it still owned is stopped.
 */
const orderSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('own'), pid: z.number().int().positive() }),
  z.object({ type: z.literal('disown'), pid: z.number().int() }),
]);

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
    const order = orderSchema.parse(JSON.parse(line));
    const identity = order.type === 'own' ? await identifyProcess(order.pid) : undefined;
    if (identity === undefined) owned.delete(order.pid);
    else owned.set(order.pid, identity);
  }
  await Promise.all([...owned.values()].map((identity) => stopForeign(identity, abandonedStop)));
}

main().then(
  () => process.exit(0),
  () => process.exit(1),
);
