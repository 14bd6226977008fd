import { readFile } from 'node:fs/promises';
import { afterEach, expect, it } from 'vitest';
import { AppHost } from '../support/runner/app-host.js';
import { ObjectServer } from '../support/runner/object-server.js';
import { environment } from '../support/runner/runner-environment.js';
import { RunnerProcess } from '../support/runner/runner-process.js';
import { type ScratchFolder, scratchFolder } from '../support/runner/scratch-folder.js';

/** What a start may take. Processor time is compared, which other programs on the machine do not stretch. */
const START_SECONDS = 0.5;

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

it.skipIf(process.platform !== 'linux')(
  'a start takes less than half a second of processor time',
  async () => {
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
    const spent: number[] = [];
    for (let n = 0; n < 3; n += 1) {
      const runner = await RunnerProcess.start({ env: environment(store, app, cache.path) });
      cleanup.push(() => runner.stop('SIGKILL'));
      spent.push(await processorSeconds(runner.child.pid ?? 0));
      await runner.stop();
    }
    expect(Math.min(...spent)).toBeLessThan(START_SECONDS);
  },
);
