import { resetStack, type StackStatus, stackStatus, stopStack } from '../stack/index.js';

/** Prints what the stack is doing. */
export async function showStackStatus(options: { json: boolean }): Promise<void> {
  const status = await stackStatus();
  print(options.json, { type: 'stack', ...status }, statusLines(status));
}

/** Stops the stack and says so. Throws `STACK_IN_USE` while sessions hold it, unless forced. */
export async function runStackStop(options: { json: boolean; force: boolean }): Promise<void> {
  await stopStack({ force: options.force });
  print(options.json, { type: 'stackStopped' }, ['The stack is stopped.']);
}

/** Deletes the stack's data and says so. Throws `STACK_IN_USE` while sessions hold it. */
export async function runStackReset(options: { json: boolean }): Promise<void> {
  const { folder } = await stackStatus();
  await resetStack();
  print(options.json, { type: 'stackReset', folder }, [
    `Deleted the local database and object store in ${folder}. The next alga dev makes them anew.`,
  ]);
}

function statusLines(status: StackStatus): string[] {
  const { running, folder, pid, sessions, services, hasData } = status;
  if (!running) {
    return ['The stack is not running.', `data    ${folder}${hasData ? '' : ' (none yet)'}`];
  }
  return [
    `The stack is running (process ${pid ?? 'unknown'}).`,
    `data    ${folder}`,
    `used by ${sessions.length === 0 ? 'nobody' : `process ${sessions.join(', ')}`}`,
    ...services.map(
      ({ name, state, port, pid: process }) =>
        `${name.padEnd(8)} ${state}${port ? `, port ${port}` : ''}${process ? `, process ${process}` : ''}`,
    ),
  ];
}

function print(json: boolean, object: object, lines: readonly string[]): void {
  const text = json ? JSON.stringify({ at: new Date().toISOString(), ...object }) : lines.join('\n');
  process.stdout.write(`${text}\n`);
}
