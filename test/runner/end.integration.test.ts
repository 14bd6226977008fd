import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { BEHAVIOURS, buildGuest } from '../support/runner/guests.js';
import { LiveRunner, type LiveRunnerOptions } from '../support/runner/live-runner.js';

/** How long after its drain a runner that is stuck may still be there. */
const HARD_CUT_MS = 5_000;
const DRAIN_MS = 300;
/** Other programs use the machine too. */
const SLACK_MS = 4_000;

/** A disk that does not answer any more when something is to be removed from it. */
const STUCK_DISK = `data:text/javascript,${encodeURIComponent(`
  import fs from 'node:fs/promises';
  import { syncBuiltinESMExports } from 'node:module';
  fs.rm = () => new Promise(() => undefined);
  syncBuiltinESMExports();
`)}`;

let runner: LiveRunner;
afterEach(() => runner.stop());

async function start(options: Pick<LiveRunnerOptions, 'execArgv'> = {}): Promise<void> {
  runner = await LiveRunner.start({
    env: () => ({ RUNNER_DRAIN_MS: String(DRAIN_MS), RUST_LOG: 'info' }),
    ...options,
  });
}

/** Calls a guest that never ends; there once the call is under way. */
async function endless(): Promise<{ outcome: Promise<string> }> {
  const bundle = await runner.put({ 'dist/main.wasm': await buildGuest(BEHAVIOURS) });
  const outcome = runner.execute(bundle, '/loop', { timeoutMs: 120_000 }).then(
    ({ error }) => `answered: ${error}`,
    () => 'cut',
  );
  await expect.poll(() => runner.metric('alga_runner_executions_running'), { timeout: 20_000 }).toBe(1);
  return { outcome };
}

async function ended(signal: NodeJS.Signals): Promise<{ exit: unknown; ms: number }> {
  const began = performance.now();
  const gone = once(runner.process.child, 'exit');
  runner.process.child.kill(signal);
  return { exit: await gone, ms: performance.now() - began };
}

describe('a runner that is told to end', () => {
  it('gives an endless guest the time of the drain, cuts its caller off and ends well', async () => {
    await start();
    const call = await endless();
    const { exit, ms } = await ended('SIGTERM');
    expect(exit).toEqual([0, null]);
    expect(ms).toBeGreaterThanOrEqual(DRAIN_MS - 20);
    expect(ms).toBeLessThan(DRAIN_MS + SLACK_MS);
    expect(await call.outcome).toBe('cut');
    expect(runner.process.output).not.toContain('did not end in time');
  });

  it('and is stuck is cut off five seconds after its drain, and says so', async () => {
    await start({ execArgv: ['--import', STUCK_DISK] });
    const { exit, ms } = await ended('SIGTERM');
    expect(exit).toEqual([1, null]);
    expect(ms).toBeGreaterThanOrEqual(DRAIN_MS + HARD_CUT_MS - 20);
    expect(ms).toBeLessThan(DRAIN_MS + HARD_CUT_MS + SLACK_MS);
    expect(runner.process.output).toContain('"the drain did not end in time"');
  });

  it('a second time ends at once', async () => {
    await start({ execArgv: ['--import', STUCK_DISK] });
    runner.process.child.kill('SIGTERM');
    await expect.poll(() => runner.process.output, { timeout: 20_000 }).toContain('"draining"');
    const { exit, ms } = await ended('SIGTERM');
    expect(exit).toEqual([null, 'SIGTERM']);
    expect(ms).toBeLessThan(SLACK_MS);
  });
});
