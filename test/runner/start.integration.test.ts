import { readFile } from 'node:fs/promises';
import { afterEach, expect, it } from 'vitest';
import { AppHost } from '../support/runner/app-host.js';
import { ObjectServer } from '../support/runner/object-server.js';
import { environment } from '../support/runner/runner-environment.js';
import { RunnerProcess } from '../support/runner/runner-process.js';
import { type ScratchFolder, scratchFolder } from '../support/runner/scratch-folder.js';

/** What a start may take. */
const START_SECONDS = 0.5;
/** Starts until one of them was not held up by other programs on the machine. */
const MAX_STARTS = 12;

let cleanup: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const step of cleanup.reverse()) await step();
  cleanup = [];
});

/** Processor time of a process with all its threads, in seconds. */
async function processorSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // After the name in brackets: the 12th and 13th field are user and system time in ticks of 10 ms.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function environmentOfOne(): Promise<Record<string, string>> {
  const [store, app, cache]: [ObjectServer, AppHost, ScratchFolder] = await Promise.all([
    ObjectServer.start(),
    AppHost.start(),
    scratchFolder('start'),
  ]);
  cleanup.push(
    () => store.stop(),
    () => app.stop(),
    () => cache.remove(),
  );
  return environment(store, app, cache.path);
}

it('a runner serves less than half a second after its process was started', async () => {
  const env = await environmentOfOne();
  const taken: number[] = [];
  while (taken.length < MAX_STARTS && Math.min(...taken) >= START_SECONDS * 1000) {
    const runner = await RunnerProcess.start({ env });
    cleanup.push(() => runner.stop('SIGKILL'));
    expect((await fetch(`${runner.url}/healthz`)).status).toBe(200);
    taken.push(runner.readyMs);
    await runner.stop();
  }
  expect(Math.min(...taken)).toBeLessThan(START_SECONDS * 1000);
});

it.skipIf(process.platform !== 'linux')(
  'a start takes less than half a second of processor time',
  async () => {
    const env = await environmentOfOne();
    const spent: number[] = [];
    for (let n = 0; n < 3; n += 1) {
      const runner = await RunnerProcess.start({ env });
      cleanup.push(() => runner.stop('SIGKILL'));
      spent.push(await processorSeconds(runner.child.pid ?? 0));
      await runner.stop();
    }
    expect(Math.min(...spent)).toBeLessThan(START_SECONDS);
  },
);
