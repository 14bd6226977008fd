import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { z } from 'zod';
import type { ReadyEvent } from '../../src/dev/events.js';
import { processTree, survivors } from '../stack/fixtures/sessions.js';
import { runAlga } from '../support/session.js';

const run = promisify(execFile);
const POLL_MS = 25;
const PATIENCE_MS = 60_000;

const statusSchema = z.object({
  type: z.literal('stack'),
  running: z.boolean(),
  pid: z.number().optional(),
  sessions: z.array(z.number()),
  hasData: z.boolean(),
  services: z.array(
    z.object({
      name: z.string(),
      state: z.string(),
      port: z.number().optional(),
      pid: z.number().optional(),
    }),
  ),
});

/** What `alga stack status` says of a home's stack. */
export type StackReport = z.infer<typeof statusSchema>;

export async function stackReport(home: string): Promise<StackReport> {
  const { stdout } = await runAlga(['stack', 'status', '--json'], home);
  return statusSchema.parse(JSON.parse(stdout));
}

/** Process id of a service of the stack. */
export async function serviceProcess(home: string, name: 'database' | 'store'): Promise<number> {
  const found = (await stackReport(home)).services.find((service) => service.name === name);
  if (found?.pid === undefined) throw new Error(`${name} does not run`);
  return found.pid;
}

/** Process id of the runner of a session. */
export async function runnerProcess(sessionPid: number): Promise<number> {
  for (const pid of await processTree(sessionPid)) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.includes('runner/src/main.js')) return pid;
  }
  throw new Error('the session has no runner');
}

/** Everything that runs for a session now: its processes, those of its stack, and the ports they hold. */
export interface Footprint {
  readonly home: string;
  readonly processes: readonly number[];
  readonly ports: readonly number[];
}

export async function footprint(
  home: string,
  sessionPid: number,
  ready: { readonly urls: Pick<ReadyEvent['urls'], 'page' | 'runner'> },
): Promise<Footprint> {
  const { pid } = await stackReport(home);
  const trees = await Promise.all([processTree(sessionPid), pid === undefined ? [] : processTree(pid)]);
  // The services' ports are the product's own: once free, another stack of this machine may take them.
  const ports = [ready.urls.page, ready.urls.runner].map((url) => Number(new URL(url).port));
  return { home, processes: trees.flat(), ports };
}

/** Waits until nothing of a footprint is left: no process, no process that names the home folder, no port. */
export async function expectNothingLeft({ home, processes, ports }: Footprint): Promise<void> {
  const left = async (): Promise<string[]> => {
    const known = (await survivors(processes)).map((pid) => `process ${pid}`);
    const open = await Promise.all(ports.map(accepts));
    return [
      ...known,
      ...(await processesOf(home)),
      ...ports.filter((_, i) => open[i]).map((p) => `port ${p}`),
    ];
  };
  await eventually(left, (found) => expect(found).toEqual([]));
}

/** Looks again and again until an expectation holds; throws what it threw last when it never does. */
export async function eventually<T>(look: () => Promise<T>, expectation: (seen: T) => void): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      const seen = await look();
      expectation(seen);
      return seen;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await delay(POLL_MS);
    }
  }
}

/** Processes that work for a home folder, found by their environment and arguments. */
async function processesOf(home: string): Promise<string[]> {
  const { stdout } = await run('ps', ['axeww', '-o', 'pid=,args='], { maxBuffer: 64 * 1024 * 1024 });
  return stdout
    .split('\n')
    .filter((line) => line.includes(`ALGA_HOME=${home}`) || line.includes(`${home}/`))
    .filter((line) => !line.includes('ps axeww'))
    .map((line) => line.trim().slice(0, 160));
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
