import { dirname } from 'node:path';
import { z } from 'zod';
import { AlgaError, algaError, textOf } from '../../core/errors/alga-error.js';
import { stackLayout } from '../folder/layout.js';
import { acquireLock } from '../folder/lock.js';
import { ensurePrivateFolder } from '../folder/private-folder.js';
import { type LaunchMessage, packError } from './protocol.js';
import { Supervisor } from './supervisor.js';

/**
 * The supervisor as a program: `main.js <stack folder> <socket>`. It tells its parent over the IPC
 * channel whether it listens, or who holds the stack instead; with the first session it lives on its own.
 */
const argumentsSchema = z.tuple([z.string().min(1), z.string().min(1)]);

const note = (text: string): void => void process.stderr.write(`${new Date().toISOString()} ${text}\n`);

function tell(message: LaunchMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(message, () => resolve());
  });
}

async function main(): Promise<void> {
  const [root, socket] = argumentsSchema.parse(process.argv.slice(2));
  const layout = stackLayout(root);
  const lock = await acquireLock(layout.lock);
  if ('heldBy' in lock) {
    await tell({ type: 'busy', pid: lock.heldBy.pid });
    return;
  }
  try {
    if (!socket.startsWith('\\\\')) await ensurePrivateFolder(dirname(socket));
    const supervisor = new Supervisor({ layout, socket, lock, env: process.env, note });
    await supervisor.listen();
    note(`supervisor ${process.pid} listens`);
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      process.on(signal, () => void supervisor.close({ type: 'closing', reason: signal, final: true }));
    }
    process.once('disconnect', () => supervisor.starterLeft());
    await tell({ type: 'listening' });
    await supervisor.ended();
  } catch (error) {
    await lock.release();
    throw error;
  }
}

main().then(
  () => process.exit(0),
  async (thrown: unknown) => {
    note(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
    const error =
      thrown instanceof AlgaError
        ? thrown
        : algaError('STACK_SUPERVISOR_FAILED', { detail: textOf(thrown), log: '' });
    await tell({ type: 'failed', error: packError(error) });
    process.exit(1);
  },
);
